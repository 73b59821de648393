package dev.rondo.check;

import java.util.List;
import java.util.Locale;

/// What a [GradientCheck] found.
///
/// @param jacobian whether every element was compared; else directions and some elements were
/// @param seed what the check was made with: the same seed gives the same report
/// @param tolerance the limit of relative errors
/// @param faults what is wrong beside the numbers: results or gradients that have other bits when
///   they are computed again, padding that is not zero
/// @param tensors one report for each input and parameter
public record GradientReport(
    boolean jacobian,
    long seed,
    double tolerance,
    List<String> faults,
    List<TensorReport> tensors) {

  /// What is to be said of a gradient.
  public enum Verdict {
    /// It is what was measured.
    RIGHT,
    /// It is zero, and so is what was measured: the function does not depend on the tensor, or not
    /// here. It may be that nothing was checked.
    ZERO,
    /// Every derivative that was tried, or every one of any size, met a kink or is hidden by
    /// rounding.
    NOT_MEASURABLE,
    /// It is further from what was measured than the tolerance, but no further than that may be
    /// from the truth, or other steps leave it open: the tolerance is too small for this function
    /// at this point.
    UNCERTAIN,
    /// It is not what was measured.
    WRONG
  }

  /// The gradient of one tensor.
  ///
  /// @param name of the input or parameter
  /// @param shape of it
  /// @param verdict what is to be said
  /// @param relative the largest error of a derivative, relative to the largest of what the tape
  ///   says, what was measured, and what the gradient's norm lets expect there; to the largest of
  ///   the tensor where all are less than a thousandth of it
  /// @param absolute the largest error of a derivative
  /// @param element the index of the element with the largest relative error; empty if it was found
  ///   along several at once
  /// @param place the same in words, or which elements were moved
  /// @param result the element of a result, or the number of the combination of results, with the
  ///   largest relative error
  /// @param said what the tape says there
  /// @param measured what was measured there
  /// @param uncertainty how far what was measured may be from the truth, as the extrapolations
  ///   agree and as numbers are rounded; the largest, relative as the error
  /// @param cosine of the angle between all that the tape says and all that was measured; NaN if
  ///   one is zero
  /// @param compared derivatives that were compared
  /// @param kinks derivatives that were left out because there is a kink, or because rounding
  ///   leaves less than three digits of them
  public record TensorReport(
      String name,
      String shape,
      Verdict verdict,
      double relative,
      double absolute,
      List<Integer> element,
      String place,
      String result,
      double said,
      double measured,
      double uncertainty,
      double cosine,
      int compared,
      int kinks) {

    /// Copies the index.
    public TensorReport {
      element = List.copyOf(element);
    }

    private String json() {
      return String.format(
          Locale.ROOT,
          "{\"name\": %s, \"shape\": %s, \"verdict\": \"%s\", \"relative\": %s, \"absolute\": %s,"
              + " \"element\": %s, \"place\": %s, \"result\": %s, \"said\": %s, \"measured\": %s,"
              + " \"uncertainty\": %s, \"cosine\": %s, \"compared\": %d, \"kinks\": %d}",
          quoted(name),
          shape,
          verdict,
          number(relative),
          number(absolute),
          element.isEmpty() ? "null" : element.toString(),
          quoted(place),
          quoted(result),
          number(said),
          number(measured),
          number(uncertainty),
          number(cosine),
          compared,
          kinks);
    }
  }

  /// Copies the lists.
  public GradientReport {
    faults = List.copyOf(faults);
    tensors = List.copyOf(tensors);
  }

  /// Whether no gradient is wrong, and all are the same when computed again. Gradients of zero and
  /// ones that could not be measured are not wrong; see [#unchecked()].
  public boolean passes() {
    return faults.isEmpty()
        && tensors.stream().noneMatch(tensor -> tensor.verdict == Verdict.WRONG);
  }

  /// Tensors of which nothing is known: their gradients are zero, met kinks only, or could not be
  /// measured closely enough.
  public List<String> unchecked() {
    return tensors.stream()
        .filter(t -> t.verdict != Verdict.RIGHT && t.verdict != Verdict.WRONG)
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

  /// A table: one line a tensor; then what is wrong, and what the limit is and why.
  public String text() {
    return GradientReportText.of(this);
  }

  /// The same as one JSON object; numbers that are not finite are null.
  public String json() {
    var text = new StringBuilder();
    text.append(
        "{\"passes\": %s, \"jacobian\": %s, \"seed\": %d, \"tolerance\": %s, \"faults\": %s, \"tensors\": ["
            .formatted(
                passes(),
                jacobian,
                seed,
                number(tolerance),
                faults.stream().map(GradientReport::quoted).toList()));
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
