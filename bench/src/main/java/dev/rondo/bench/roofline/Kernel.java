package dev.rondo.bench.roofline;

/// One kernel with its operands.
///
/// @param group its group: `gemm`, `activation`, `gates`, `rows`, `optimizer`
/// @param name its name, sizes included
/// @param flops floating-point operations of a run. A fused multiply-add counts as two, every other
///   operation on floats (division, root, minimum) as one; padding does not count
/// @param executedFlops the same with the padding of rows, which whole vectors compute too
/// @param bytes the smallest number of bytes that a run reads and writes
/// @param workingSet bytes of all operands
/// @param elements the number of elements, for a time per element
/// @param work the run
record Kernel(
    String group,
    String name,
    double flops,
    double executedFlops,
    double bytes,
    long workingSet,
    long elements,
    Stopwatch.TimedWork work) {

  /// Floating-point operations per byte.
  double intensity() {
    return executedFlops / bytes;
  }
}
