package dev.rondo.bench.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// Bounds from below only, that no machine is too slow for.
final class StepTimerTest {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int STEPS = 100;

  /// Counts its steps, and takes its time over one of them.
  private static final class Pausing implements StreamContender {
    long count;
    long pauseAt = -1;
    volatile Object garbage = "";
    int garbageBytes;

    @Override
    public void input(float[] values) {}

    @Override
    public void step() {
      if (garbageBytes > 0 && garbage != null) {
        garbage = new byte[garbageBytes];
      }
      if (count++ == pauseAt) {
        for (long end = System.nanoTime() + PAUSE; System.nanoTime() < end; ) {
          LockSupport.parkNanos(end - System.nanoTime());
        }
      }
    }

    @Override
    public float[] output() {
      return new float[0];
    }
  }

  private final Pausing contender = new Pausing();
  private final StepTimer timer = new StepTimer(contender);

  @Test
  void everyStepIsCounted() {
    assertEquals(STEPS, timer.closed(STEPS).steps());
    assertEquals(STEPS, timer.open(STEPS, 1e6).steps());
  }

  @Test
  void warmingUpTakesItsTime() {
    long begun = System.nanoTime();
    assertTrue(timer.warmUp(0.02) > 0);
    assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(20));
  }

  /// A step is due every 100 microseconds: one that takes 50 milliseconds delays the others, most
  /// by more than half of that.
  @Test
  void aPauseCountsForEveryStepThatItDelays() {
    contender.pauseAt = 0;
    var latencies = timer.open(STEPS, 10_000);
    assertTrue(latencies.max() >= PAUSE * 0.99);
    assertTrue(latencies.p50() >= PAUSE / 2.0, latencies::line);
  }

  @Test
  void whatAStepAllocatesIsCounted() {
    contender.garbageBytes = 1000;
    assertTrue(timer.closed(STEPS).bytesPerStep() >= 1000);
    contender.garbageBytes = 0;
    assertTrue(timer.closed(STEPS).bytesPerStep() < 100);
  }
}
