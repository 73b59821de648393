package dev.rondo.optim;

/// Hyperparameters of [RmsProp]; PyTorch's names, rules and defaults.
///
/// @param learningRate the first learning rate, not negative
/// @param alpha how much of the mean of squared gradients is kept, in [0, 1]
/// @param epsilon added to the denominator, not negative
/// @param weightDecay times the value is added to the gradient, not negative
/// @param momentum how much of the velocity is kept, not negative; 0 for none
/// @param centred whether the square of the mean gradient is taken from the mean of squares;
///   PyTorch's `centered`
public record RmsPropOptions(
    double learningRate,
    double alpha,
    double epsilon,
    double weightDecay,
    double momentum,
    boolean centred)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public RmsPropOptions {
    Checks.notNegative("learningRate", learningRate);
    Checks.atMostOne("alpha", alpha);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
    Checks.notNegative("momentum", momentum);
  }

  /// These options with another decay of the means.
  public RmsPropOptions alpha(double newAlpha) {
    return new RmsPropOptions(learningRate, newAlpha, epsilon, weightDecay, momentum, centred);
  }

  /// These options with another addend of the denominator.
  public RmsPropOptions epsilon(double newEpsilon) {
    return new RmsPropOptions(learningRate, alpha, newEpsilon, weightDecay, momentum, centred);
  }

  /// These options with another weight decay.
  public RmsPropOptions weightDecay(double newWeightDecay) {
    return new RmsPropOptions(learningRate, alpha, epsilon, newWeightDecay, momentum, centred);
  }

  /// These options with another momentum.
  public RmsPropOptions momentum(double newMomentum) {
    return new RmsPropOptions(learningRate, alpha, epsilon, weightDecay, newMomentum, centred);
  }

  /// These options with the variance about the mean, or about zero.
  public RmsPropOptions centred(boolean newCentred) {
    return new RmsPropOptions(learningRate, alpha, epsilon, weightDecay, momentum, newCentred);
  }

  /// These options with another learning rate.
  public RmsPropOptions learningRate(double newLearningRate) {
    return new RmsPropOptions(newLearningRate, alpha, epsilon, weightDecay, momentum, centred);
  }
}
