package dev.rondo.train;

/// A choice for steps whose loss or gradient is infinite or NaN. The parameters are not touched by
/// that step either way.
public enum NonFinitePolicy {
  /// Throw [TrainingDivergedException]: nothing learned so far is lost, a checkpoint is still good.
  STOP,
  /// Leave the step out and go on from a zero state.
  SKIP
}
