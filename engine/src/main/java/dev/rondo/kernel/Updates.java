package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// Optimizer updates, each one pass over memory. All tensors of a call have the same rows and
/// columns; padding stays zero. Hyperparameters are `double`; what a formula computes from them
/// alone is computed in double and rounded to the element type once.
public sealed interface Updates permits ScalarUpdates, VectorUpdates, DoubleUpdates {
  /// Stochastic gradient descent as in PyTorch's `SGD`.
  ///
  ///     g = gradient + weightDecay·value
  ///     value -= learningRate·g
  void sgd(Tensor value, Tensor gradient, double learningRate, double weightDecay);

  /// Stochastic gradient descent with momentum as in PyTorch's `SGD`.
  ///
  ///     g = gradient + weightDecay·value
  ///     velocity = momentum·velocity + dampened·g
  ///     value -= learningRate·(nesterov ? g + momentum·velocity : velocity)
  ///
  /// @param dampened 1 - dampening; 1 on the first step, when velocity is zero
  void momentum(
      Tensor value,
      Tensor gradient,
      Tensor velocity,
      double learningRate,
      double momentum,
      double dampened,
      boolean nesterov,
      double weightDecay);

  /// The numbers of one Adam step that are the same for every element.
  ///
  /// @param stepSize learningRate / (1 - beta1^t)
  /// @param correction 1 / sqrt(1 - beta2^t)
  /// @param weightDecay added to the gradient as `weightDecay·value` (plain, L2)
  /// @param shrink the value is multiplied by this first: 1 - learningRate·weightDecay for AdamW,
  ///   else 1
  record AdamStep(
      double stepSize,
      double correction,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double shrink) {}

  /// Adam and AdamW as in PyTorch.
  ///
  ///     value = shrink·value
  ///     g = gradient + weightDecay·value
  ///     mean = mean + (1 - beta1)·(g - mean)
  ///     variance = beta2·variance + (1 - beta2)·g²
  ///     value -= stepSize·mean / (sqrt(variance)·correction + epsilon)
  void adam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, AdamStep step);
}
