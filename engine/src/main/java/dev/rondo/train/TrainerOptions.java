package dev.rondo.train;

import dev.rondo.optim.LearningRateSchedule;
import java.util.Objects;

/// How a [Trainer] trains. Immutable: each method gives a changed copy.
///
/// @param schedule the learning rate of each step
/// @param clipNorm the largest global norm of a gradient; infinite not to clip
/// @param clipValue the largest magnitude of an element of a gradient, before the norm; infinite
///   not to clip
/// @param nonFinite what to do when a loss or gradient is not finite
/// @param seed of dropout
public record TrainerOptions(
    LearningRateSchedule schedule,
    double clipNorm,
    double clipValue,
    NonFinitePolicy nonFinite,
    long seed) {
  /// Checks the limits.
  public TrainerOptions {
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(nonFinite, "nonFinite");
    if (!(clipNorm > 0) || !(clipValue > 0)) {
      throw new IllegalArgumentException(
          "clipNorm and clipValue must be positive, were %s and %s".formatted(clipNorm, clipValue));
    }
  }

  /// No clipping, stop when not finite, seed 0.
  public static TrainerOptions of(LearningRateSchedule schedule) {
    return new TrainerOptions(
        schedule, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, NonFinitePolicy.STOP, 0);
  }

  /// With this limit of the global norm.
  public TrainerOptions clipNorm(double limit) {
    return new TrainerOptions(schedule, limit, clipValue, nonFinite, seed);
  }

  /// With this limit of each element.
  public TrainerOptions clipValue(double limit) {
    return new TrainerOptions(schedule, clipNorm, limit, nonFinite, seed);
  }

  /// With this policy.
  public TrainerOptions nonFinite(NonFinitePolicy policy) {
    return new TrainerOptions(schedule, clipNorm, clipValue, policy, seed);
  }

  /// With this seed.
  public TrainerOptions seed(long newSeed) {
    return new TrainerOptions(schedule, clipNorm, clipValue, nonFinite, newSeed);
  }
}
