package dev.rondo.bench.roofline;

/// One kernel with its operands.
///
/// @param group what it belongs to: `gemm`, `activation`, `gates`, `rows`, `optimizer`
/// @param name its name, sizes included
/// @param flops floating-point operations of a run, a fused multiply-add counted as two, every
///   other operation of floats (division, root, minimum) as one; padding not counted
/// @param executedFlops the same with the padding of rows, which whole vectors compute too
/// @param bytes what a run must at least read and write
/// @param workingSet bytes of all operands
/// @param elements what a time per element is of
/// @param work the run
record Kernel(
    String group,
    String name,
    double flops,
    double executedFlops,
    double bytes,
    long workingSet,
    long elements,
    Stopwatch.Work work) {

  /// Floating-point operations a byte.
  double intensity() {
    return executedFlops / bytes;
  }
}
