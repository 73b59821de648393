package dev.rondo.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.check.GradientReport;
import dev.rondo.check.GradientReport.Verdict;
import dev.rondo.properties.SeedHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The checker on functions that are hard to measure: a right gradient is never reported as wrong,
/// and a wrong one is never reported as right and is mostly found.
@Tag("checker")
class FalseAlarmsTest {
  /// Random functions; the profile `false-alarms` tries 100,000.
  private static final int CASES = Integer.getInteger("dev.rondo.check.illConditioned", 600);

  /// One in so many is checked again with gradients that are too large.
  private static final int MISTAKES = 10;

  /// Gradients times this are wrong.
  private static final double MISTAKE = 1.01;

  /// The part of them that is found at least, where there is a gradient.
  private static final double FOUND = 0.8;

  /// What came of one kind of functions.
  private static final class Tally {
    final Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    final Map<Verdict, Integer> ofMistakes = new EnumMap<>(Verdict.class);
    int cases;
    int alarms;
    long compared;
    long kinks;

    void add(GradientReport report) {
      cases++;
      alarms += report.passes() ? 0 : 1;
      for (var tensor : report.tensors()) {
        verdicts.merge(tensor.verdict(), 1, Integer::sum);
        compared += tensor.compared();
        kinks += tensor.kinks();
      }
    }

    void addMistake(GradientReport report) {
      report.tensors().forEach(tensor -> ofMistakes.merge(tensor.verdict(), 1, Integer::sum));
    }

    String line(IllConditioned kind) {
      var line = new StringBuilder("%-20s %7d %6d  ".formatted(kind, cases, alarms));
      for (var verdict : Verdict.values()) {
        line.append(" %7d".formatted(verdicts.getOrDefault(verdict, 0)));
      }
      line.append("  %10d %9d  ".formatted(compared, kinks));
      for (var verdict : Verdict.values()) {
        line.append(" %6d".formatted(ofMistakes.getOrDefault(verdict, 0)));
      }
      return line.toString();
    }
  }

  @Test
  void nothingThatIsHardToMeasureIsAFalseAlarm() throws IOException {
    var kinds = IllConditioned.values();
    var tallies = new EnumMap<IllConditioned, Tally>(IllConditioned.class);
    var alarms = new ArrayList<String>();
    long first = (SeedHook.run() - 1) * 1_000_000;
    for (int i = 0; i < CASES; i++) {
      var kind = kinds[i % kinds.length];
      long seed = first + i;
      var tally = tallies.computeIfAbsent(kind, _ -> new Tally());
      var report = kind.check(seed, 1);
      tally.add(report);
      if (!report.passes()) {
        alarms.add("%s, seed %d%n%s".formatted(kind, seed, report));
      }
      if (i / kinds.length % MISTAKES == 0) {
        tally.addMistake(kind.check(seed, MISTAKE));
      }
    }
    write(tallies);
    assertEquals(List.of(), alarms.stream().limit(10).toList(), alarms.size() + " false alarms");
    int right = 0;
    int found = 0;
    int mistakes = 0;
    for (var tally : tallies.values()) {
      right += tally.ofMistakes.getOrDefault(Verdict.RIGHT, 0);
      found += tally.ofMistakes.getOrDefault(Verdict.WRONG, 0);
      mistakes += tally.ofMistakes.values().stream().mapToInt(Integer::intValue).sum();
      mistakes -= tally.ofMistakes.getOrDefault(Verdict.ZERO, 0);
    }
    assertEquals(0, right, "mistakes that are called right");
    assertTrue(found > FOUND * mistakes, found + " of " + mistakes + " mistakes are found");
  }

  private static void write(Map<IllConditioned, Tally> tallies) throws IOException {
    var lines = new ArrayList<String>();
    lines.add(
        "%-20s %7s %6s   %-39s  %10s %9s   %s"
            .formatted(
                "",
                "",
                "false",
                "tensors called",
                "derivatives",
                "",
                "tensors whose gradient is times %s".formatted(MISTAKE)));
    var verdicts = new StringBuilder();
    var ofMistakes = new StringBuilder();
    for (String name : List.of("right", "zero", "kinks", "unsure", "wrong")) {
      verdicts.append(" %7s".formatted(name));
      ofMistakes.append(" %6s".formatted(name));
    }
    lines.add(
        "%-20s %7s %6s  %s  %10s %9s  %s"
            .formatted(
                "function", "cases", "alarms", verdicts, "compared", "left out", ofMistakes));
    tallies.forEach((kind, tally) -> lines.add(tally.line(kind)));
    LongStream cases = tallies.values().stream().mapToLong(tally -> tally.cases);
    LongStream alarms = tallies.values().stream().mapToLong(tally -> tally.alarms);
    lines.add("%d cases, %d false alarms".formatted(cases.sum(), alarms.sum()));
    Files.write(Path.of("target", "false-alarms-ill-conditioned.txt"), lines);
  }
}
