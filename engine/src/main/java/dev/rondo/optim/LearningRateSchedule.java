package dev.rondo.optim;

/// The learning rate as a pure function of the number of the step, counted from 0. It has no state,
/// so a run continued from a checkpoint continues its schedule.
///
///     var schedule = LearningRateSchedule.cosine(2e-3, 10_000, 1e-5).withWarmUp(500);
///     adam.setLearningRate(schedule.rate(adam.stepCount()));
///     adam.step();
///
/// Computed with `StrictMath`: the same bits on every machine.
@FunctionalInterface
public interface LearningRateSchedule {
  /// The rate of a step; not negative.
  ///
  /// @param step 0 for the first one
  double rate(long step);

  /// Always `learningRate`.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  static LearningRateSchedule constant(double learningRate) {
    Checks.notNegative("learningRate", learningRate);
    return _ -> learningRate;
  }

  /// Multiplied by `factor` after every `every` steps; as PyTorch's `StepLR`.
  ///
  ///     rate = learningRate·factor^⌊step/every⌋
  ///
  /// @param every positive
  /// @param factor finite, not negative
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule step(double learningRate, long every, double factor) {
    Checks.notNegative("learningRate", learningRate);
    Checks.positive("every", every);
    Checks.notNegative("factor", factor);
    return step -> {
      long drops = step / every;
      return learningRate * StrictMath.pow(factor, (double) drops);
    };
  }

  /// Multiplied by `factor` after every step; as PyTorch's `ExponentialLR`.
  ///
  ///     rate = learningRate·factor^step
  ///
  /// @param factor finite, not negative
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule exponential(double learningRate, double factor) {
    return step(learningRate, 1, factor);
  }

  /// Falls polynomially from `learningRate` to `floor`, which is reached at `totalSteps` and kept.
  /// With a floor of 0, this is PyTorch's `PolynomialLR`.
  ///
  ///     rate = floor + (learningRate - floor)·(1 - step/totalSteps)^power
  ///
  /// @param totalSteps positive
  /// @param power positive; 1 for a line
  /// @param floor not negative, at most `learningRate`
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule polynomial(
      double learningRate, long totalSteps, double power, double floor) {
    Checks.notNegative("learningRate", learningRate);
    Checks.positive("totalSteps", totalSteps);
    Checks.positive("power", power);
    Checks.floor(floor, learningRate);
    return step -> {
      if (step >= totalSteps) {
        return floor;
      }
      double left = 1 - (double) step / totalSteps;
      return floor + (learningRate - floor) * StrictMath.pow(left, power);
    };
  }

  /// Rises linearly to `learningRate`, then falls with the inverse square root of the number of the
  /// step; the schedule of the first transformers.
  ///
  ///     n = step + 1
  ///     rate = learningRate·min(n/warmUp, √(warmUp/n))
  ///
  /// The paper's factor is learningRate = 1/√(size·warmUp).
  ///
  /// Source: A. Vaswani et al., "Attention is all you need", 2017.
  ///
  /// @param learningRate the highest rate, that of step `warmUp - 1`
  /// @param warmUp positive
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule inverseSquareRoot(double learningRate, long warmUp) {
    Checks.notNegative("learningRate", learningRate);
    Checks.positive("warmUp", warmUp);
    return step -> {
      double n = step + 1.0;
      return n < warmUp ? learningRate * (n / warmUp) : learningRate * StrictMath.sqrt(warmUp / n);
    };
  }

  /// Rises once to `learningRate` and falls far below the first rate, as PyTorch's `OneCycleLR`
  /// with its defaults: it starts from a 25th, rises in the first 0.3 of the steps, then falls to a
  /// 10,000th of the first rate.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite, or `totalSteps`
  ///   is not positive
  static LearningRateSchedule oneCycle(double learningRate, long totalSteps) {
    return oneCycle(learningRate, totalSteps, 0.3, 25, 1e4);
  }

  /// Rises once to `learningRate` and falls far below the first rate, along two half cosine waves,
  /// as PyTorch's `OneCycleLR`. The momentum is not cycled.
  ///
  ///     first = learningRate/startDivisor            at step 0
  ///     learningRate                                 at step rise·totalSteps - 1
  ///     last = first/endDivisor                      at step totalSteps - 1 and after it
  ///
  /// Source: L. Smith, N. Topin, "Super-convergence: Very fast training of neural networks using
  /// large learning rates", 2017.
  ///
  /// @param learningRate the highest rate
  /// @param totalSteps positive
  /// @param rise the fraction of the steps in which the rate rises, in [0, 1]; PyTorch's
  ///   `pct_start`
  /// @param startDivisor at least 1; PyTorch's `div_factor`
  /// @param endDivisor at least 1; PyTorch's `final_div_factor`
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule oneCycle(
      double learningRate, long totalSteps, double rise, double startDivisor, double endDivisor) {
    Checks.notNegative("learningRate", learningRate);
    Checks.positive("totalSteps", totalSteps);
    Checks.atMostOne("rise", rise);
    Checks.atLeastOne("startDivisor", startDivisor);
    Checks.atLeastOne("endDivisor", endDivisor);
    double first = learningRate / startDivisor;
    double last = first / endDivisor;
    double top = Math.max(rise * totalSteps - 1, 0);
    double end = totalSteps - 1.0;
    return step -> {
      if (step >= end) {
        return last;
      }
      return step < top
          ? wave(first, learningRate, step / top)
          : wave(learningRate, last, (step - top) / (end - top));
    };
  }

  /// `from` at 0, `to` at 1, and half a cosine wave in between.
  private static double wave(double from, double to, double part) {
    return to + (from - to) * (1 + StrictMath.cos(StrictMath.PI * part)) / 2;
  }

  /// Falls along half a cosine wave from `learningRate` to `floor`, which is reached at
  /// `totalSteps` and kept; as PyTorch's `CosineAnnealingLR`.
  ///
  ///     rate = floor + (learningRate - floor)·(1 + cos(π·step/totalSteps))/2
  ///
  /// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts",
  /// 2016.
  ///
  /// @param totalSteps positive
  /// @param floor not negative, at most `learningRate`
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule cosine(double learningRate, long totalSteps, double floor) {
    Checks.notNegative("learningRate", learningRate);
    Checks.positive("totalSteps", totalSteps);
    Checks.floor(floor, learningRate);
    return step ->
        step >= totalSteps ? floor : wave(learningRate, floor, (double) step / totalSteps);
  }

  /// Repeats the half wave of [#cosine], each `growth` times as long as the one before; as
  /// PyTorch's `CosineAnnealingWarmRestarts`. The floor itself is never reached.
  ///
  ///     rate = floor + (learningRate - floor)·(1 + cos(π·step of the wave/length of the wave))/2
  ///
  /// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts",
  /// 2016.
  ///
  /// @param length steps of the first wave, positive
  /// @param growth positive; 1 for waves of one length
  /// @param floor not negative, at most `learningRate`
  /// @throws IllegalArgumentException if a value breaks its rule
  static LearningRateSchedule cosineWithRestarts(
      double learningRate, long length, int growth, double floor) {
    Checks.notNegative("learningRate", learningRate);
    Checks.positive("length", length);
    Checks.positive("growth", (long) growth);
    Checks.floor(floor, learningRate);
    return step -> {
      long inside = growth == 1 ? step % length : step;
      long period = length;
      while (inside >= period) {
        inside -= period;
        period = period > Long.MAX_VALUE / growth ? Long.MAX_VALUE : period * growth;
      }
      return wave(learningRate, floor, (double) inside / period);
    };
  }

  /// This schedule after a linear warm-up of `steps` steps to its first rate. The schedule itself
  /// begins after them: with `cosine(r, n, f)` the floor is reached at `steps + n`.
  ///
  ///     rate = this.rate(0)·(step + 1)/(steps + 1)     step < steps
  ///     rate = this.rate(step - steps)                 else
  ///
  /// @param steps not negative; 0 changes nothing
  /// @throws IllegalArgumentException if `steps` is negative
  default LearningRateSchedule withWarmUp(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("steps must not be negative, was " + steps);
    }
    return step -> step < steps ? rate(0) * ((step + 1.0) / (steps + 1.0)) : rate(step - steps);
  }
}
