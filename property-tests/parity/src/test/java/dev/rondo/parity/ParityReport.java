package dev.rondo.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/// The worst differences of a run, a line for each operation, as the file `target/parity.txt`.
final class ParityReport {
  private static final Path FILE = Path.of("target", "parity.txt");
  private static final Map<String, Line> LINES = new TreeMap<>();
  private static final List<String> BEYOND = new ArrayList<>();

  private ParityReport() {}

  /// The worst of one kind.
  private static final class Worst {
    private double difference;
    private String tensor = "";

    void add(String name, double other) {
      if (tensor.isEmpty() || !(other <= difference)) {
        difference = other;
        tensor = name;
      }
    }
  }

  private static final class Line {
    private int cases;
    private int tensors;
    private int beyond;
    private final Worst float64 = new Worst();
    private final Worst float32 = new Worst();
    private final Worst engine = new Worst();
    private final Worst pytorch = new Worst();
  }

  /// Adds a case and writes the file anew.
  static synchronized Parity add(Parity parity) {
    var line = LINES.computeIfAbsent(parity.parityCase().operation(), _ -> new Line());
    var beyond = parity.beyond();
    line.cases++;
    line.tensors += parity.float64().size();
    line.beyond += beyond.size();
    parity.float64().forEach(line.float64::add);
    parity
        .float32()
        .forEach((name, difference) -> {
          if (!beyond.containsKey(name)) {
            line.float32.add(name, difference);
            line.engine.add(name, parity.engine().get(name));
            line.pytorch.add(name, parity.pytorch().get(name));
          }
        });
    if (!beyond.isEmpty()) {
      BEYOND.add(beyond(parity, beyond));
    }
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return parity;
  }

  private static String beyond(Parity parity, Map<String, Double> beyond) {
    var text = new StringBuilder(parity.parityCase() + "\n");
    beyond.forEach((name, difference) ->
        text.append(
            "  %-40s %.1e %.1e %.1e %.1e\n"
                .formatted(
                    name,
                    difference,
                    parity.engine().get(name),
                    parity.pytorch().get(name),
                    parity.sensitivity().get(name))));
    return text.toString();
  }

  /// The part of all tensors that is beyond the limit in float32.
  static synchronized double shareBeyond() {
    return (double) total(line -> line.beyond) / Math.max(total(line -> line.tensors), 1);
  }

  private static int total(ToIntFunction<Line> number) {
    return LINES.values().stream().mapToInt(number).sum();
  }

  private static String text() {
    var text = new StringBuilder();
    text.append(
        "The engine beside %s: worst difference of any tensor\n".formatted(TorchRun.VERSION));
    text.append("|engine - PyTorch| / |PyTorch|, norms of the whole tensor; allowed are ");
    text.append(
        "%.0e in float64 and %.0e in float32\n"
            .formatted(Comparison.FLOAT64_TOLERANCE, Comparison.FLOAT32_TOLERANCE));
    text.append("engine, pytorch: the float32 of each from PyTorch's float64\n");
    text.append(
        "beyond: tensors that rounding alone moves further than that in float32; below\n\n");
    text.append(
        "%-44s %5s %7s  %-7s  %-7s  %-7s  %-7s %6s  %-40s %s\n"
            .formatted(
                "operation",
                "cases",
                "tensors",
                "float64",
                "float32",
                "engine",
                "pytorch",
                "beyond",
                "worst in float64",
                "worst in float32"));
    LINES.forEach((operation, line) ->
        text.append(
            "%-44s %5d %7d  %.1e  %.1e  %.1e  %.1e %6d  %-40s %s\n"
                .formatted(
                    operation,
                    line.cases,
                    line.tensors,
                    line.float64.difference,
                    line.float32.difference,
                    line.engine.difference,
                    line.pytorch.difference,
                    line.beyond,
                    line.float64.tensor,
                    line.float32.tensor)));
    int beyond = total(line -> line.beyond);
    text.append(
        "\n%d cases, %d tensors, of them beyond the limit in float32: %d\n"
            .formatted(total(line -> line.cases), total(line -> line.tensors), beyond));
    if (beyond > 0) {
      text.append(
          "by tensor: float32, engine, pytorch, and how far float64 moves with a millionth of the operands\n\n");
    }
    BEYOND.forEach(text::append);
    return text.toString();
  }
}
