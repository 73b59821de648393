package dev.rondo.mutants;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The checker is checked: mistakes are made in the engine, one line each, and for each there is a
/// test that must find it, by an assertion of its own and not because something breaks. The same
/// test passes on the engine without the mistake.
class MutantsTest {
  /// Who may say that something is wrong. An `assert` of a kernel may not: it is a crash.
  private static final List<String> JUDGES =
      List.of("org.junit.jupiter.api.", "dev.rondo.check.GradientReport");

  private static final Map<String, String> ERRORS = new TreeMap<>();
  private static MutatedEngine unchanged;

  @BeforeAll
  static void load() {
    unchanged = MutatedEngine.unchanged();
  }

  static List<Mutant> mutants() {
    return Mutant.all();
  }

  static Set<String> tests() {
    return Mutant.all().stream()
        .map(Mutant::test)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void theNamedTestFindsIt(Mutant mutant) throws IOException {
    try (var engine = MutatedEngine.with(mutant)) {
      var thrown = NamedTest.run(engine, mutant.test());
      assertNotNull(thrown, () -> "not found by " + mutant.test());
      assertTrue(isVerdict(thrown), () -> trace(thrown));
      ERRORS.put(mutant.name(), thrown.getMessage().lines().findFirst().orElse(""));
    }
  }

  private static boolean isVerdict(Throwable thrown) {
    if (!(thrown instanceof AssertionError) || thrown.getStackTrace().length == 0) {
      return false;
    }
    String place = thrown.getStackTrace()[0].getClassName();
    return JUDGES.stream().anyMatch(place::startsWith);
  }

  private static String trace(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return "crashed: " + text;
  }

  @ParameterizedTest
  @MethodSource("tests")
  void theTestPassesWithoutIt(String test) {
    var thrown = NamedTest.run(unchanged, test);
    assertNull(thrown, () -> trace(thrown));
  }

  @Test
  void namesAreUsedOnce() {
    var mutants = Mutant.all();
    assertTrue(mutants.size() >= 36);
    assertTrue(mutants.stream().map(Mutant::name).distinct().count() == mutants.size());
  }

  @AfterAll
  static void write() throws IOException {
    unchanged.close();
    var table = new StringBuilder();
    String line = "%-66s  %-32s  %-74s  %s%n";
    table.append(line.formatted("mistake", "in", "found by", "which says"));
    for (var mutant : Mutant.all()) {
      String error = ERRORS.getOrDefault(mutant.name(), "NOT FOUND");
      table.append(line.formatted(mutant.name(), mutant.file(), mutant.test(), error));
    }
    table.append("%d of %d found%n".formatted(ERRORS.size(), Mutant.all().size()));
    Files.writeString(Path.of("target", "mutants.txt"), table);
  }
}
