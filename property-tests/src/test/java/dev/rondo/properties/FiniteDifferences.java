package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.check.GradientReport.TensorReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Checks gradients by the engine's own checker and keeps the worst errors of a run: a file for
/// each group, below `target/finite-differences`. A group belongs to one test class, which runs in
/// one JVM.
final class FiniteDifferences {
  private static final Path FOLDER = Path.of("target", "finite-differences");

  /// The part of all derivatives of a case that may lie so close to a kink that they cannot be
  /// measured.
  private static final double KINKS_AT_MOST = 0.2;

  private static final Map<String, Map<String, TensorReport>> GROUPS = new TreeMap<>();

  private FiniteDifferences() {}

  /// Fails if a gradient is wrong, or nothing is known of one.
  static void assertGradients(
      GradientCheck check, String group, String name, GradientCheck.Program program) {
    var report = check.run(program);
    add(group, name, worst(report));
    report.assertPasses();
    int kinks = report.tensors().stream().mapToInt(TensorReport::kinks).sum();
    int compared = report.tensors().stream().mapToInt(TensorReport::compared).sum();
    assertTrue(
        kinks <= KINKS_AT_MOST * (kinks + compared),
        () -> "%d kinks beside %d derivatives%n%s".formatted(kinks, compared, report));
  }

  private static TensorReport worst(GradientReport report) {
    TensorReport worst = null;
    for (var tensor : report.tensors()) {
      worst = worst == null || !(tensor.relative() <= worst.relative()) ? tensor : worst;
    }
    return worst;
  }

  private static synchronized void add(String group, String name, TensorReport worst) {
    var cases = GROUPS.computeIfAbsent(group, _ -> new TreeMap<>());
    cases.put(name, worst);
    try {
      Files.createDirectories(FOLDER);
      Files.writeString(FOLDER.resolve(group.replaceAll("\\W+", "-") + ".txt"), text(group, cases));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String group, Map<String, TensorReport> cases) {
    double worst = cases.values().stream().mapToDouble(TensorReport::relative).max().orElse(0);
    var text = new StringBuilder("%s: %.1e\n".formatted(group, worst));
    cases.forEach(
        (name, w) -> text.append("  %-60s %.1e  %s\n".formatted(name, w.relative(), w.name())));
    return text.toString();
  }
}
