package dev.rondo.check;

/// The behaviour of a gradient in the backward pass through time.
public enum Signal {
  /// It falls below [SignalVerdict#VANISHING_SHARE] of its value at lag 0.
  VANISHING,
  /// It stays between the limits.
  HEALTHY,
  /// It rises above [SignalVerdict#EXPLODING_FACTOR] times its value at lag 0, or is NaN.
  EXPLODING,
  /// There is no gradient: it is 0 at lag 0, or there is no step.
  ABSENT
}
