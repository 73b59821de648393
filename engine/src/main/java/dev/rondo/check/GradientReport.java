package dev.rondo.check;

import java.util.List;
import java.util.Locale;

/// What a [GradientCheck] found.
///
/// @param jacobian whether every element was compared; else random directions were
/// @param seed what the check was made with: the same seed gives the same report
/// @param tolerance the limit of relative errors
/// @param unsteady a tensor whose gradient had other bits when the way back was run again; null if
///   there was none
/// @param tensors one report for each input and parameter
public record GradientReport(
    boolean jacobian, long seed, double tolerance, String unsteady, List<TensorReport> tensors) {

  /// What is to be said of a gradient.
  public enum Verdict {
    /// It is what was measured.
    RIGHT,
    /// It is zero, and so is what was measured: the function does not depend on the tensor, or not
    /// here. It may be that nothing was checked.
    ZERO,
    /// Every derivative that was tried met a kink.
    NOT_MEASURABLE,
    /// It is not what was measured.
    WRONG
  }

  /// The gradient of one tensor.
  ///
  /// @param name of the input or parameter
  /// @param shape of it
  /// @param verdict what is to be said
  /// @param relative the largest error of a derivative, relative to the larger of what the tape
  ///   says and what was measured, or to the largest of the tensor where both are less than a
  ///   thousandth of it
  /// @param absolute the largest error of a derivative
  /// @param element the element with the largest relative error; -1 if directions were compared
  /// @param result the result, or the number of the direction, with the largest relative error
  /// @param said what the tape says there
  /// @param measured what was measured there
  /// @param cosine of the angle between all that the tape says and all that was measured; NaN if
  ///   one is zero
  /// @param compared derivatives that were compared
  /// @param kinks derivatives that were left out because there is a kink
  /// @param uncertainty the largest error of what was measured, by its own extrapolation
  public record TensorReport(
      String name,
      String shape,
      Verdict verdict,
      double relative,
      double absolute,
      int element,
      int result,
      double said,
      double measured,
      double cosine,
      int compared,
      int kinks,
      double uncertainty) {

    private String json() {
      return String.format(
          Locale.ROOT,
          "{\"name\": %s, \"shape\": \"%s\", \"verdict\": \"%s\", \"relative\": %s, \"absolute\": %s,"
              + " \"element\": %d, \"result\": %d, \"said\": %s, \"measured\": %s, \"cosine\": %s,"
              + " \"compared\": %d, \"kinks\": %d, \"uncertainty\": %s}",
          quoted(name),
          shape,
          verdict,
          number(relative),
          number(absolute),
          element,
          result,
          number(said),
          number(measured),
          number(cosine),
          compared,
          kinks,
          number(uncertainty));
    }
  }

  /// Copies the list.
  public GradientReport {
    tensors = List.copyOf(tensors);
  }

  /// Whether no gradient is wrong, and all are the same when computed again. Gradients of zero and
  /// ones that could not be measured are not wrong; see [#unchecked()].
  public boolean passes() {
    return unsteady == null
        && tensors.stream().noneMatch(tensor -> tensor.verdict == Verdict.WRONG);
  }

  /// Tensors of which nothing is known: their gradients are zero, or met kinks only.
  public List<String> unchecked() {
    return tensors.stream()
        .filter(t -> t.verdict == Verdict.ZERO || t.verdict == Verdict.NOT_MEASURABLE)
        .map(TensorReport::name)
        .toList();
  }

  /// For a test: nothing may be wrong, and of every tensor something must be known.
  ///
  /// @throws AssertionError with the report, if that is not so
  public void assertPasses() {
    if (!passes() || !unchecked().isEmpty()) {
      throw new AssertionError("gradients do not pass\n" + text());
    }
  }

  /// A table: one line a tensor, and what the limit is.
  public String text() {
    var text = new StringBuilder();
    int width = tensors.stream().mapToInt(t -> t.name.length()).max().orElse(0);
    String line = "%-" + Math.max(width, 6) + "s %-14s %-14s %9s %9s %12s %10s %9s %6s%n";
    text.append(
        line.formatted(
            "tensor",
            "shape",
            "verdict",
            "relative",
            "absolute",
            "cosine - 1",
            "element",
            "compared",
            "kinks"));
    for (var t : tensors) {
      text.append(
          line.formatted(
              t.name,
              t.shape,
              t.verdict.name().toLowerCase(Locale.ROOT).replace('_', ' '),
              "%.1e".formatted(t.relative),
              "%.1e".formatted(t.absolute),
              "%.1e".formatted(t.cosine - 1),
              t.element < 0 ? "-" : Integer.toString(t.element),
              t.compared,
              t.kinks));
    }
    for (var t : tensors) {
      if (t.verdict == Verdict.WRONG) {
        text.append(
            "%s: the tape says %.9g, measured %.9g (%s %d, result %d)%n"
                .formatted(
                    t.name,
                    t.said,
                    t.measured,
                    t.element < 0 ? "direction" : "element",
                    t.element < 0 ? t.result : t.element,
                    t.result));
      }
    }
    if (unsteady != null) {
      text.append("%s: other bits when the way back was run again%n".formatted(unsteady));
    }
    text.append(
        "%s; relative errors up to %.0e pass: differences are right to about 1e-10, wrong gradients miss by 1e-3 and more; seed %d%n"
            .formatted(
                jacobian ? "every element of the Jacobian" : "random directions", tolerance, seed));
    text.append(passes() ? "right" : "WRONG").append(System.lineSeparator());
    return text.toString();
  }

  /// The same as one JSON object.
  public String json() {
    var text = new StringBuilder();
    text.append(
        "{\"passes\": %s, \"jacobian\": %s, \"seed\": %d, \"tolerance\": %s, \"unsteady\": %s, \"tensors\": ["
            .formatted(
                passes(),
                jacobian,
                seed,
                number(tolerance),
                unsteady == null ? "null" : quoted(unsteady)));
    for (int i = 0; i < tensors.size(); i++) {
      text.append(i == 0 ? "" : ", ").append(tensors.get(i).json());
    }
    return text.append("]}").toString();
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        default -> quoted.append(c < ' ' ? "\\u%04x".formatted((int) c) : Character.toString(c));
      }
    }
    return quoted.append('"').toString();
  }

  @Override
  public String toString() {
    return text();
  }
}
