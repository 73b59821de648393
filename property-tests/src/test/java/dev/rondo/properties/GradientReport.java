package dev.rondo.properties;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The worst errors of all gradient checks of a run: a file for each group, below
/// `target/finite-differences`. A group belongs to one test class, which runs in one JVM.
final class GradientReport {
  private static final Path FOLDER = Path.of("target", "finite-differences");
  private static final Map<String, Map<String, GradientCheck.Worst>> GROUPS = new TreeMap<>();

  private GradientReport() {}

  static synchronized void add(String group, String name, GradientCheck.Worst worst) {
    var cases = GROUPS.computeIfAbsent(group, _ -> new TreeMap<>());
    cases.put(name, worst);
    try {
      Files.createDirectories(FOLDER);
      Files.writeString(FOLDER.resolve(group.replaceAll("\\W+", "-") + ".txt"), text(group, cases));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String group, Map<String, GradientCheck.Worst> cases) {
    double worst = cases.values().stream().mapToDouble(w -> w.error()).max().orElse(0);
    var text = new StringBuilder("%s: %.1e\n".formatted(group, worst));
    cases.forEach(
        (name, w) -> text.append("  %-60s %.1e  %s\n".formatted(name, w.error(), w.tensor())));
    return text.toString();
  }
}
