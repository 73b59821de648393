package dev.rondo.tools.task;

import java.util.Locale;

/// The budget of a run: a number of steps, a time spent in steps, or a number of steps with a limit
/// of time.
///
/// @param steps 0 if only time counts
/// @param seconds infinite if only steps count
record Budget(long steps, double seconds) {
  static Budget ofSteps(long steps) {
    return new Budget(steps, Double.POSITIVE_INFINITY);
  }

  static Budget ofSeconds(double seconds) {
    return new Budget(0, seconds);
  }

  /// The part of the budget that is used; 1 or more at its end.
  double used(long stepsDone, double secondsSpent) {
    double ofTime = secondsSpent / seconds;
    return steps > 0 ? Math.max((double) stepsDone / steps, ofTime) : ofTime;
  }

  /// Whether part `part` of `parts` is used, or the whole budget.
  boolean reached(int part, int parts, long stepsDone, double secondsSpent) {
    return steps > 0
        ? stepsDone >= stepsOf(part, parts) || secondsSpent >= seconds
        : secondsSpent >= seconds * part / parts;
  }

  /// Whether time ended a budget of steps early: the remaining parts get no steps.
  boolean cutShort(double secondsSpent) {
    return steps > 0 && secondsSpent >= seconds;
  }

  /// The steps in parts 1 to `part` of `parts`, for a budget of steps.
  long stepsOf(int part, int parts) {
    return Math.ceilDiv(steps * part, parts);
  }

  /// Such as `1,000 steps, at most 3.0 minutes`.
  @Override
  public String toString() {
    String minutes = seconds / 60 + " minutes";
    if (steps == 0) {
      return minutes;
    }
    String count = String.format(Locale.ROOT, "%,d steps", steps);
    return Double.isInfinite(seconds) ? count : count + ", at most " + minutes;
  }
}
