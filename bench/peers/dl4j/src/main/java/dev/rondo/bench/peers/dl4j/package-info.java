/// Deeplearning4j as a contender of `rondo bench peers`.
package dev.rondo.bench.peers.dl4j;
