/// ONNX Runtime as a contender of `rondo bench peers`.
package dev.rondo.bench.peers.onnxruntime;
