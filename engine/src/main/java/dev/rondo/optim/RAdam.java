package dev.rondo.optim;

import dev.rondo.kernel.Updates.AdamStep;

/// Adam whose first steps do not use the variance, as long as it is estimated from too few
/// gradients; as PyTorch's `torch.optim.RAdam`. This replaces a warm-up; `t` counts a parameter's
/// updates from 1.
///
///     g = gradient + weightDecay·value
///     mean = mean + (1 - beta1)·(g - mean)
///     variance = beta2·variance + (1 - beta2)·g²
///     ρ∞ = 2/(1 - beta2) - 1
///     ρ = ρ∞ - 2·t·beta2^t/(1 - beta2^t)
///     r = √((ρ - 4)·(ρ - 2)·ρ∞ / ((ρ∞ - 4)·(ρ∞ - 2)·ρ))
///     scale = ρ > 5 ? r·√(1 - beta2^t)/(√variance + epsilon) : 1
///     value -= learningRate/(1 - beta1^t)·mean·scale
///
/// With the default beta2, ρ exceeds 5 from the sixth update on. The paper sets the bound to 4,
/// PyTorch and the authors' code to 5. Decoupled weight decay multiplies the value by 1 -
/// learningRate·weightDecay first. [Optimizer#state()] is that of [Adam].
///
/// Source: L. Liu, H. Jiang, P. He, W. Chen, X. Liu, J. Gao, J. Han, "On the variance of the
/// adaptive learning rate and beyond", 2019.
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 share of the mean of gradients that is kept, in [0, 1)
/// @param beta2 share of the mean of squared gradients that is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay not negative; see `decoupled`
/// @param decoupled whether weight decay shrinks the value before the step, as in [AdamW];
///   otherwise it is added to the gradient
public record RAdam(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean decoupled)
    implements Algorithm {
  /// The variance is used once it is known as well as if estimated from this number of gradients.
  private static final double ENOUGH_GRADIENTS = 5;

  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public RAdam {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static RAdam of(double learningRate) {
    return new RAdam(learningRate, 0.9, 0.999, 1e-8, 0, false);
  }

  /// The same with another decay of the mean.
  public RAdam beta1(double newBeta1) {
    return new RAdam(learningRate, newBeta1, beta2, epsilon, weightDecay, decoupled);
  }

  /// The same with another decay of the mean of squares.
  public RAdam beta2(double newBeta2) {
    return new RAdam(learningRate, beta1, newBeta2, epsilon, weightDecay, decoupled);
  }

  /// The same with another addend of the denominator.
  public RAdam epsilon(double newEpsilon) {
    return new RAdam(learningRate, beta1, beta2, newEpsilon, weightDecay, decoupled);
  }

  /// The same with another weight decay.
  public RAdam weightDecay(double newWeightDecay) {
    return new RAdam(learningRate, beta1, beta2, epsilon, newWeightDecay, decoupled);
  }

  /// The same with weight decay separate from the gradient, or added to it.
  public RAdam decoupled(boolean newDecoupled) {
    return new RAdam(learningRate, beta1, beta2, epsilon, weightDecay, newDecoupled);
  }

  /// The same with another learning rate.
  public RAdam learningRate(double newLearningRate) {
    return new RAdam(newLearningRate, beta1, beta2, epsilon, weightDecay, decoupled);
  }

  @Override
  public String name() {
    return "radam";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Adam.Moments(slot, false, this::step);
  }

  private AdamStep step(long t, double rate) {
    double kept = StrictMath.pow(beta2, (double) t);
    double most = 2 / (1 - beta2) - 1;
    double known = most - 2 * t * kept / (1 - kept);
    double size = rate / (1 - StrictMath.pow(beta1, (double) t));
    double decay = decoupled ? 0 : weightDecay;
    double shrink = decoupled ? 1 - rate * weightDecay : 1;
    if (known <= ENOUGH_GRADIENTS) {
      // Adam's denominator √variance·0 + 1 does not change the mean
      return new AdamStep(size, 0, beta1, beta2, 1, decay, shrink);
    }
    double part = (known - 4) / (most - 4) * ((known - 2) / (most - 2)) * (most / known);
    double rectified = size * StrictMath.sqrt(part * (1 - kept));
    return new AdamStep(rectified, 1, beta1, beta2, epsilon, decay, shrink);
  }
}
