package dev.rondo.optim;

/// The learning rate as a pure function of the number of the step, which counts from 0: nothing is
/// remembered, so a run that is continued from a checkpoint continues its schedule.
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

  /// Half a wave of the cosine from `learningRate` down to `floor`, which is reached at
  /// `totalSteps` and stays; as PyTorch's `CosineAnnealingLR`.
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
    Checks.notNegative("floor", floor);
    if (floor > learningRate) {
      throw new IllegalArgumentException(
          "floor must be at most learningRate %s, was %s".formatted(learningRate, floor));
    }
    return step -> {
      if (step >= totalSteps) {
        return floor;
      }
      double wave = StrictMath.cos(StrictMath.PI * ((double) step / totalSteps));
      return floor + (learningRate - floor) * (1 + wave) / 2;
    };
  }

  /// This schedule after `steps` steps in which its first rate is approached along a line. The
  /// schedule itself begins after them: with `cosine(r, n, f)` the floor is reached at
  /// `steps + n`.
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
