/// ONNX Runtime as a contender of `rondo bench peers`, `stream` and `coldstart`.
package dev.rondo.bench.peers.onnxruntime;
