package dev.rondo.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.check.GradientReport;
import dev.rondo.properties.SeedHook;
import dev.rondo.random.CounterRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The checker on gradients that are right: it passes every one. [MutantsTest] runs the same on
/// gradients that are wrong.
@Tag("checker")
class CheckedProgramsTest {
  /// Random cases; `-Ddev.rondo.check.cases=1000` for as many as docs/correctness.md speaks of.
  private static final int CASES = Integer.getInteger("dev.rondo.check.cases", 60);

  /// The whole Jacobian, of sequences all of whose steps are real, and of padded ones.
  @ParameterizedTest
  @EnumSource
  void gradientsPass(CheckedProgram program) {
    for (var size : List.of(ProgramSize.SQUARE, ProgramSize.PADDED)) {
      var report = program.check(size, 1);
      assertTrue(report.jacobian(), size + "");
      assertRight(size, report);
      assertEquals(List.of(), report.unchecked(), size + "");
    }
  }

  /// Random directions, of more parameters.
  @ParameterizedTest
  @EnumSource(names = {"RNN_TANH", "GRU", "LSTM", "LSTM_EVERYTHING"})
  void gradientsPassAlongDirections(CheckedProgram program) {
    var report = program.check(ProgramSize.LARGE, 1);
    assertFalse(report.jacobian());
    assertRight(ProgramSize.LARGE, report);
    assertEquals(List.of(), report.unchecked());
  }

  private static void assertRight(ProgramSize size, GradientReport report) {
    double worst = 0;
    String where = "";
    for (var tensor : report.tensors()) {
      if (tensor.verdict() == GradientReport.Verdict.WRONG && !(tensor.relative() <= worst)) {
        worst = tensor.relative();
        where = tensor.name();
      }
    }
    String error = "relative error %.1e of %s%n%s%n%s".formatted(worst, where, size, report);
    assertTrue(report.passes(), error);
  }

  /// Any size, lengths with 0, dropout, gaps: nothing that is right is called wrong.
  @Test
  void randomCasesRaiseNoFalseAlarm() throws IOException {
    var programs = List.of(CheckedProgram.values());
    var lines = new ArrayList<String>();
    var alarms = new ArrayList<String>();
    int jacobians = 0;
    int kinks = 0;
    int unchecked = 0;
    double worst = 0;
    long first = (SeedHook.run() - 1) * 1_000_000;
    for (int i = 0; i < CASES; i++) {
      var program = programs.get(i % programs.size());
      long seed = first + i;
      var size = ProgramSize.of(new CounterRandom(seed));
      var report = program.check(size, seed);
      double error = report.tensors().stream().mapToDouble(t -> t.relative()).max().orElseThrow();
      int left = report.tensors().stream().mapToInt(t -> t.kinks()).sum();
      worst = Math.max(worst, error);
      jacobians += report.jacobian() ? 1 : 0;
      kinks += left > 0 ? 1 : 0;
      unchecked += report.unchecked().isEmpty() ? 0 : 1;
      String line =
          "%4d  %-26s  %-64s  %-10s  %.1e  %4d  %s"
              .formatted(
                  seed,
                  program,
                  size,
                  report.jacobian() ? "jacobian" : "directions",
                  error,
                  left,
                  report.unchecked().isEmpty() ? "" : report.unchecked());
      lines.add(line.stripTrailing());
      if (!report.passes()) {
        alarms.add("seed %d, %s, %s%n%s".formatted(seed, program, size, report));
      }
    }
    lines.add(
        "%d cases, %d false alarms; worst relative error %.1e; %d whole Jacobians, %d along directions"
            .formatted(CASES, alarms.size(), worst, jacobians, CASES - jacobians));
    lines.add(
        "%d cases met kinks, in %d some tensor has a gradient of zero or kinks only"
            .formatted(kinks, unchecked));
    Files.write(Path.of("target", "false-alarms.txt"), lines);
    assertEquals(List.of(), alarms);
  }
}
