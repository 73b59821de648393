package dev.rondo.optim;

/// Hyperparameters of [NAdam]; PyTorch's names, rules and defaults.
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 how much of the mean of gradients is kept, in [0, 1)
/// @param beta2 how much of the mean of squared gradients is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay not negative; see `decoupled`
/// @param momentumDecay how fast the momentum approaches `beta1`, not negative
/// @param decoupled whether weight decay shrinks the value before the step, as in [AdamW]; else it
///   is added to the gradient
public record NAdamOptions(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double momentumDecay,
    boolean decoupled)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public NAdamOptions {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
    Checks.notNegative("momentumDecay", momentumDecay);
  }

  /// These options with another decay of the mean.
  public NAdamOptions beta1(double newBeta1) {
    return new NAdamOptions(
        learningRate, newBeta1, beta2, epsilon, weightDecay, momentumDecay, decoupled);
  }

  /// These options with another decay of the mean of squares.
  public NAdamOptions beta2(double newBeta2) {
    return new NAdamOptions(
        learningRate, beta1, newBeta2, epsilon, weightDecay, momentumDecay, decoupled);
  }

  /// These options with another addend of the denominator.
  public NAdamOptions epsilon(double newEpsilon) {
    return new NAdamOptions(
        learningRate, beta1, beta2, newEpsilon, weightDecay, momentumDecay, decoupled);
  }

  /// These options with another weight decay.
  public NAdamOptions weightDecay(double newWeightDecay) {
    return new NAdamOptions(
        learningRate, beta1, beta2, epsilon, newWeightDecay, momentumDecay, decoupled);
  }

  /// These options with another approach of the momentum.
  public NAdamOptions momentumDecay(double newMomentumDecay) {
    return new NAdamOptions(
        learningRate, beta1, beta2, epsilon, weightDecay, newMomentumDecay, decoupled);
  }

  /// These options with weight decay apart from the gradient, or in it.
  public NAdamOptions decoupled(boolean newDecoupled) {
    return new NAdamOptions(
        learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, newDecoupled);
  }

  /// These options with another learning rate.
  public NAdamOptions learningRate(double newLearningRate) {
    return new NAdamOptions(
        newLearningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupled);
  }
}
