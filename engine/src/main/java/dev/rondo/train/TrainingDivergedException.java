package dev.rondo.train;

/// Thrown when a loss or a gradient is infinite or NaN. The step has not changed the parameters.
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final String where;

  TrainingDivergedException(long step, String where, double value) {
    super(
        "training diverged at step %d: %s is %s; a lower learning rate or clipping may help"
            .formatted(step, where, value));
    this.step = step;
    this.where = where;
  }

  /// The step, from 0.
  public long step() {
    return step;
  }

  /// `loss`, or `the gradient of` and the name of the first parameter whose gradient is not finite.
  public String where() {
    return where;
  }
}
