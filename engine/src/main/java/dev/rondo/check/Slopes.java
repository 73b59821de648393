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
/// Rounding is the [Noise] of f over s/4.
///
/// A kink at f(0) shows in the second differences: `(f(s) - 2·f(0) + f(-s)) / s` goes to zero with
/// s where f is smooth, and to the jump of the slope where it is not.
final class Slopes {
  /// Slopes that jump by more than this fraction of the largest derivative belong to a kink, if the
  /// jump persists as the step is halved.
  private static final double JUMP = 1e-5;

  /// The fraction of a second difference that remains when the step is halved, above which there is
  /// a kink: half remains if f is smooth, all at a kink.
  private static final double LEFT_AT_A_KINK = 0.75;

  /// Extrapolations that disagree by more than this fraction of the largest derivative do not
  /// measure the same slope.
  private static final double DISAGREEMENT = 1e-5;

  /// Extrapolations that differ by more than this fraction of the slope measure no slope: f jumps
  /// within the step, or changes its scale there.
  private static final double CONVERGED = 1e-2;

  private final double[][] differences = new double[3][];
  private final double[][] jumps = new double[2][];
  private final double step;
  private final boolean[] moves;

  /// Rounding errors from the possible noise.
  private final double[] rounding;

  /// Rounding errors from the likely noise.
  private final double[] likely;

  private Slopes(double step, int count) {
    this.step = step;
    rounding = new double[count];
    likely = new double[count];
    moves = new boolean[count];
  }

  /// The rounding error of a derivative over a step.
  static double rounding(double noise, double step) {
    return noise / (step / 4);
  }

  /// The step at which a derivative has this rounding error.
  static double step(double noise, double rounding) {
    return 4 * noise / rounding;
  }

  /// Measures at one step.
  ///
  /// @param f all results at a distance from x
  /// @param here f(0)
  /// @param noise noise of f when nothing is moved
  /// @param moved distance between a step forth and a step back, after rounding
  /// @param observed the compared values
  static Slopes measure(
      DoubleFunction<double[]> f,
      double[] here,
      Noise noise,
      double step,
      DoubleUnaryOperator moved,
      Observed observed) {
    var slopes = new Slopes(step, noise.likely().length);
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
      slopes.addMoves(observed.of(above), observed.of(below), noise.possible());
      if (i == 0) {
        slopes.setRounding(noise, observed, above, below);
      } else {
        slopes.jumps[i - 1] = observed.of(jump);
      }
    }
    return slopes;
  }

  private void setRounding(Noise noise, Observed observed, double[] above, double[] below) {
    var possible = Noise.beside(noise.possible(), observed.sizes(above), observed.sizes(below));
    var seen = Noise.beside(noise.likely(), observed.sizes(above, 0), observed.sizes(below, 0));
    for (int k = 0; k < rounding.length; k++) {
      rounding[k] = rounding(possible[k], step);
      likely[k] = rounding(seen[k], step);
    }
  }

  private void addMoves(double[] above, double[] below, double[] noise) {
    for (int k = 0; k < moves.length; k++) {
      moves[k] |= Math.abs(above[k] - below[k]) > noise[k];
    }
  }

  /// Whether f is the same, but for rounding, over every step there and back.
  boolean isFlat(int k) {
    return !moves[k];
  }

  /// True if the difference over the largest step is within the fraction `part` of `said`.
  boolean isAlike(int k, double said, double part) {
    return Math.abs(differences[0][k] - said) <= part * Math.abs(said);
  }

  /// The first, largest step.
  double step() {
    return step;
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

  /// The uncertainty of the derivative; infinite where f is not finite. At a kink, however small,
  /// the slope of either side is acceptable.
  double uncertainty(int k) {
    double jump = Math.abs(jumps[1][k]);
    double sides = jump > rounding[k] && persists(k) ? jump / 2 : 0;
    double uncertainty = disagreement(k) + rounding[k] + sides;
    return Double.isFinite(uncertainty) ? uncertainty : Double.POSITIVE_INFINITY;
  }

  /// True if this is a slope at all: halving the steps hardly changes it.
  boolean converges(int k) {
    return Double.isFinite(uncertainty(k))
        && disagreement(k) <= Math.max(CONVERGED * Math.abs(derivative(k)), likely[k]);
  }

  /// True if the slope is certainly not `said`.
  boolean excludes(int k, double said) {
    return converges(k) && Math.abs(said - derivative(k)) > uncertainty(k);
  }

  /// True if the slope is certainly not `said`, provided that it is a slope at all: its change as
  /// the steps are halved is negligible compared with its distance from `said`.
  boolean isFarFrom(int k, double said) {
    double error = Math.abs(said - derivative(k));
    return error > uncertainty(k) && disagreement(k) <= Math.max(CONVERGED * error, likely[k]);
  }

  /// True if a smaller step may improve the result, that is, unless rounding explains the
  /// disagreement of the extrapolations.
  boolean isRough(int k, double allowed) {
    return !(disagreement(k) <= Math.max(allowed, rounding[k]));
  }

  /// True if the slopes to the right and to the left differ.
  ///
  /// @param scale the largest derivative expected along this direction
  boolean jump(int k, double scale) {
    double jump = Math.abs(jumps[1][k]);
    return jump > Math.max(JUMP * scale, rounding[k]) && persists(k);
  }

  private boolean persists(int k) {
    return Math.abs(jumps[1][k]) > LEFT_AT_A_KINK * Math.abs(jumps[0][k]);
  }

  /// True if a jump of the slope seen over a larger step may be here too, hidden by rounding.
  boolean mayHide(int k, Slopes larger) {
    return LEFT_AT_A_KINK * Math.abs(larger.jumps[1][k]) <= Math.abs(jumps[1][k]) + rounding[k];
  }

  /// True if there is no single slope over these steps.
  ///
  /// @param scale the largest derivative expected along this direction
  boolean disagree(int k, double scale) {
    return disagreement(k) > Math.max(DISAGREEMENT * scale, rounding[k]);
  }
}
