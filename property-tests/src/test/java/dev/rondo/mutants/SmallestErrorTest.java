package dev.rondo.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The smallest error that the checker finds: gradients are scaled by 1 + e.
@Tag("checker")
class SmallestErrorTest {
  /// In the profile `long-properties` the errors are made smaller until they are not found.
  private static final boolean LONG = Integer.getInteger("dev.rondo.check.cases", 60) >= 1000;

  /// Seeds of each check.
  private static final int SEEDS = LONG ? 20 : 1;

  private static final double[] ERRORS =
      LONG
          ? new double[] {1e-3, 1e-4, 1e-5, 5e-6, 2e-6, 1.1e-6, 9e-7, 5e-7, 2e-7, 1e-7, 5e-8}
          : new double[] {1e-4, 2e-6};

  /// Where the gradient of a linear layer's weight has been added.
  private static final String WEIGHT =
      "backend.parallel().multiplyTransposed(dy, x.value(), weight.gradient());";

  private static final List<String> TABLE = new ArrayList<>();
  private InMemoryCompiler compiler;

  @BeforeEach
  void open() {
    compiler = new InMemoryCompiler(MutatedEngine.classes().toString());
  }

  @AfterEach
  void close() throws IOException {
    compiler.close();
  }

  /// What is run on each engine: how many seeds out of so many say that something is wrong.
  static final class Search {
    private Search() {}

    static int found(String program, boolean large, int seeds) {
      int found = 0;
      for (int seed = 1; seed <= seeds; seed++) {
        var size = large ? ProgramSize.LARGE : ProgramSize.SQUARE;
        var report = CheckedProgram.valueOf(program).check(size, seed);
        found += report.passes() ? 0 : 1;
      }
      return found;
    }
  }

  /// One gate of an LSTM: a quarter of the rows of its parameters, and a part of every other
  /// gradient.
  @Test
  void ofOneGate() throws Exception {
    search(
        "LSTM",
        "one gate of an LSTM",
        2e-6,
        "kernel/DoubleGates.java",
        "i[u] = gradient * cell * (input * (1d - input));",
        "i[u] = (1d + %s) * gradient * cell * (input * (1d - input));");
  }

  /// All elements of a parameter alike.
  @Test
  void ofAWholeTensor() throws Exception {
    search(
        "LINEAR",
        "all of a weight matrix",
        2e-6,
        "nn/Linear.java",
        WEIGHT,
        WEIGHT + " backend.arithmetic().scale(1 + %s, weight.gradient(), weight.gradient());");
  }

  /// One of the elements of a matrix, of which there are 289 where directions are tried.
  @Test
  void ofOneElement() throws Exception {
    search(
        "LINEAR",
        "one element of a weight matrix",
        1e-4,
        "nn/Linear.java",
        WEIGHT,
        WEIGHT + " weight.gradient().set(1, 1, (1 + %s) * weight.gradient().get(1, 1));");
  }

  /// @param certain errors from here on must be found with every seed
  private void search(
      String program, String what, double certain, String file, String line, String reads)
      throws Exception {
    for (boolean large : new boolean[] {false, true}) {
      for (double error : ERRORS) {
        String text = String.format(Locale.ROOT, "%.1e", error);
        var mutant = new Mutant(what, file, line, reads.formatted(text), "");
        try (var engine = MutatedEngine.with(mutant, compiler)) {
          Method search =
              engine
                  .loadClass(Search.class.getName())
                  .getDeclaredMethod("found", String.class, boolean.class, int.class);
          search.setAccessible(true);
          int found = (int) search.invoke(null, program, large, SEEDS);
          TABLE.add(
              "%-38s  %-10s  %-8s  found in %d of %d"
                  .formatted(what, large ? "directions" : "jacobian", text, found, SEEDS));
          if (error >= certain) {
            assertEquals(SEEDS, found, what + " " + text);
          }
        }
      }
    }
  }

  @AfterAll
  static void write() throws IOException {
    Files.write(Path.of("target", "smallest-error.txt"), TABLE);
  }
}
