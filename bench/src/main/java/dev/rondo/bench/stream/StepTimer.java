package dev.rondo.bench.stream;

import com.sun.management.ThreadMXBean;
import dev.rondo.bench.peers.Worker;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import org.HdrHistogram.Histogram;

/// Times the steps of a contender, on the caller's thread.
///
/// Every step and all time between steps counts. Back to back, the end of one step is the beginning
/// of the next, so a pause is part of a step wherever it falls. At a fixed rate, the time of a step
/// counts from when it was due, so a pause counts for every step that it delays. The clock readings
/// go into an array, and from there into a histogram afterwards. The time of one clock reading is
/// part of every figure, except that of blocks.
final class StepTimer {
  /// The smallest number of steps of a block, and nanoseconds: so that its two clock readings do
  /// not matter.
  private static final int BLOCK_STEPS = 16;

  private static final double BLOCK_NANOS = 20_000;

  /// The number of timed blocks.
  private static final int BLOCKS = 101;

  /// The number of parts of a warm-up stretch, of which the fastest counts.
  private static final int PARTS = 4;

  /// Warm-up ends after a stretch that is not faster by this factor.
  private static final double GAIN = 0.98;

  /// The number of seconds after which warm-up ends in any case.
  private static final double LONGEST = 15;

  /// The number of steps between two clock readings during warm-up, unless a step takes very long.
  private static final int PORTION = 256;

  private static final long SLOW_NANOS = 100_000;

  /// The significant digits of the histogram.
  private static final int DIGITS = 3;

  private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final StreamContender contender;

  StepTimer(StreamContender contender) {
    this.contender = contender;
  }

  /// Steps for at least so many seconds, until a stretch of a third of that brings no gain and the
  /// JIT compiler is idle in it. On a busy machine this may take longer.
  ///
  /// @return nanoseconds per step
  double warmUp(double seconds) {
    long begun = System.nanoTime();
    // the measured loops are compiled like everything else
    for (int i = 0; i < 4; i++) {
      closed(64);
      open(64, 1e6);
    }
    double last = stretch(seconds / 3);
    while (since(begun) < LONGEST) {
      long compiled = COMPILER.getTotalCompilationTime();
      double next = stretch(seconds / 3);
      boolean quiet = COMPILER.getTotalCompilationTime() == compiled;
      if (since(begun) >= seconds && next > GAIN * last && quiet) {
        return next;
      }
      last = next;
    }
    return last;
  }

  private static double since(long nanoTime) {
    return 1e-9 * (System.nanoTime() - nanoTime);
  }

  /// Nanoseconds of a step in the fastest part of a stretch.
  private double stretch(double seconds) {
    double best = Double.POSITIVE_INFINITY;
    var stamps = new long[PORTION + 1];
    for (int part = 0; part < PARTS; part++) {
      long steps = 0;
      long begun = System.nanoTime();
      long now = begun;
      while (steps == 0 || now - begun < 1e9 * seconds / PARTS) {
        // few at once while they are slow
        int portion = steps == 0 || (now - begun) / steps > SLOW_NANOS ? 1 : PORTION;
        backToBack(stamps, portion);
        steps += portion;
        now = System.nanoTime();
      }
      best = Math.min(best, (double) (now - begun) / steps);
    }
    return best;
  }

  /// Measures steps back to back.
  Latencies closed(int steps) {
    var stamps = new long[steps + 1];
    var histogram = new Histogram(DIGITS);
    double block = block();
    // earlier garbage must not be collected while steps are timed
    System.gc();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    backToBack(stamps, steps);
    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
    for (int i = 0; i < steps; i++) {
      histogram.recordValue(stamps[i + 1] - stamps[i]);
    }
    return Latencies.of(histogram, block, (double) bytes / steps);
  }

  private void backToBack(long[] stamps, int steps) {
    stamps[0] = System.nanoTime();
    for (int i = 1; i <= steps; i++) {
      contender.step();
      stamps[i] = System.nanoTime();
    }
  }

  /// Measures steps that are due at fixed times, at `rate` per second.
  Latencies open(int steps, double rate) {
    var times = new long[steps];
    var histogram = new Histogram(DIGITS);
    System.gc();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    atRate(times, 1e9 / rate);
    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
    for (long time : times) {
      histogram.recordValue(time);
    }
    return Latencies.of(histogram, Double.NaN, (double) bytes / steps);
  }

  private void atRate(long[] times, double interval) {
    long begun = System.nanoTime();
    for (int i = 0; i < times.length; i++) {
      long due = begun + (long) (i * interval);
      while (System.nanoTime() - due < 0) {
        // a thread that sleeps wakes up late, with cold caches
      }
      contender.step();
      times[i] = System.nanoTime() - due;
    }
  }

  private double block() {
    int steps = BLOCK_STEPS;
    while (nanosOf(steps) < BLOCK_NANOS && steps < 1 << 20) {
      steps *= 2;
    }
    var blocks = new double[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
      blocks[i] = nanosOf(steps) / steps;
    }
    return Worker.median(blocks);
  }

  private double nanosOf(int steps) {
    long begun = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      contender.step();
    }
    return System.nanoTime() - begun;
  }
}
