package dev.rondo.optim;

/// Hyperparameters of [Adam] and [AdamW], whose defaults differ in the weight decay:
/// [Adam#options(double)], [AdamW#options(double)].
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 how much of the mean of gradients is kept, in [0, 1)
/// @param beta2 how much of the mean of squared gradients is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay not negative; how it is used is what [Adam] and [AdamW] differ in
/// @param amsgrad whether the largest variance so far takes the place of the variance
public record AdamOptions(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean amsgrad)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public AdamOptions {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// These options with another decay of the mean.
  public AdamOptions beta1(double newBeta1) {
    return new AdamOptions(learningRate, newBeta1, beta2, epsilon, weightDecay, amsgrad);
  }

  /// These options with another decay of the mean of squares.
  public AdamOptions beta2(double newBeta2) {
    return new AdamOptions(learningRate, beta1, newBeta2, epsilon, weightDecay, amsgrad);
  }

  /// These options with another addend of the denominator.
  public AdamOptions epsilon(double newEpsilon) {
    return new AdamOptions(learningRate, beta1, beta2, newEpsilon, weightDecay, amsgrad);
  }

  /// These options with another weight decay.
  public AdamOptions weightDecay(double newWeightDecay) {
    return new AdamOptions(learningRate, beta1, beta2, epsilon, newWeightDecay, amsgrad);
  }

  /// These options with AMSGrad or without.
  public AdamOptions amsgrad(boolean newAmsgrad) {
    return new AdamOptions(learningRate, beta1, beta2, epsilon, weightDecay, newAmsgrad);
  }

  /// These options with another learning rate.
  public AdamOptions learningRate(double newLearningRate) {
    return new AdamOptions(newLearningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }
}
