package dev.rondo.check;

import java.util.Locale;

/// The verdict on a gradient's norms by lag.
///
/// The limit that is crossed at the smallest lag decides. The factor is a mean over steps, because
/// norms may rise before they fall.
///
/// @param signal behaviour of the gradient
/// @param lag the first lag beyond a limit; the last lag if there is none; -1 if there is no lag
/// @param factor the geometric mean of the factors from step to step, up to that lag: `(norms[lag]
///   / norms[0])^(1/lag)`; 1 at lag 0
public record SignalVerdict(Signal signal, int lag, double factor) {
  /// Below this share of its value at lag 0, a gradient has vanished: not even a hundredth of it is
  /// left.
  public static final double VANISHING_SHARE = 0.01;

  /// Above this multiple of its value at lag 0, a gradient has exploded: 1/[#VANISHING_SHARE].
  public static final double EXPLODING_FACTOR = 100;

  /// Gives the verdict on norms by lag.
  ///
  /// @param norms of the gradient, lag 0 first
  static SignalVerdict of(double[] norms) {
    if (norms.length == 0 || norms[0] == 0) {
      return new SignalVerdict(Signal.ABSENT, norms.length - 1, 1);
    }
    for (int lag = 0; lag < norms.length; lag++) {
      if (!Double.isFinite(norms[lag])) {
        return new SignalVerdict(Signal.EXPLODING, lag, norms[lag]);
      }
      double ratio = norms[lag] / norms[0];
      if (ratio < VANISHING_SHARE) {
        return new SignalVerdict(Signal.VANISHING, lag, StrictMath.pow(ratio, 1.0 / lag));
      }
      if (ratio > EXPLODING_FACTOR) {
        return new SignalVerdict(Signal.EXPLODING, lag, StrictMath.pow(ratio, 1.0 / lag));
      }
    }
    int last = norms.length - 1;
    double factor = last == 0 ? 1 : StrictMath.pow(norms[last] / norms[0], 1.0 / last);
    return new SignalVerdict(Signal.HEALTHY, last, factor);
  }

  /// One line, such as `vanishing: below 1 % at lag 17, x0.76 a step`.
  @Override
  public String toString() {
    String what =
        switch (signal) {
          case VANISHING -> "vanishing: below %.0f %% at".formatted(100 * VANISHING_SHARE);
          case EXPLODING -> "exploding: above %.0f-fold at".formatted(EXPLODING_FACTOR);
          case HEALTHY -> "healthy up to";
          case ABSENT -> "absent: no gradient at lag 0";
        };
    return signal == Signal.ABSENT
        ? what
        : String.format(Locale.ROOT, "%s lag %d, x%.3g a step", what, lag, factor);
  }
}
