package dev.rondo.optim;

/// Hyperparameters of [Adadelta]; PyTorch's names, rules and defaults.
///
/// @param learningRate the first learning rate, not negative
/// @param rho how much of the means of squares is kept, in [0, 1]
/// @param epsilon added to the means before their roots, not negative
/// @param weightDecay times the value is added to the gradient, not negative
public record AdadeltaOptions(double learningRate, double rho, double epsilon, double weightDecay)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public AdadeltaOptions {
    Checks.notNegative("learningRate", learningRate);
    Checks.atMostOne("rho", rho);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// These options with another decay of the means.
  public AdadeltaOptions rho(double newRho) {
    return new AdadeltaOptions(learningRate, newRho, epsilon, weightDecay);
  }

  /// These options with another addend of the means.
  public AdadeltaOptions epsilon(double newEpsilon) {
    return new AdadeltaOptions(learningRate, rho, newEpsilon, weightDecay);
  }

  /// These options with another weight decay.
  public AdadeltaOptions weightDecay(double newWeightDecay) {
    return new AdadeltaOptions(learningRate, rho, epsilon, newWeightDecay);
  }

  /// These options with another learning rate.
  public AdadeltaOptions learningRate(double newLearningRate) {
    return new AdadeltaOptions(newLearningRate, rho, epsilon, weightDecay);
  }
}
