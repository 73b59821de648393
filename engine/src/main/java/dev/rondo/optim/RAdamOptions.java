package dev.rondo.optim;

/// Hyperparameters of [RAdam]; PyTorch's names, rules and defaults.
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 how much of the mean of gradients is kept, in [0, 1)
/// @param beta2 how much of the mean of squared gradients is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay not negative; see `decoupled`
/// @param decoupled whether weight decay shrinks the value before the step, as in [AdamW]; else it
///   is added to the gradient
public record RAdamOptions(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean decoupled)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public RAdamOptions {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// These options with another decay of the mean.
  public RAdamOptions beta1(double newBeta1) {
    return new RAdamOptions(learningRate, newBeta1, beta2, epsilon, weightDecay, decoupled);
  }

  /// These options with another decay of the mean of squares.
  public RAdamOptions beta2(double newBeta2) {
    return new RAdamOptions(learningRate, beta1, newBeta2, epsilon, weightDecay, decoupled);
  }

  /// These options with another addend of the denominator.
  public RAdamOptions epsilon(double newEpsilon) {
    return new RAdamOptions(learningRate, beta1, beta2, newEpsilon, weightDecay, decoupled);
  }

  /// These options with another weight decay.
  public RAdamOptions weightDecay(double newWeightDecay) {
    return new RAdamOptions(learningRate, beta1, beta2, epsilon, newWeightDecay, decoupled);
  }

  /// These options with weight decay apart from the gradient, or in it.
  public RAdamOptions decoupled(boolean newDecoupled) {
    return new RAdamOptions(learningRate, beta1, beta2, epsilon, weightDecay, newDecoupled);
  }

  /// These options with another learning rate.
  public RAdamOptions learningRate(double newLearningRate) {
    return new RAdamOptions(newLearningRate, beta1, beta2, epsilon, weightDecay, decoupled);
  }
}
