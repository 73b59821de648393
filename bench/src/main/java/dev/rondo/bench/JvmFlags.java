package dev.rondo.bench;

/// Options of the JVMs that benchmarks fork.
final class JvmFlags {
  /// The module of the vector kernels.
  static final String VECTOR = "--add-modules=jdk.incubator.vector";

  /// Keeps the JIT compiler from vectorizing loops: plain Java becomes truly scalar.
  static final String NO_SUPER_WORD = "-XX:-UseSuperWord";

  private JvmFlags() {}
}
