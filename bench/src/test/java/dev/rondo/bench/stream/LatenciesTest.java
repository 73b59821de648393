package dev.rondo.bench.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class LatenciesTest {
  private static Latencies of(double p50, double max) {
    return new Latencies(p50, 2, 3, max, 5, 6, 7);
  }

  @Test
  void lineIsReadBack() {
    var latencies = new Latencies(1, 2, 3, 4, 5.5, 0.25, 7);
    assertEquals(latencies, Latencies.parse(latencies.line()));
  }

  @Test
  void eachFigureHasItsOwnMedian() {
    assertEquals(of(20, 200), Latencies.median(List.of(of(10, 200), of(20, 300), of(30, 100))));
  }

  /// Of the times 1 to 1000 half are 500 or less, and so on.
  @Test
  void percentilesAreThoseOfTheTimes() {
    var histogram = new Histogram(3);
    for (int time = 1; time <= 1000; time++) {
      histogram.recordValue(time);
    }
    assertEquals(new Latencies(500, 990, 999, 1000, 8, 9, 1000), Latencies.of(histogram, 8, 9));
  }
}
