package dev.rondo.bench.roofline;

import static java.util.Locale.ROOT;

/// A measured kernel.
///
/// @param kernel the kernel
/// @param seconds the time of one run
/// @param level the level of memory that holds its operands
/// @param limit the limit there, in 10⁹ floating-point operations per second
record Point(Kernel kernel, double seconds, Machine.MemoryLevel level, double limit) {
  /// Measures a kernel that was warmed up.
  static Point measure(Kernel kernel, Machine machine, Stopwatch stopwatch) {
    var level = machine.holding(kernel.workingSet());
    double seconds = stopwatch.median(kernel.work());
    return new Point(kernel, seconds, level, machine.limit(kernel.intensity(), level));
  }

  /// 10⁹ floating-point operations per second, without padding.
  double gflops() {
    return 1e-9 * kernel.flops() / seconds;
  }

  /// The same with padding, for comparison with the limit.
  double executedGflops() {
    return 1e-9 * kernel.executedFlops() / seconds;
  }

  /// 10⁹ bytes per second.
  double gigabytes() {
    return 1e-9 * kernel.bytes() / seconds;
  }

  /// The share of the limit, from 0 to about 1.
  double share() {
    return executedGflops() / limit;
  }

  /// One line of JSON.
  String json() {
    return String.format(
        ROOT,
        "{\"kernel\": \"%s\", \"group\": \"%s\", \"microseconds\": %.4g, \"gflops\": %.4g,"
            + " \"gigabytes\": %.4g, \"intensity\": %.4g, \"nanosecondsPerElement\": %.4g,"
            + " \"level\": \"%s\", \"limit\": %.4g, \"share\": %.4g}",
        kernel.name(),
        kernel.group(),
        1e6 * seconds,
        gflops(),
        gigabytes(),
        kernel.intensity(),
        1e9 * seconds / kernel.elements(),
        level.name(),
        limit,
        share());
  }
}
