package dev.rondo.optim;

/// A learning rate that is lowered when a metric stops improving; as PyTorch's `ReduceLROnPlateau`.
///
///     var plateau = new ReduceOnPlateau(ReduceOnPlateau.options(0.1).patience(3));
///     ... // once an epoch
///     plateau.observe(validationLoss);
///     sgd.setLearningRate(plateau.learningRate());
///
/// A check is better if it improves on the best one so far by the threshold; otherwise it is bad.
/// After more than `patience` bad checks in a row, the rate is multiplied by `factor`. During the
/// following `cooldown` checks, bad ones do not count.
///
/// Unlike a [LearningRateSchedule], it depends on its past observations; [#state()] holds all of
/// this.
public final class ReduceOnPlateau {
  /// The direction in which a metric is better.
  public enum Goal {
    /// Lower is better, as for a loss.
    LOWER,
    /// Higher is better, as for an accuracy.
    HIGHER
  }

  /// Hyperparameters, with PyTorch's names except `floor` (`min_lr`).
  ///
  /// @param learningRate the first rate, not negative
  /// @param goal which metrics are better
  /// @param factor the rate is multiplied by this, in [0, 1)
  /// @param patience number of bad checks in a row that are tolerated, not negative
  /// @param threshold improvement on the best metric that makes a check better, not negative
  /// @param relative whether the threshold is a share of the best metric; otherwise it is an amount
  /// @param cooldown checks after a reduction in which bad ones do not count, not negative
  /// @param floor the rate does not fall below this, not negative
  public record Options(
      double learningRate,
      Goal goal,
      double factor,
      int patience,
      double threshold,
      boolean relative,
      int cooldown,
      double floor) {
    /// Checks every value.
    ///
    /// @throws IllegalArgumentException if a value breaks its rule
    public Options {
      Checks.notNegative("learningRate", learningRate);
      Checks.belowOne("factor", factor);
      Checks.notNegative("patience", (long) patience);
      Checks.notNegative("threshold", threshold);
      Checks.notNegative("cooldown", (long) cooldown);
      Checks.notNegative("floor", floor);
    }

    /// These options with another goal.
    public Options goal(Goal newGoal) {
      return new Options(
          learningRate, newGoal, factor, patience, threshold, relative, cooldown, floor);
    }

    /// These options with another factor.
    public Options factor(double newFactor) {
      return new Options(
          learningRate, goal, newFactor, patience, threshold, relative, cooldown, floor);
    }

    /// These options with another patience.
    public Options patience(int newPatience) {
      return new Options(
          learningRate, goal, factor, newPatience, threshold, relative, cooldown, floor);
    }

    /// These options with a threshold that is a share of the best metric.
    public Options relativeThreshold(double newThreshold) {
      return new Options(learningRate, goal, factor, patience, newThreshold, true, cooldown, floor);
    }

    /// These options with a threshold that is an amount.
    public Options absoluteThreshold(double newThreshold) {
      return new Options(
          learningRate, goal, factor, patience, newThreshold, false, cooldown, floor);
    }

    /// These options with another cooldown.
    public Options cooldown(int newCooldown) {
      return new Options(
          learningRate, goal, factor, patience, threshold, relative, newCooldown, floor);
    }

    /// These options with another floor.
    public Options floor(double newFloor) {
      return new Options(
          learningRate, goal, factor, patience, threshold, relative, cooldown, newFloor);
    }
  }

  /// Everything that later rates depend on, to be saved.
  ///
  /// @param learningRate the present rate
  /// @param best the best metric so far; infinite before the first
  /// @param badChecks bad checks in a row
  /// @param cooldownLeft remaining checks before bad ones count again
  public record State(double learningRate, double best, int badChecks, int cooldownLeft) {}

  /// The smallest reduction that is made; PyTorch's `eps`.
  private static final double SMALLEST_REDUCTION = 1e-8;

  private final Options options;
  private State state;

  /// Creates one without observations.
  public ReduceOnPlateau(Options options) {
    this.options = options;
    double worst = options.goal == Goal.LOWER ? 1 : -1;
    state = new State(options.learningRate, worst * Double.POSITIVE_INFINITY, 0, 0);
  }

  /// PyTorch's defaults: lower is better, factor 0.1, patience 10, relative threshold 1e-4, no
  /// cooldown, floor 0.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Options options(double learningRate) {
    return new Options(learningRate, Goal.LOWER, 0.1, 10, 1e-4, true, 0, 0);
  }

  /// Observes the metric of a check.
  ///
  /// @param metric NaN is never better
  /// @return whether the rate was lowered
  public boolean observe(double metric) {
    boolean better = isBetter(metric);
    double best = better ? metric : state.best;
    int bad = better ? 0 : state.badChecks + 1;
    int cooldown = state.cooldownLeft;
    if (cooldown > 0) {
      cooldown--;
      bad = 0;
    }
    double rate = state.learningRate;
    boolean due = bad > options.patience;
    if (due) {
      double lower = Math.max(rate * options.factor, options.floor);
      rate = rate - lower > SMALLEST_REDUCTION ? lower : rate;
      cooldown = options.cooldown;
      bad = 0;
    }
    boolean lowered = rate < state.learningRate;
    state = new State(rate, best, bad, cooldown);
    return lowered;
  }

  private boolean isBetter(double metric) {
    double best = state.best;
    double margin = options.relative ? options.threshold * best : options.threshold;
    if (Double.isInfinite(best)) {
      margin = 0;
    }
    return switch (options.goal) {
      case LOWER -> metric < best - margin;
      case HIGHER -> metric > best + margin;
    };
  }

  /// The present rate.
  public double learningRate() {
    return state.learningRate;
  }

  /// Everything that later rates depend on.
  public State state() {
    return state;
  }

  /// Continues from the state of an earlier one with the same options.
  public void restore(State saved) {
    state = saved;
  }
}
