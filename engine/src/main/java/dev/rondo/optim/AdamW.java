package dev.rondo.optim;

import dev.rondo.kernel.Updates.AdamStep;

/// Adam with decoupled weight decay, as PyTorch's `torch.optim.AdamW`; `t` counts a parameter's
/// updates from 1.
///
///     value = (1 - learningRate·weightDecay)·value
///     mean = mean + (1 - beta1)·(gradient - mean)
///     variance = beta2·variance + (1 - beta2)·gradient²
///     value -= learningRate/(1 - beta1^t) · mean / (√variance/√(1 - beta2^t) + epsilon)
///
/// AMSGrad and [Optimizer#state()] are as in [Adam]. The paper's decay is multiplied only by a
/// schedule, not by the learning rate. PyTorch's and Keras' decay (by default 0.004) is multiplied
/// by the learning rate.
///
///     var adam = Optimizer.of(parameters, AdamW.of(2e-3).weightDecay(0.1));
///
/// Biases and gains of normalization often get no decay, by a [ParameterGroup].
///
/// Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2017.
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 share of the mean of gradients that is kept, in [0, 1)
/// @param beta2 share of the mean of squared gradients that is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay share of the value, times the learning rate, that is subtracted from it, not
///   negative
/// @param amsgrad whether the largest variance so far replaces the variance
public record AdamW(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean amsgrad)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public AdamW {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, weight decay 1e-2, no AMSGrad.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdamW of(double learningRate) {
    return new AdamW(learningRate, 0.9, 0.999, 1e-8, 1e-2, false);
  }

  /// The same with another decay of the mean.
  public AdamW beta1(double newBeta1) {
    return new AdamW(learningRate, newBeta1, beta2, epsilon, weightDecay, amsgrad);
  }

  /// The same with another decay of the mean of squares.
  public AdamW beta2(double newBeta2) {
    return new AdamW(learningRate, beta1, newBeta2, epsilon, weightDecay, amsgrad);
  }

  /// The same with another addend of the denominator.
  public AdamW epsilon(double newEpsilon) {
    return new AdamW(learningRate, beta1, beta2, newEpsilon, weightDecay, amsgrad);
  }

  /// The same with another weight decay.
  public AdamW weightDecay(double newWeightDecay) {
    return new AdamW(learningRate, beta1, beta2, epsilon, newWeightDecay, amsgrad);
  }

  /// The same with or without AMSGrad.
  public AdamW amsgrad(boolean newAmsgrad) {
    return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay, newAmsgrad);
  }

  /// The same with another learning rate.
  public AdamW learningRate(double newLearningRate) {
    return new AdamW(newLearningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }

  @Override
  public String name() {
    return "adamw";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Adam.Moments(slot, amsgrad, this::step);
  }

  private AdamStep step(long t, double rate) {
    double partOfGradient = 0;
    double shrink = 1 - rate * weightDecay;
    return new AdamStep(
        rate / (1 - StrictMath.pow(beta1, (double) t)),
        1 / StrictMath.sqrt(1 - StrictMath.pow(beta2, (double) t)),
        beta1,
        beta2,
        epsilon,
        partOfGradient,
        shrink);
  }
}
