package dev.rondo.train;

import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.ReduceOnPlateau;
import java.util.Objects;

/// Options of a [Trainer] or a [SequenceTrainer]. Immutable: each method gives a changed copy.
///
/// ```java
/// TrainerOptions.of(LearningRateSchedule.constant(2e-3).withWarmUp(500))
///     .clipNorm(1)
///     .plateau(ReduceOnPlateau.options(2e-3).patience(3))
///     .averaging(Averaging.exponential(0.999))
/// ```
///
/// @param schedule the learning rate of each step
/// @param clipNorm the largest global norm of a gradient; infinite for no clipping
/// @param clipValue the largest magnitude of an element of a gradient, applied before the norm;
///   infinite for no clipping
/// @param nonFinite treatment of a loss or gradient that is not finite
/// @param seed seed of dropout
/// @param loss quantity to minimize
/// @param plateau lowers the schedule's rates when validations stop improving; null for none
/// @param averaging averages weights; null for none
public record TrainerOptions(
    LearningRateSchedule schedule,
    double clipNorm,
    double clipValue,
    NonFinitePolicy nonFinite,
    long seed,
    Loss loss,
    ReduceOnPlateau.Options plateau,
    Averaging averaging) {
  /// Checks the limits.
  ///
  /// @throws IllegalArgumentException if a limit is not positive, or the plateau's first rate is
  ///   not
  public TrainerOptions {
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(nonFinite, "nonFinite");
    Objects.requireNonNull(loss, "loss");
    if (!(clipNorm > 0) || !(clipValue > 0)) {
      throw new IllegalArgumentException(
          "clipNorm and clipValue must be positive, were %s and %s".formatted(clipNorm, clipValue));
    }
    if (plateau != null && plateau.learningRate() == 0) {
      throw new IllegalArgumentException("learningRate of the plateau must be positive, was 0");
    }
  }

  /// The defaults: cross-entropy, no clipping, stop when not finite, seed 0.
  public static TrainerOptions of(LearningRateSchedule schedule) {
    double never = Double.POSITIVE_INFINITY;
    return new TrainerOptions(
        schedule, never, never, NonFinitePolicy.STOP, 0, Loss.crossEntropy(), null, null);
  }

  /// With this limit of the global norm.
  public TrainerOptions clipNorm(double limit) {
    return new TrainerOptions(
        schedule, limit, clipValue, nonFinite, seed, loss, plateau, averaging);
  }

  /// With this limit of each element.
  public TrainerOptions clipValue(double limit) {
    return new TrainerOptions(schedule, clipNorm, limit, nonFinite, seed, loss, plateau, averaging);
  }

  /// With this policy.
  public TrainerOptions nonFinite(NonFinitePolicy policy) {
    return new TrainerOptions(
        schedule, clipNorm, clipValue, policy, seed, loss, plateau, averaging);
  }

  /// With this seed.
  public TrainerOptions seed(long newSeed) {
    return new TrainerOptions(
        schedule, clipNorm, clipValue, nonFinite, newSeed, loss, plateau, averaging);
  }

  /// With this loss.
  public TrainerOptions loss(Loss newLoss) {
    return new TrainerOptions(
        schedule, clipNorm, clipValue, nonFinite, seed, newLoss, plateau, averaging);
  }

  /// With a rate that falls when the losses of [Trainer#validate] stop improving. The schedule's
  /// rate is multiplied by the ratio of the plateau's current rate to its first one.
  ///
  ///     rate = schedule.rate(step)·plateau.learningRate()/first rate
  public TrainerOptions plateau(ReduceOnPlateau.Options newPlateau) {
    return new TrainerOptions(
        schedule, clipNorm, clipValue, nonFinite, seed, loss, newPlateau, averaging);
  }

  /// With averaged weights for validations and for the model that is kept.
  public TrainerOptions averaging(Averaging newAveraging) {
    return new TrainerOptions(
        schedule, clipNorm, clipValue, nonFinite, seed, loss, plateau, newAveraging);
  }
}
