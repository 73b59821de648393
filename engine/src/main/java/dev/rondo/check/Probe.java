package dev.rondo.check;

import java.util.ArrayList;
import java.util.List;

/// One direction of a tensor: the tape's values of several derivatives along it, and the measured
/// ones, at one step or, if that was inconclusive, at several.
final class Probe {
  /// Factors for steps close to another one, which see the same features of f with other rounding.
  private static final double[] BESIDE = {0.35, 0.45, 0.55, 0.7, 0.85, 1.35};

  /// Places within a step from which its noise is measured, and the distance of their points, both
  /// as fractions of the step.
  private static final double[] SIDES = {-0.5, 0.5};

  private static final double APART = 1.0 / 64;

  /// The factor by which an error must exceed the differences of slopes over neighbouring steps.
  private static final double SCATTER = 10;

  /// If a smaller step leaves less than this fraction of an error, the slope approaches the tape's.
  private static final double LEFT = 0.75;

  /// How far from x, in parts of the step, the tape is asked again whether it says the same.
  private static final double NEARBY = 1.0 / 16;

  /// What the tape may say of an error there: with another slope all around, x is the exception.
  private static final double STEADY = 0.5;

  /// Steps that are tried below one that was conclusive.
  private static final int SMALLER = 12;

  /// Steps up to so many times [#STAIRS] larger are tried where f does not move.
  private static final int LARGER = 9;

  /// Less than between the height of a stair and what is wide enough for a slope to end.
  private static final double STAIRS = 4;

  /// How near to what is said a difference over a large step is, if it is of the same slope.
  private static final double ALIKE = 0.4;

  /// The ratio of each step to the next smaller one.
  static final double RATIO = 64;

  /// The largest rounding error, as a fraction of an error, at which a step can confirm that error.
  private static final double AUDIBLE = 0.1;

  final ProbeDirection direction;

  /// The tape's values.
  final double[] said;

  /// The expected sizes, from the tape's gradient of the elements.
  private final double[] expected;

  /// The [Noise] of the compared values.
  private final Noise noise;

  /// The measurements, from the largest step to the smallest.
  private final List<Slopes> measured = new ArrayList<>();

  /// The slopes to use if a smaller step has shown that larger ones measured something else.
  private final Slopes[] settled;

  Probe(ProbeDirection direction, double[] said, double[] expected, Noise noise) {
    this.direction = direction;
    this.said = said;
    this.expected = expected;
    this.noise = noise;
    settled = new Slopes[said.length];
  }

  void add(Slopes slopes) {
    measured.add(slopes);
  }

  /// The next smaller step.
  double nextStep() {
    return measured.getLast().step() / RATIO;
  }

  /// The rounding error of a derivative over a step.
  double rounding(int k, double step) {
    return Slopes.rounding(noise.possible()[k], step);
  }

  /// The expected derivative along this direction, given `largest` along one of length 1.
  private double scale(double largest) {
    return largest * direction.length();
  }

  /// The largest of the tape's value, the measured and the expected one.
  double size(int k, double largest) {
    double known = Math.max(Math.abs(said[k]), expected[k]);
    var best = best(k, largest);
    // a slope that does not converge has no size: a jump over a small step can have any
    return best.converges(k) ? Math.max(known, Math.abs(best.derivative(k))) : known;
  }

  /// True if smaller steps might help: a jump may be curvature, and a disagreement a nearby kink or
  /// a function that changes its scale.
  ///
  /// @param allowed largest allowed error
  /// @param certain largest accepted uncertainty of a measurement
  boolean isDoubtful(int k, double largest, double allowed, double certain) {
    var best = best(k, largest);
    boolean other = Math.abs(said[k] - best.derivative(k)) > allowed && !best.converges(k);
    return other || hasJump(k, scale(largest)) || best.isRough(k, certain);
  }

  /// True if f has a kink here, or so near that no step avoids it, or is not finite nearby.
  boolean isKink(int k, double largest) {
    var best = best(k, largest);
    return settled[k] == null
        && (hasJump(k, scale(largest))
            || best.disagree(k, scale(largest))
            || !Double.isFinite(best.uncertainty(k)));
  }

  /// True if the slope jumps over the smallest step, as far as rounding allows this to be seen.
  private boolean hasJump(int k, double scale) {
    boolean jump = false;
    Slopes larger = null;
    for (var slopes : measured) {
      jump = slopes.jump(k, scale) || (jump && slopes.mayHide(k, larger));
      larger = slopes;
    }
    return jump;
  }

  double derivative(int k, double largest) {
    return best(k, largest).derivative(k);
  }

  double uncertainty(int k, double largest) {
    return best(k, largest).uncertainty(k);
  }

