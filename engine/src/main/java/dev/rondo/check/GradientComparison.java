package dev.rondo.check;

import dev.rondo.check.GradientReport.TensorReport;
import dev.rondo.check.GradientReport.Verdict;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the tape says of one tensor, beside what was measured.
final class GradientComparison {
  /// The place of a derivative along all elements at once.
  static final int ALL = -1;

  /// Where two differences disagree by more than this part of the largest, one of them is wrong.
  private static final double DISAGREEMENT = 1e-5;

  /// A tensor all of whose derivatives are smaller has no gradient.
  private static final double SMALLEST_SCALE = 1e-8;

  /// Derivatives smaller than this part of the largest are not compared relative to themselves.
  private static final double SMALLEST_PART = 1e-3;

  /// Derivatives to the right and to the left that differ by more than this part of the largest
  /// belong to a kink, if they do not come closer as the step is halved.
  private static final double JUMP = 1e-4;

  /// One derivative: as the tape says, and as [GradientCheck] measures it.
  private static final class Entry {
    final int result;
    final int element;
    final double said;
    private final double wide;
    private final double narrow;
    private final double smallWide;
    private final double smallNarrow;
    private final double jumpWide;
    private final double jumpNarrow;

    Entry(int result, int element, double said, double[] measured) {
      this.result = result;
      this.element = element;
      this.said = said;
      wide = measured[0];
      narrow = measured[1];
      smallWide = measured[2];
      smallNarrow = measured[3];
      jumpWide = Math.abs(measured[4]);
      jumpNarrow = Math.abs(measured[5]);
    }

    double largest() {
      return Math.max(Math.abs(said), Math.abs(narrow));
    }

    /// What the measured derivative may be off by, as its own extrapolation says.
    double uncertainty() {
      return Math.abs(wide - narrow) / 3;
    }

    boolean isFinite() {
      return Double.isFinite(said) && Double.isFinite(smallNarrow);
    }

    /// The measured derivative, NaN at a kink.
    double measured(double scale) {
      if (jumpNarrow > JUMP * scale && jumpNarrow > 0.75 * jumpWide) {
        return Double.NaN;
      }
      if (Math.abs(wide - narrow) <= DISAGREEMENT * scale) {
        return (4 * narrow - wide) / 3;
      }
      if (Math.abs(smallWide - smallNarrow) <= DISAGREEMENT * scale) {
        return (4 * smallNarrow - smallWide) / 3;
      }
      return Double.NaN;
    }
  }

  private final String name;
  private final Tensor tensor;
  private final double tolerance;
  private final List<Entry> entries = new ArrayList<>();
  private double scale;

  GradientComparison(String name, Tensor tensor, double tolerance) {
    this.name = name;
    this.tensor = tensor;
    this.tolerance = tolerance;
  }

  /// Derivatives are expected to be of this size, whatever those that are added are.
  void expect(double size) {
    scale = Math.max(scale, size);
  }

  /// @param measured what [GradientCheck] measures along one direction
  void add(int result, int element, double said, double[] measured) {
    entries.add(new Entry(result, element, said, measured));
  }

  TensorReport report() {
    double largest = scale;
    for (var entry : entries) {
      // a NaN must not hide
      largest = entry.largest() <= largest ? largest : entry.largest();
    }
    Entry worst = entries.getFirst();
    double worstRelative = -1;
    double worstAbsolute = 0;
    double uncertainty = 0;
    int kinks = 0;
    double products = 0;
    double saidSquares = 0;
    double measuredSquares = 0;
    for (var entry : entries) {
      double measured = entry.measured(largest);
      if (Double.isNaN(measured) && entry.isFinite()) {
        kinks++;
        continue;
      }
      double absolute = Math.abs(entry.said - measured);
      double size = Math.max(Math.abs(entry.said), Math.abs(measured));
      double relative =
          absolute / Math.max(size > SMALLEST_PART * largest ? size : largest, SMALLEST_SCALE);
      if (!(relative <= worstRelative)) {
        worst = entry;
        worstRelative = relative;
      }
      worstAbsolute = absolute <= worstAbsolute ? worstAbsolute : absolute;
      uncertainty = Math.max(uncertainty, entry.uncertainty());
      products += entry.said * measured;
      saidSquares += entry.said * entry.said;
      measuredSquares += measured * measured;
    }
    return new TensorReport(
        name,
        Arrays.toString(tensor.shape()),
        verdict(largest, worstRelative, kinks),
        Math.max(worstRelative, 0),
        worstAbsolute,
        worst.element,
        worst.result,
        worst.said,
        worst.measured(largest),
        products / Math.sqrt(saidSquares * measuredSquares),
        entries.size() - kinks,
        kinks,
        uncertainty);
  }

  private Verdict verdict(double largest, double worstRelative, int kinks) {
    if (kinks == entries.size()) {
      return Verdict.NOT_MEASURABLE;
    }
    if (!(worstRelative <= tolerance)) {
      return Verdict.WRONG;
    }
    return largest <= SMALLEST_SCALE ? Verdict.ZERO : Verdict.RIGHT;
  }
}
