package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// Optimizer updates, each one pass over memory. All tensors of a call have the same rows and
/// columns; padding stays zero. Hyperparameters are `double`; an expression of these only is
/// computed in double and rounded to the element type once.
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
  /// @param shrink factor applied to the value first: 1 - learningRate·weightDecay for AdamW, else
  ///   1
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

  /// As [#adam], divided by the root of the largest variance so far (AMSGrad).
  ///
  ///     largest = max(largest, variance)
  ///     value -= stepSize·mean / (sqrt(largest)·correction + epsilon)
  void amsgrad(
      Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor largest, AdamStep step);

  /// The constants of one NAdam step, the same for every element. Those that [AdamStep] also has
  /// mean the same.
  ///
  /// @param gradientSize learningRate·(1 - mu) / (1 - product of all mu)
  /// @param meanSize learningRate·next mu / (1 - product of all mu and the next)
  record NAdamStep(
      double gradientSize,
      double meanSize,
      double correction,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double shrink) {}

  /// NAdam as in PyTorch.
  ///
  ///     value = shrink·value
  ///     g = gradient + weightDecay·value
  ///     mean = mean + (1 - beta1)·(g - mean)
  ///     variance = beta2·variance + (1 - beta2)·g²
  ///     value -= (gradientSize·g + meanSize·mean) / (sqrt(variance)·correction + epsilon)
  void nadam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, NAdamStep step);

  /// Adagrad as in PyTorch.
  ///
  ///     g = gradient + weightDecay·value
  ///     sum = sum + g²
  ///     value -= stepSize·g / (sqrt(sum) + epsilon)
  void adagrad(
      Tensor value,
      Tensor gradient,
      Tensor sum,
      double stepSize,
      double epsilon,
      double weightDecay);

  /// Adadelta as in PyTorch.
  ///
  ///     g = gradient + weightDecay·value
  ///     squares = rho·squares + (1 - rho)·g²
  ///     delta = sqrt(deltas + epsilon) / sqrt(squares + epsilon)·g
  ///     deltas = rho·deltas + (1 - rho)·delta²
  ///     value -= learningRate·delta
  void adadelta(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor deltas,
      double learningRate,
      double rho,
      double epsilon,
      double weightDecay);

  /// The constants of one RMSProp step, the same for every element.
  ///
  /// @param alpha share of the means that is kept
  /// @param momentum share of the velocity that is kept; unused without a velocity
  record RmsPropStep(
      double learningRate, double alpha, double epsilon, double momentum, double weightDecay) {}

  /// RMSProp as in PyTorch, except that the variance never becomes negative.
  ///
  ///     g = gradient + weightDecay·value
  ///     squares = alpha·squares + (1 - alpha)·g²
  ///     mean = mean + (1 - alpha)·(g - mean)
  ///     scaled = g / (sqrt(centred ? max(squares - mean², 0) : squares) + epsilon)
  ///     velocity = momentum·velocity + scaled
  ///     value -= learningRate·(velocity, or scaled without one)
  ///
  /// @param mean null if not centred
  /// @param velocity null if without momentum
  void rmsProp(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      Tensor velocity,
      RmsPropStep step);

  /// Moves an average one step towards a value.
  ///
  ///     average = average + share·(value - average)
  void average(Tensor average, Tensor value, double share);
}
