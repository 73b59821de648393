package dev.rondo.bench.roofline;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/// Times repeatable work of one thread: warms it up, then splits a budget of time into batches. It
/// counts the processor time of the thread, so that other processes disturb less.
final class Stopwatch {
  private static final int BATCHES = 15;

  /// The shortest batch that is clearly longer than reading the clock.
  private static final double SHORTEST_BATCH = 1e-4;

  private static final int MOST_REPETITIONS = 6;

  /// Relative to the previous median: a batch that is faster than this is still getting faster.
  private static final double STEADY = 0.85;

  /// A compilation may take as long and is counted when it is done.
  private static final double QUIET = 0.5;

  private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /// Keeps results alive, so that the compiler removes no work.
  @SuppressWarnings("UnusedVariable")
  private static volatile Object sink;

  /// TimedWork with a result.
  interface TimedWork {
    /// Does the work once.
    Object run();
  }

  private final double budget;

  /// @param budget seconds for a measurement, and as many for warm-up
  Stopwatch(double budget) {
    this.budget = budget;
  }

  /// Runs for the length of the budget, and longer while the JIT compiler is at work: on a busy
  /// machine up to ten times as long.
  void warmUp(TimedWork work) {
    double spent = 0;
    double quiet = 0;
    long compiled = -1;
    for (int runs = 1; spent < budget || (quiet < QUIET && spent < 10 * budget); ) {
      double last = batch(work, runs);
      long now = COMPILER.getTotalCompilationTime();
      quiet = now == compiled ? quiet + last : 0;
      compiled = now;
      spent += last;
      if (last < budget / 8 && runs < 1 << 24) {
        runs *= 2;
      }
    }
  }

  /// Seconds of one run in the median batch: the expected time. It is measured again while it still
  /// gets faster: code compiled for other work may have been discarded, and vectors are hundreds of
  /// times slower until it has been compiled again.
  double median(TimedWork work) {
    warmUp(work);
    double seconds = sortedTimes(work)[BATCHES / 2];
    for (int i = 0; i < MOST_REPETITIONS; i++) {
      double before = seconds;
      seconds = sortedTimes(work)[BATCHES / 2];
      if (seconds > STEADY * before) {
        break;
      }
    }
    return seconds;
  }

  /// Seconds of one run in the fastest batch: the possible time.
  double fastest(TimedWork work) {
    warmUp(work);
    return sortedTimes(work)[0];
  }

  private double[] sortedTimes(TimedWork work) {
    int runs = runsOf(Math.max(SHORTEST_BATCH, budget / BATCHES), work);
    var times = new double[BATCHES];
    for (int i = 0; i < BATCHES; i++) {
      times[i] = batch(work, runs) / runs;
    }
    Arrays.sort(times);
    return times;
  }

  /// The number of runs of `work` in so many seconds.
  private static int runsOf(double seconds, TimedWork work) {
    int runs = 1;
    double spent = batch(work, runs);
    while (spent < seconds / 4 && runs < 1 << 28) {
      runs *= 2;
      spent = batch(work, runs);
    }
    return Math.clamp(Math.round(runs * seconds / spent), 1, Integer.MAX_VALUE);
  }

  private static double batch(TimedWork work, int runs) {
    long begun = THREADS.getCurrentThreadCpuTime();
    for (int i = 0; i < runs; i++) {
      sink = work.run();
    }
    return 1e-9 * Math.max(1, THREADS.getCurrentThreadCpuTime() - begun);
  }
}
