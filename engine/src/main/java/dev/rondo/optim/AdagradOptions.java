package dev.rondo.optim;

/// Hyperparameters of [Adagrad]; PyTorch's names, rules and defaults.
///
/// @param learningRate the first learning rate, not negative
/// @param learningRateDecay how fast the rate falls with the number of updates, not negative
/// @param weightDecay times the value is added to the gradient, not negative
/// @param initialAccumulator what the sums begin with, not negative; PyTorch's
///   `initial_accumulator_value`
/// @param epsilon added to the denominator, not negative
public record AdagradOptions(
    double learningRate,
    double learningRateDecay,
    double weightDecay,
    double initialAccumulator,
    double epsilon)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public AdagradOptions {
    Checks.notNegative("learningRate", learningRate);
    Checks.notNegative("learningRateDecay", learningRateDecay);
    Checks.notNegative("weightDecay", weightDecay);
    Checks.notNegative("initialAccumulator", initialAccumulator);
    Checks.notNegative("epsilon", epsilon);
  }

  /// These options with another decay of the learning rate.
  public AdagradOptions learningRateDecay(double newLearningRateDecay) {
    return new AdagradOptions(
        learningRate, newLearningRateDecay, weightDecay, initialAccumulator, epsilon);
  }

  /// These options with another weight decay.
  public AdagradOptions weightDecay(double newWeightDecay) {
    return new AdagradOptions(
        learningRate, learningRateDecay, newWeightDecay, initialAccumulator, epsilon);
  }

  /// These options with another beginning of the sums.
  public AdagradOptions initialAccumulator(double newInitialAccumulator) {
    return new AdagradOptions(
        learningRate, learningRateDecay, weightDecay, newInitialAccumulator, epsilon);
  }

  /// These options with another addend of the denominator.
  public AdagradOptions epsilon(double newEpsilon) {
    return new AdagradOptions(
        learningRate, learningRateDecay, weightDecay, initialAccumulator, newEpsilon);
  }

  /// These options with another learning rate.
  public AdagradOptions learningRate(double newLearningRate) {
    return new AdagradOptions(
        newLearningRate, learningRateDecay, weightDecay, initialAccumulator, epsilon);
  }
}
