/// JMH benchmarks of the engine. They decide the form of kernels, and compare vector kernels with
/// three baselines and with the limit of the machine. Nothing here is shipped.
///
/// Contenders have the same names everywhere: `vector` and `segment` are the engine's kernels on
/// vectors and in plain Java; `array` is plain loops over `float[]`, which the JIT compiler
/// vectorizes; `scalar` is the same code in a JVM that must not vectorize.
package dev.rondo.bench;