  /// True if the tape's value is excluded by the best of the steps. That one may show an apparent
  /// slope by chance, so the value must also be excluded
  ///
  /// - by steps beside it, whose slopes differ from each other by much less, as do neighbouring
  ///   points within the step by their rounding,
  /// - by every smaller step at which rounding would not hide so large an error, and whose slope
  ///   comes nearer at none at which it probably would not: f may have another slope there, which
  ///   is the true one, and is from now on what was measured,
  /// - by what the tape says itself on both sides of x: where it says something else there, the
  ///   slope at x is of a part of f that is too narrow to be measured,
  /// - where f does not move, by larger steps: a staircase of rounding has steps of its own.
  ///
  /// @param measurement measures over other steps
  boolean isWrong(int k, double largest, Measurement measurement) {
    if (!Double.isFinite(said[k])) {
      return true;
    }
    var best = best(k, largest);
    return !isSeen(best, k)
        && isExcludedBeside(best, k, measurement)
        && !isHiddenByNoise(best, k, measurement)
        && isSaidNearby(best, k, measurement)
        && !(best.isFlat(k) && isAlikeAbove(best, k, measurement))
        && (isExcludedBelow(best, k, measurement)
            || (settled[k] != null && settled[k] != best && isWrong(k, largest, measurement)));
  }

  /// Whether it is what was measured over a step that is less certain to be one slope, but that
  /// rounding does less to.
  private boolean isSeen(Slopes best, int k) {
    for (var slopes : measured) {
      double error = Math.abs(said[k] - slopes.derivative(k));
      if (error <= slopes.uncertainty(k) && slopes.uncertainty(k) < best.uncertainty(k)) {
        return true;
      }
    }
    return false;
  }

  private boolean isExcludedBeside(Slopes best, int k, Measurement measurement) {
    if (!best.excludes(k, said[k])) {
      return false;
    }
    double lowest = best.derivative(k);
    double highest = lowest;
    for (double factor : BESIDE) {
      var slopes = measurement.over(this, factor * best.step());
      if (!slopes.excludes(k, said[k])) {
        return false;
      }
      lowest = Math.min(lowest, slopes.derivative(k));
      highest = Math.max(highest, slopes.derivative(k));
    }
    double error = Math.max(lowest - said[k], said[k] - highest);
    return error > SCATTER * (highest - lowest);
  }

  private boolean isHiddenByNoise(Slopes best, int k, Measurement measurement) {
    double error = Math.abs(said[k] - best.derivative(k));
    for (double side : SIDES) {
      double[] scatter = measurement.scatter(this, side * best.step(), APART * best.step());
      if (!(Slopes.rounding(Noise.DEVIATIONS * scatter[k], best.step()) < error)) {
        return true;
      }
    }
    return false;
  }

  private boolean isSaidNearby(Slopes best, int k, Measurement measurement) {
    double error = Math.abs(said[k] - best.derivative(k));
    double distance = NEARBY * best.step();
    // the mean of both sides: curvature cancels
    double nearby =
        (measurement.said(this, k, distance) + measurement.said(this, k, -distance)) / 2;
    return Math.abs(nearby - said[k]) <= STEADY * error;
  }

  private boolean isExcludedBelow(Slopes best, int k, Measurement measurement) {
    double error = Math.abs(said[k] - best.derivative(k));
    double smallest = Slopes.step(noise.likely()[k], AUDIBLE * error);
    double step = best.step();
    for (int i = 0; i < SMALLER && step > smallest; i++) {
      step = Math.max(step / RATIO, smallest);
      var smaller = measurement.over(this, step);
      if (!Double.isFinite(smaller.uncertainty(k))) {
        return true; // x does not move so little
      }
      boolean nearer = Math.abs(said[k] - smaller.derivative(k)) < LEFT * error;
      boolean audible = rounding(k, step) <= AUDIBLE * error;
      if (nearer || (audible && !smaller.isFarFrom(k, said[k]))) {
        settled[k] = smaller.converges(k) ? closest(smaller, k, measurement) : null;
        return false;
      }
    }
    return true;
  }

  /// The least uncertain among some slopes and those over ever smaller steps.
  private Slopes closest(Slopes slopes, int k, Measurement measurement) {
    var smaller = measurement.over(this, slopes.step() / RATIO);
    return smaller.converges(k) && smaller.uncertainty(k) < slopes.uncertainty(k)
        ? closest(smaller, k, measurement)
        : slopes;
  }

  private boolean isAlikeAbove(Slopes best, int k, Measurement measurement) {
    double step = best.step();
    for (int i = 0; i < LARGER; i++) {
      step *= STAIRS;
      if (measurement.over(this, step).isAlike(k, said[k], ALIKE)) {
        return true;
      }
    }
    return false;
  }

  /// The step at which the extrapolations agree best, among those that met no kink and, if there
  /// are any, that measured a slope.
  private Slopes best(int k, double largest) {
    if (settled[k] != null) {
      return settled[k];
    }
    var best = measured.getLast();
    for (var slopes : measured) {
      if (!slopes.jump(k, scale(largest)) && isBetter(slopes, best, k)) {
        best = slopes;
      }
    }
    return best;
  }

  private static boolean isBetter(Slopes slopes, Slopes best, int k) {
    boolean converges = slopes.converges(k);
    return converges == best.converges(k) ? slopes.uncertainty(k) < best.uncertainty(k) : converges;
  }
}
