package dev.rondo.bench.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ColdStartTest {
  /// 1000 slow steps, then fast ones: the first 200 of which more than half are fast begin at 900,
  /// or right behind, as windows begin at every tenth step.
  @Test
  void steadyIsTheFirstWindowWhoseMedianIsFast() {
    var times = new long[3000];
    Arrays.fill(times, 0, 1000, 160);
    Arrays.fill(times, 1000, 3000, 100);
    assertEquals(910 + ColdStart.WINDOW, ColdStart.steady(times, 100));
    Arrays.fill(times, 0, 1000, 150);
    assertEquals(ColdStart.WINDOW, ColdStart.steady(times, 100));
  }

  @Test
  void whatIsNeverSteadyIsSoAtTheEnd() {
    var times = new long[1000];
    Arrays.fill(times, 100);
    assertEquals(1000, ColdStart.steady(times, 10));
  }
}
