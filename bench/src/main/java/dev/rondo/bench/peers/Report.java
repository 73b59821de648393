package dev.rondo.bench.peers;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The table of `rondo bench peers`, one row per work as soon as it is done, also as JSON lines.
final class Report implements AutoCloseable {
  private static final String ROW = "%-20s %7s";
  private static final String CELLS = " | %9s %8s";
  private static final String CELLS_OF_PEER = " | %9s %8s %6s";

  private final PrintWriter out;
  private final Set<Engine> engines;

  /// Null if no file was asked for.
  private final BufferedWriter json;

  private boolean headed;
  private boolean allEqual = true;

  Report(PrintWriter out, Set<Engine> engines, Path json) throws IOException {
    this.out = out;
    this.engines = engines;
    this.json = json == null ? null : Files.newBufferedWriter(json);
  }

  /// Whether all contenders gave the same numbers.
  boolean allEqual() {
    return allEqual;
  }

  /// Adds the measurements of a work.
  ///
  /// @param times milliseconds of each round
  /// @param differences the differences of the numbers, of every engine but Rondo
  void add(Work work, Map<Engine, double[]> times, Map<Engine, Difference> differences)
      throws IOException {
    if (!headed) {
      head();
    }
    double ours = Worker.median(times.get(Engine.RONDO));
    out.print(ROW.formatted(work.name(), work.threads()));
    for (var engine : engines) {
      if (!times.containsKey(engine)) {
        out.print(CELLS_OF_PEER.formatted("-", "-", "-"));
        continue;
      }
      double milliseconds = Worker.median(times.get(engine));
      double gflops = 1e3 * work.gflop() / milliseconds;
      double ratio = milliseconds / ours;
      var format = engine == Engine.RONDO ? CELLS : CELLS_OF_PEER;
      out.print(format.formatted(decimal(3, milliseconds), decimal(1, gflops), decimal(2, ratio)));
      if (json != null) {
        json.write(jsonLine(work, engine, milliseconds, gflops, ratio));
        json.newLine();
        json.flush();
      }
    }
    out.println();
    differences.forEach(this::explain);
    out.flush();
  }

  private void explain(Engine engine, Difference difference) {
    if (!difference.acceptable()) {
      allEqual = false;
    }
    out.printf(
        "  %s %s: %s%n",
        engine.label(),
        difference.acceptable() ? "gives the same numbers" : "GIVES OTHER NUMBERS",
        difference);
  }

  private void head() {
    headed = true;
    out.print(ROW.formatted("", ""));
    for (var engine : engines) {
      out.print((engine == Engine.RONDO ? " | %-18s" : " | %-25s").formatted(engine.label()));
    }
    out.println();
    out.print(ROW.formatted("work", "threads"));
    for (var engine : engines) {
      var format = engine == Engine.RONDO ? CELLS : CELLS_OF_PEER;
      out.print(format.formatted("ms", "GFLOP/s", "ratio"));
    }
    out.println();
  }

  private static String decimal(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static String jsonLine(
      Work work, Engine engine, double milliseconds, double gflops, double ratio) {
    return String.format(
        Locale.ROOT,
        "{\"work\": \"%s\", \"cell\": \"%s\", \"hidden\": %d, \"batch\": %d, \"threads\": %d,"
            + " \"contender\": \"%s\", \"milliseconds\": %.4f, \"gflops\": %.2f, \"ratio\": %.3f}",
        work.kind().label(),
        work.cell().label(),
        work.hiddenSize(),
        work.batchSize(),
        work.threads(),
        engine.label(),
        milliseconds,
        gflops,
        ratio);
  }

  @Override
  public void close() throws IOException {
    if (json != null) {
      json.close();
    }
  }
}
