package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Worker;
import dev.rondo.bench.stream.StreamBenchCommand.ProcessResult;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The table of `rondo bench stream`, a row for each case and contender, also as JSON lines.
final class StreamReport implements AutoCloseable {
  private final PrintWriter out;
  private final double arrivals;

  /// Null if no file was asked for.
  private final BufferedWriter json;

  private boolean headed;
  private boolean allEqual = true;

  /// Rondo's time in the case that is being written.
  private double ours;

  StreamReport(PrintWriter out, double arrivals, Path json) throws IOException {
    this.out = out;
    this.arrivals = arrivals;
    this.json = json == null ? null : Files.newBufferedWriter(json);
  }

  /// Whether all contenders gave the same numbers.
  boolean allEqual() {
    return allEqual;
  }

  /// Reports that a contender does not do the work.
  void fail(String message) {
    allEqual = false;
    out.println(message);
    out.flush();
  }

  /// Adds the measurements of one contender's processes; Rondo's first.
  ///
  /// @param difference that of its outputs; NaN if they were not compared within a tolerance
  void add(StreamCase stream, StreamEngine engine, List<ProcessResult> processes, double difference)
      throws IOException {
    if (!headed) {
      headed = true;
      print(
          "case, us a step",
          "weights",
          "contender",
          "p50",
          "p99",
          "p99.9",
          "max",
          "blocks",
          "B/step",
          "ratio",
          "load",
          "others",
          "difference");
    }
    var closed = Latencies.median(processes.stream().map(ProcessResult::closed).toList());
    var around = median(processes);
    if (engine == StreamEngine.RONDO) {
      ours = closed.p50();
    }
    row(stream, engine.label(), closed, closed.p50() / ours, around, difference);
    Latencies open = null;
    if (arrivals > 0) {
      open = Latencies.median(processes.stream().map(ProcessResult::open).toList());
      row(stream, "  at rate", open, Double.NaN, around, Double.NaN);
    }
    if (json != null) {
      json.write(jsonLine(stream, engine, closed, open, difference, processes.size(), around));
      json.newLine();
      json.flush();
    }
  }

  private static Surroundings median(List<ProcessResult> processes) {
    var all = processes.stream().map(ProcessResult::surroundings).toList();
    return new Surroundings(
        Worker.median(all.stream().mapToDouble(Surroundings::load).toArray()),
        Worker.median(all.stream().mapToDouble(Surroundings::others).toArray()),
        Worker.median(all.stream().mapToDouble(Surroundings::stolen).toArray()));
  }

  private void print(Object... columns) {
    out.println(
        "%-16s %-8s %-11s %9s %9s %9s %9s %9s %7s %6s %5s %6s  %s"
            .formatted(columns)
            .stripTrailing());
    out.flush();
  }

  private void row(
      StreamCase stream,
      String contender,
      Latencies latencies,
      double ratio,
      Surroundings around,
      double difference) {
    print(
        stream.name(),
        stream.weightsLabel(),
        contender,
        micros(latencies.p50()),
        micros(latencies.p99()),
        micros(latencies.p999()),
        micros(latencies.max()),
        micros(latencies.block()),
        decimal("%.0f", latencies.bytesPerStep()),
        decimal("%.2f", ratio),
        decimal("%.2f", around.load()),
        decimal("%.2f", around.others() + around.stolen()),
        decimal("%.1e", difference));
  }

  /// Ends a case.
  void end() {
    out.println();
    out.flush();
  }

  private static String micros(double nanos) {
    double micros = 1e-3 * nanos;
    return decimal(micros < 100 ? "%.3f" : "%.0f", micros);
  }

  private static String decimal(String format, double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
  }

  private String jsonLine(
      StreamCase stream,
      StreamEngine engine,
      Latencies closed,
      Latencies open,
      double difference,
      int processes,
      Surroundings around) {
    var line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "{\"cell\": \"%s\", \"hidden\": %d, \"layers\": %d, \"weights\": \"%s\","
                    + " \"contender\": \"%s\", \"p50ns\": %.0f, \"p99ns\": %.0f, \"p999ns\": %.0f,"
                    + " \"maxns\": %.0f, \"bytesPerStep\": %.2f, \"output\": %d, \"blockns\": %.1f,"
                    + " \"steps\": %.0f, \"processes\": %d, \"load\": %.2f,"
                    + " \"others\": %.2f, \"stolen\": %.2f",
                stream.cell().label(),
                stream.hiddenSize(),
                stream.layers(),
                stream.weightsLabel(),
                engine.label(),
                closed.p50(),
                closed.p99(),
                closed.p999(),
                closed.max(),
                closed.bytesPerStep(),
                stream.outputSize(),
                closed.block(),
                closed.steps(),
                processes,
                around.load(),
                around.others(),
                around.stolen()));
    if (!Double.isNaN(difference)) {
      line.append(String.format(Locale.ROOT, ", \"difference\": %.2e", difference));
    }
    if (open != null) {
      line.append(
          String.format(
              Locale.ROOT,
              ", \"arrivals\": %.0f, \"openP50ns\": %.0f, \"openP99ns\": %.0f,"
                  + " \"openP999ns\": %.0f, \"openMaxns\": %.0f",
              arrivals,
              open.p50(),
              open.p99(),
              open.p999(),
              open.max()));
    }
    return line.append('}').toString();
  }

  @Override
  public void close() throws IOException {
    if (json != null) {
      json.close();
    }
  }
}
