package dev.rondo.tools.task;

/// How long a run may train: a number of steps, or time spent in steps.
///
/// @param steps 0 if there is a time
/// @param seconds 0 if there are steps
record Budget(long steps, double seconds) {
  static Budget ofSteps(long steps) {
    return new Budget(steps, 0);
  }

  static Budget ofSeconds(double seconds) {
    return new Budget(0, seconds);
  }

  /// Which part of the budget is used.
  double used(long stepsDone, double secondsSpent) {
    return steps > 0 ? (double) stepsDone / steps : secondsSpent / seconds;
  }

  /// Whether part `part` of `parts` is used.
  boolean reached(int part, int parts, long stepsDone, double secondsSpent) {
    return steps > 0 ? stepsDone >= stepsOf(part, parts) : secondsSpent >= seconds * part / parts;
  }

  /// Steps in parts 1 to `part` of `parts`; for a budget of steps.
  long stepsOf(int part, int parts) {
    return Math.ceilDiv(steps * part, parts);
  }
}
