package dev.rondo.check;

import dev.rondo.check.GradientReport.Verdict;
import java.util.Locale;

/// A [GradientReport] for people.
final class GradientReportText {
  private GradientReportText() {}

  static String of(GradientReport report) {
    var text = new StringBuilder();
    int names = 6;
    int shapes = 5;
    for (var t : report.tensors()) {
      names = Math.max(names, t.name().length());
      shapes = Math.max(shapes, t.shape().length());
    }
    String line = "%-" + names + "s  %-" + shapes + "s  %-14s %9s %9s %10s %11s %9s %6s%n";
    text.append(
        line.formatted(
            "tensor",
            "shape",
            "verdict",
            "relative",
            "absolute",
            "cosine - 1",
            "uncertainty",
            "compared",
            "kinks"));
    for (var t : report.tensors()) {
      text.append(
          String.format(
              Locale.ROOT,
              line,
              t.name(),
              t.shape(),
              t.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' '),
              small(t.relative()),
              small(t.absolute()),
              small(t.cosine() - 1),
              small(t.uncertainty()),
              t.compared(),
              t.kinks()));
    }
    for (var t : report.tensors()) {
      if (t.verdict() == Verdict.WRONG || t.verdict() == Verdict.UNCERTAIN) {
        text.append(
            String.format(
                Locale.ROOT,
                "%s, %s, %s: the tape says %.9g, measured %.9g%n",
                t.name(),
                t.place(),
                t.result(),
                t.said(),
                t.measured()));
      }
    }
    for (var t : report.tensors()) {
      if (t.kinks() > 0) {
        text.append(
            "%d of %d derivatives of %s were left out: kinks, or rounding hides them%n"
                .formatted(t.kinks(), t.kinks() + t.compared(), t.name()));
      }
    }
    for (String fault : report.faults()) {
      text.append(fault).append(System.lineSeparator());
    }
    text.append(
        report.jacobian()
            ? "every element of the Jacobian"
            : "directions of all elements, of rows and of columns, and some elements");
    text.append("; seed %d%n".formatted(report.seed()));
    text.append(limit(report)).append(System.lineSeparator());
    text.append(conclusion(report)).append(System.lineSeparator());
    return text.toString();
  }

  private static String conclusion(GradientReport report) {
    if (!report.passes()) {
      return "WRONG";
    }
    var unchecked = report.unchecked();
    return unchecked.isEmpty()
        ? "right"
        : "nothing is wrong, and nothing known of " + String.join(", ", unchecked);
  }

  /// The tolerance, and the reason for it.
  private static String limit(GradientReport report) {
    double uncertainty = 0;
    boolean undecided = false;
    for (var t : report.tensors()) {
      uncertainty = Math.max(uncertainty, t.uncertainty());
      undecided |= t.verdict() == Verdict.UNCERTAIN;
    }
    String why = ", and a mistake seldom costs less than 1e-03";
    if (!(uncertainty <= report.tolerance())) {
      why = undecided ? " only, which leaves smaller errors undecided" : " only";
    }
    return "relative errors up to %s pass: what was measured is right to %s%s"
        .formatted(small(report.tolerance()), small(uncertainty), why);
  }

  private static String small(double value) {
    return String.format(Locale.ROOT, "%.1e", value);
  }
}
