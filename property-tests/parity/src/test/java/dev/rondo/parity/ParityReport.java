package dev.rondo.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The worst differences of a run, a line for each operation, as the file `target/parity.txt`.
final class ParityReport {
  private static final Path FILE = Path.of("target", "parity.txt");
  private static final Map<String, Line> LINES = new TreeMap<>();

  private ParityReport() {}

  /// The worst of one type.
  private static final class Worst {
    private double difference;
    private String tensor = "";
    private int tensors;

    void add(String name, double other) {
      tensors++;
      if (tensor.isEmpty() || !(other <= difference)) {
        difference = other;
        tensor = name;
      }
    }
  }

  private static final class Line {
    private int cases;
    private final Worst float64 = new Worst();
    private final Worst float32 = new Worst();
  }

  static synchronized void add(
      String operation, Map<String, Double> float64, Map<String, Double> float32) {
    var line = LINES.computeIfAbsent(operation, _ -> new Line());
    line.cases++;
    float64.forEach(line.float64::add);
    float32.forEach(line.float32::add);
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text() {
    var text = new StringBuilder();
    text.append(
            "The engine beside %s: worst difference of any tensor\n".formatted(TorchRun.VERSION))
        .append("|engine - PyTorch| / |PyTorch|, norms of the whole tensor; allowed are ")
        .append(
            "%.0e in float64 and %.0e in float32\n\n"
                .formatted(Comparison.FLOAT64_TOLERANCE, Comparison.FLOAT32_TOLERANCE))
        .append(
            "%-44s %5s %7s  %-7s %-30s %-7s %s\n"
                .formatted(
                    "operation", "cases", "tensors", "float64", "where", "float32", "where"));
    LINES.forEach((operation, line) ->
        text.append(
            "%-44s %5d %7d  %.1e %-30s %.1e %s\n"
                .formatted(
                    operation,
                    line.cases,
                    line.float64.tensors,
                    line.float64.difference,
                    line.float64.tensor,
                    line.float32.difference,
                    line.float32.tensor)));
    return text.toString();
  }
}
