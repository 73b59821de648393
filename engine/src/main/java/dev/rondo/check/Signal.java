package dev.rondo.check;

/// What becomes of a gradient on its way back through time.
public enum Signal {
  /// It falls below [SignalVerdict#VANISHING_SHARE] of what it is at lag 0.
  VANISHING,
  /// It stays between the limits.
  HEALTHY,
  /// It rises above [SignalVerdict#EXPLODING_FACTOR] times what it is at lag 0, or is no number.
  EXPLODING,
  /// There is none: it is 0 at lag 0, or there is no step.
  ABSENT
}
