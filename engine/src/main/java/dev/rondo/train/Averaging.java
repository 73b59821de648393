package dev.rondo.train;

import dev.rondo.autograd.Parameters;
import dev.rondo.optim.WeightAverage;

/// Options of the weight average that a [Trainer] keeps. Immutable: each method gives a changed
/// copy.
///
///     options.averaging(Averaging.exponential(0.999))                   // after every step
///     options.averaging(Averaging.equal().from(10_000).every(500))      // stochastic weight averaging
///
/// The trainer evaluates the averaged weights, keeps them as the best ones, and has them in its
/// checkpoints. Training itself continues with the last weights. Averages take as much memory as
/// the parameters, in their arena.
///
/// @param decay of an exponential average, in [0, 1); NaN for equal shares
/// @param from the number of steps after which averaging begins
/// @param every number of steps after which the weights are taken each time
public record Averaging(double decay, long from, long every) {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public Averaging {
    if (!Double.isNaN(decay) && !(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("decay must be in [0, 1), was " + decay);
    }
    if (from < 0 || every < 1) {
      throw new IllegalArgumentException(
          "from must not be negative and every must be positive, were %d and %d"
              .formatted(from, every));
    }
  }

  /// See [WeightAverage#exponential].
  ///
  /// @throws IllegalArgumentException if `decay` is not in [0, 1)
  public static Averaging exponential(double decay) {
    if (Double.isNaN(decay)) {
      throw new IllegalArgumentException("decay must be in [0, 1), was NaN");
    }
    return new Averaging(decay, 0, 1);
  }

  /// See [WeightAverage#equal].
  public static Averaging equal() {
    return new Averaging(Double.NaN, 0, 1);
  }

  /// With averaging from another step on.
  public Averaging from(long newFrom) {
    return new Averaging(decay, newFrom, every);
  }

  /// With another interval between the averaged weights.
  public Averaging every(long newEvery) {
    return new Averaging(decay, from, newEvery);
  }

  WeightAverage of(Parameters parameters) {
    return Double.isNaN(decay)
        ? WeightAverage.equal(parameters)
        : WeightAverage.exponential(parameters, decay);
  }

  /// True if the weights are taken into the average after `steps` steps.
  boolean isDue(long steps) {
    return steps > from && (steps - from) % every == 0;
  }
}
