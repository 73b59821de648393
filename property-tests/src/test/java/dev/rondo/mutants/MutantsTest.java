package dev.rondo.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The checker is checked: mistakes are made in the engine, one line each, and for each there is a
/// test that must find it, by an assertion of its own and not because something breaks. The same
/// test passes on the engine without the mistake.
///
/// All begin at once, on as many threads as there are processors; each is waited for under its own
/// name.
@Tag("checker")
class MutantsTest {
  /// Who may say that something is wrong. An `assert` of a kernel may not: it is a crash.
  private static final List<String> JUDGES =
      List.of("org.junit.jupiter.api.", "dev.rondo.check.GradientReport");

  private static final Map<Mutant, Future<Throwable>> MISTAKEN = new LinkedHashMap<>();
  private static final Map<String, Future<Throwable>> RIGHT = new LinkedHashMap<>();
  private static final Map<Mutant, String> FOUND = new ConcurrentHashMap<>();
  private static ExecutorService threads;
  private static InMemoryCompiler compiler;
  private static MutatedEngine unchanged;

  @BeforeAll
  static void begin() {
    threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    compiler = new InMemoryCompiler(MutatedEngine.classes().toString());
    unchanged = MutatedEngine.unchanged();
    for (var mutant : mutants()) {
      MISTAKEN.put(mutant, threads.submit(() -> thrownWith(mutant)));
    }
    for (String test : tests()) {
      RIGHT.put(test, threads.submit(() -> NamedTest.run(unchanged, test)));
    }
  }

  private static Throwable thrownWith(Mutant mutant) throws IOException {
    try (var engine = MutatedEngine.with(mutant, compiler)) {
      return NamedTest.run(engine, mutant.test());
    }
  }

  static List<Mutant> mutants() {
    return Mutant.all();
  }

  static Set<String> tests() {
    return mutants().stream().map(Mutant::test).collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void theNamedTestFindsIt(Mutant mutant) throws InterruptedException {
    var thrown = result(MISTAKEN.get(mutant));
    assertNotNull(thrown, () -> "not found by " + mutant.test());
    assertTrue(isVerdict(thrown), () -> trace(thrown));
    FOUND.put(mutant, thrown.getMessage().lines().findFirst().orElseThrow());
  }

  @ParameterizedTest
  @MethodSource("tests")
  void theTestPassesWithoutIt(String test) throws InterruptedException {
    var thrown = result(RIGHT.get(test));
    assertNull(thrown, () -> trace(thrown));
  }

  @Test
  void namesAreUsedOnce() {
    var mutants = mutants();
    assertEquals(mutants.size(), mutants.stream().map(Mutant::name).distinct().count());
  }

  private static Throwable result(Future<Throwable> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause().getMessage(), e.getCause());
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
    return text.toString();
  }

  /// The table that docs/results/mutants.txt is.
  @AfterAll
  static void end() throws IOException {
    threads.shutdownNow();
    compiler.close();
    unchanged.close();
    var table = new StringBuilder();
    String line = "%-64s  %-38s  %-72s  %s%n";
    table.append(line.formatted("mistake", "in", "found by", "which says"));
    for (var mutant : mutants()) {
      String says = FOUND.getOrDefault(mutant, "NOT FOUND");
      table.append(line.formatted(mutant.name(), mutant.file(), mutant.test(), says));
    }
    table.append("%d of %d found%n".formatted(FOUND.size(), MISTAKEN.size()));
    Files.writeString(Path.of("target", "mutants.txt"), table);
  }
}
