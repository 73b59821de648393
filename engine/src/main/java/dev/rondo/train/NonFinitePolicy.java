package dev.rondo.train;

/// The treatment of steps whose loss or gradient is infinite or NaN. In either case the step does
/// not change the parameters.
public enum NonFinitePolicy {
  /// Throws [TrainingDivergedException]. Nothing learned is lost, and a checkpoint is still valid.
  STOP,
  /// Skips the step and continues from a zero state.
  SKIP
}
