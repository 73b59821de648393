package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Worker;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/// The latencies of steps, in nanoseconds.
///
/// @param p50 the median step
/// @param p99 the second slowest of a hundred steps
/// @param p999 the second slowest of a thousand
/// @param max the slowest step
/// @param block the time of a step in the median block of steps, without clock readings inside
/// @param bytesPerStep the bytes that the thread allocated on the Java heap, per step
/// @param steps the number of steps
record Latencies(
    double p50,
    double p99,
    double p999,
    double max,
    double block,
    double bytesPerStep,
    double steps) {

  static Latencies of(Histogram histogram, double block, double bytesPerStep) {
    return new Latencies(
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(99),
        histogram.getValueAtPercentile(99.9),
        histogram.getMaxValue(),
        block,
        bytesPerStep,
        histogram.getTotalCount());
  }

  /// The words of one line, read by [#parse(String)].
  String line() {
    var words = new StringJoiner(" ");
    for (double value : new double[] {p50, p99, p999, max, block, bytesPerStep, steps}) {
      words.add(String.format(Locale.ROOT, "%.4f", value));
    }
    return words.toString();
  }

  static Latencies parse(String line) {
    var w = line.split(" ", -1);
    var v = new double[w.length];
    for (int i = 0; i < v.length; i++) {
      v[i] = Double.parseDouble(w[i]);
    }
    return new Latencies(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
  }

  /// The median of each figure over several processes.
  static Latencies median(List<Latencies> processes) {
    return new Latencies(
        median(processes, Latencies::p50),
        median(processes, Latencies::p99),
        median(processes, Latencies::p999),
        median(processes, Latencies::max),
        median(processes, Latencies::block),
        median(processes, Latencies::bytesPerStep),
        median(processes, Latencies::steps));
  }

  private static double median(List<Latencies> processes, ToDoubleFunction<Latencies> figure) {
    return Worker.median(processes.stream().mapToDouble(figure).toArray());
  }
}
