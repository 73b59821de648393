/// PyTorch as a contender of `rondo bench peers` and `stream`.
package dev.rondo.bench.peers.pytorch;
