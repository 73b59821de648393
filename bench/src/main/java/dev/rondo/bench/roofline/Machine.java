package dev.rondo.bench.roofline;

import static java.util.Locale.ROOT;

import dev.rondo.bench.FmaChains;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// The limits of one core: its peak, and the rate of reading from each level of memory.
///
/// @param gflops 10⁹ floating-point operations per second of fused multiply-adds in registers
/// @param levels the levels of memory, from the nearest to the farthest
record Machine(double gflops, List<MemoryLevel> levels) {
  /// One level of memory.
  ///
  /// @param name `L1`, `L2`, `L3` or `memory`
  /// @param bytes its size; [Long#MAX_VALUE] for memory
  /// @param gigabytes 10⁹ bytes read per second
  record MemoryLevel(String name, long bytes, double gigabytes) {}

  /// The working set of memory: larger than the last cache, but small enough for machines with a
  /// few gigabytes.
  private static final long LARGEST = 512L << 20;

  /// Copies the list.
  Machine {
    levels = List.copyOf(levels);
  }

  /// Measures peak and bandwidths. Each is the best of several batches, since limits are maxima. A
  /// cache is read in a working set of half its size (a quarter for the third level, which is
  /// shared), memory in one of four times the last cache, at most 512 MB.
  static Machine measure(Caches caches, Stopwatch stopwatch) {
    double seconds = stopwatch.fastest(() -> FmaChains.run(0.999f));
    var levels = new ArrayList<MemoryLevel>();
    long memory = Math.max(2 * caches.l3(), Math.min(LARGEST, 4 * caches.l3()));
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(memory, Reading.STEP_BYTES);
      segment.fill((byte) 0);
      // the smallest first: code compiled for it serves the others
      levels.add(level("L1", caches.l1(), new Reading(segment, caches.l1() / 2), stopwatch));
      levels.add(level("L2", caches.l2(), new Reading(segment, caches.l2() / 2), stopwatch));
      long third = Math.max(caches.l3() / 4, 2 * caches.l2());
      levels.add(level("L3", caches.l3(), new Reading(segment, third), stopwatch));
      levels.add(level("memory", Long.MAX_VALUE, new Reading(segment, memory), stopwatch));
    }
    return new Machine(1e-9 * FmaChains.FLOPS / seconds, levels);
  }

  private static MemoryLevel level(String name, long bytes, Reading reading, Stopwatch stopwatch) {
    return new MemoryLevel(name, bytes, 1e-9 * reading.bytes() / stopwatch.fastest(reading::run));
  }

  /// The nearest level that holds a working set.
  MemoryLevel holding(long workingSet) {
    for (var level : levels) {
      if (workingSet <= level.bytes()) {
        return level;
      }
    }
    return levels.getLast();
  }

  /// The most that a kernel can reach: the peak, or the rate at which its level of memory delivers.
  ///
  /// @param intensity floating-point operations per byte
  /// @return 10⁹ floating-point operations per second
  double limit(double intensity, MemoryLevel level) {
    return Math.min(gflops, intensity * level.gigabytes());
  }

  /// One line of JSON.
  String json() {
    var text = new StringBuilder(String.format(ROOT, "{\"peakGflops\": %.4g", gflops));
    for (var level : levels) {
      text.append(String.format(ROOT, ", \"%sGigabytes\": %.4g", level.name(), level.gigabytes()));
    }
    return text.append('}').toString();
  }
}
