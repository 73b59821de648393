package dev.rondo.check;

import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/// Derivatives along one direction, measured over a step s, half of it and a quarter, and
/// extrapolated (Richardson 1911):
///
///     D(s) = (f(s) - f(-s)) / 2s                  error of order s²
///     R(s) = (4·D(s/2) - D(s)) / 3                error of order s⁴
///     (16·R(s/2) - R(s)) / 15                     error of order s⁶: the derivative
///     |R(s/2) - R(s)| + rounding                  its uncertainty
///
/// A kink at f(0) shows in the second differences: `(f(s) - 2·f(0) + f(-s)) / s` goes to zero with s
/// where f is smooth, and to what the slope jumps by where it is not.
final class Slopes {
  /// Slopes that jump by more than this part of the largest derivative belong to a kink, if the
  /// jump does not go away as the step is halved.
  private static final double JUMP = 1e-5;

  /// What halving the step leaves of a second difference: half if f is smooth, all at a kink.
  private static final double LEFT_AT_A_KINK = 0.75;

  /// Extrapolations that disagree by more than this part of the largest derivative do not measure
  /// the same slope.
  private static final double DISAGREEMENT = 1e-5;

  /// Rounding of f in units of its last place: sums of some tens of terms.
  private static final double ROUNDING = 8 * 0x1p-53;

  private final double[][] differences = new double[3][];
  private final double[][] jumps = new double[2][];
  private final double[] rounding;

  private Slopes(double[] sizes, double step) {
    rounding = new double[sizes.length];
    for (int k = 0; k < sizes.length; k++) {
      rounding[k] = ROUNDING * sizes[k] / (step / 4);
    }
  }

  /// Measures at one step.
  ///
  /// @param f all results, so many steps from x
  /// @param here f(0)
  /// @param moved by how much a step there and one back are apart, as they were rounded
  /// @param observed what is compared
  static Slopes measure(
      DoubleFunction<double[]> f,
      double[] here,
      double step,
      DoubleUnaryOperator moved,
      Observed observed) {
    var slopes = new Slopes(observed.sizes(here), step);
    for (int i = 0; i < 3; i++) {
      double s = step / (1 << i);
      double[] above = f.apply(s);
      double[] below = f.apply(-s);
      double distance = moved.applyAsDouble(s);
      var difference = new double[here.length];
      var jump = new double[here.length];
      for (int k = 0; k < here.length; k++) {
        difference[k] = (above[k] - below[k]) / distance;
        jump[k] = (above[k] - 2 * here[k] + below[k]) / s;
      }
      slopes.differences[i] = observed.of(difference);
      if (i > 0) {
        slopes.jumps[i - 1] = observed.of(jump);
      }
    }
    return slopes;
  }

  private double extrapolated(int i, int k) {
    return (4 * differences[i + 1][k] - differences[i][k]) / 3;
  }

  private double disagreement(int k) {
    return Math.abs(extrapolated(1, k) - extrapolated(0, k));
  }

  double derivative(int k) {
    return (16 * extrapolated(1, k) - extrapolated(0, k)) / 15;
  }

  /// Infinite where f is not finite.
  double uncertainty(int k) {
    double uncertainty = disagreement(k) + rounding[k];
    return Double.isFinite(uncertainty) ? uncertainty : Double.POSITIVE_INFINITY;
  }

  /// Whether a smaller step may say more: not where the extrapolations are as far apart as rounding
  /// makes them.
  boolean isRough(int k, double allowed) {
    return !(disagreement(k) <= Math.max(allowed, rounding[k]));
  }

  /// Whether the slope to the right is another than the slope to the left.
  ///
  /// @param scale the largest derivative that is to be expected along this direction
  boolean jump(int k, double scale) {
    double jump = Math.abs(jumps[1][k]);
    return jump > Math.max(JUMP * scale, rounding[k])
        && jump > LEFT_AT_A_KINK * Math.abs(jumps[0][k]);
  }

  /// Whether there is no one slope over these steps.
  ///
  /// @param scale the largest derivative that is to be expected along this direction
  boolean disagree(int k, double scale) {
    return disagreement(k) > Math.max(DISAGREEMENT * scale, rounding[k]);
  }
}
