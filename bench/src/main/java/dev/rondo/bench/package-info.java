/// JMH benchmarks of the engine: what decides a kernel's form, vector kernels beside three
/// baselines, and the limit of the machine. Nothing here is shipped.
///
/// Contenders have the same names everywhere: `vector` and `segment` are the engine's kernels on
/// vectors and in plain Java; `array` is plain loops over `float[]`, which the JIT compiler
/// vectorizes; `scalar` is the same code in a JVM that is not allowed to.
package dev.rondo.bench;
