package dev.rondo.bench;

/// Options of the JVMs that benchmarks fork.
final class JvmFlags {
  /// What the vector kernels need.
  static final String VECTOR = "--add-modules=jdk.incubator.vector";

  /// Forbids the JIT compiler to vectorize loops: plain Java becomes truly scalar.
  static final String NO_SUPER_WORD = "-XX:-UseSuperWord";

  private JvmFlags() {}
}
