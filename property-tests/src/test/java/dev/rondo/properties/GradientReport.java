package dev.rondo.properties;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The worst errors of all gradient checks of a run, as the file `target/finite-differences.txt`.
final class GradientReport {
  private static final Path FILE = Path.of("target", "finite-differences.txt");
  private static final Map<String, Map<String, GradientCheck.Worst>> GROUPS = new TreeMap<>();

  private GradientReport() {}

  static synchronized void add(String group, String name, GradientCheck.Worst worst) {
    GROUPS.computeIfAbsent(group, _ -> new TreeMap<>()).put(name, worst);
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text() {
    var text = new StringBuilder("Gradients against finite differences, float64\n");
    text.append("relative error, worst of all inputs and parameters; allowed is ")
        .append(GradientCheck.TOLERANCE)
        .append("\n");
    GROUPS.forEach((group, cases) -> {
      double worst = cases.values().stream().mapToDouble(w -> w.error()).max().orElse(0);
      text.append("\n%s: %.1e\n".formatted(group, worst));
      cases.forEach(
          (name, w) -> text.append("  %-60s %.1e  %s\n".formatted(name, w.error(), w.tensor())));
    });
    return text.toString();
  }
}
