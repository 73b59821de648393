package dev.rondo.check;

import java.util.List;
import java.util.Locale;

/// The findings of a [GradientCheck].
///
/// @param jacobian true if every element of the Jacobian was compared; false if directions and some
///   elements were
/// @param seed seed of the check: the same seed gives the same report
/// @param tolerance the limit of relative errors
/// @param faults faults other than wrong numbers: results or gradients whose bits differ when
///   computed again, or padding that is not zero
/// @param tensors one report for each input and parameter
public record GradientReport(
    boolean jacobian,
    long seed,
    double tolerance,
    List<String> faults,
    List<TensorReport> tensors) {

  /// The verdict on a gradient.
  public enum Verdict {
    /// It agrees with the measurement.
    RIGHT,
    /// It is zero, and so is the measurement: the function does not depend on the tensor, or not at
    /// this point. Possibly nothing was checked.
    ZERO,
    /// Every derivative tried, or every one that is not tiny, met a kink or is hidden by rounding.
    NOT_MEASURABLE,
    /// It differs from the measurement by more than the tolerance, but by no more than the
    /// uncertainty of the measurement, or other steps do not confirm the difference. The tolerance
    /// is too small for this function at this point.
    UNCERTAIN,
    /// It differs from the measurement.
    WRONG
  }

  /// The gradient of one tensor.
  ///
  /// @param name of the input or parameter
  /// @param shape of it
  /// @param verdict the verdict on the gradient
  /// @param relative the largest relative error of a derivative. It is relative to the largest of
  ///   the tape's value, the measured value, and the size expected from the gradient's norm. If all
  ///   three are less than a thousandth of the tensor's largest derivative, it is relative to that
  ///   derivative
  /// @param absolute the largest error of a derivative
  /// @param element the index of the element with the largest relative error; empty if that error
  ///   was found along several elements at once
  /// @param place the same in words, or the elements that were moved
  /// @param result the element of a result, or the number of the combination of results, with the
  ///   largest relative error
  /// @param said the tape's value there
  /// @param measured the measured value there
  /// @param uncertainty the largest possible error of the measurements, from the disagreement of
  ///   the extrapolations and from rounding; relative as the error is
  /// @param cosine cosine of the angle between all of the tape's values and all measured ones; NaN
  ///   if either is zero
  /// @param compared number of derivatives that were compared
  /// @param kinks number of derivatives that were left out because of a kink, or because rounding
  ///   leaves fewer than three digits of them
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

  /// True if no gradient is wrong, and all are the same when computed again. Gradients that are
  /// zero or could not be measured are not wrong; see [#unchecked()].
  public boolean passes() {
    return faults.isEmpty()
        && tensors.stream().noneMatch(tensor -> tensor.verdict == Verdict.WRONG);
  }

  /// Tensors whose gradients remain unchecked: they are zero, met only kinks, or could not be
  /// measured closely enough.
  public List<String> unchecked() {
    return tensors.stream()
        .filter(t -> t.verdict != Verdict.RIGHT && t.verdict != Verdict.WRONG)
        .map(TensorReport::name)
        .toList();
  }

  /// Asserts, for a test, that no gradient is wrong and that no tensor is unchecked.
  ///
  /// @throws AssertionError with the report, if that is not the case
  public void assertPasses() {
    if (!passes() || !unchecked().isEmpty()) {
      throw new AssertionError("gradients do not pass\n" + text());
    }
  }

  /// The report as a table with one line for each tensor, followed by the faults, and by the limit
  /// with its reason.
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
