package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// Functions of one element and their backward passes. All tensors of a call have the same rows and
/// columns; where f(0) is not 0, the target's padding is cleared.
///
/// Float32 functions are the polynomials and rationals of [FloatMath], the same operations in the
/// same order in every implementation.
public sealed interface Activations
    permits ScalarActivations, VectorActivations, DoubleActivations, PlannedActivations {
  /// `target = exp(source)`.
  void exp(Tensor source, Tensor target);

  /// `target = tanh(source)`.
  void tanh(Tensor source, Tensor target);

  /// `target = 1 / (1 + exp(-source))`.
  void sigmoid(Tensor source, Tensor target);

  /// `target = max(source, 0)`; NaN stays NaN.
  void relu(Tensor source, Tensor target);

  /// `target = f(source)`, with the bits of [#sigmoid], [#tanh] and [#relu] for these; NaN stays
  /// NaN.
  ///
  /// The target's padding is zero afterwards, whatever the source's padding holds. `target` may be
  /// `source`.
  void apply(Activation f, Tensor source, Tensor target);

  /// `target = gradient∘f'(x)` for `y = f(x)`, with the derivative from y as in [Activation],
  /// rounded as in [Gates]. Where a condition makes it 0, the product is 0 whatever the gradient,
  /// even if that is infinite or NaN.
  ///
  /// The target's padding is zero afterwards, whatever the sources' padding holds. `target` may be
  /// `y`, `gradient` or both.
  void backward(Activation f, Tensor y, Tensor gradient, Tensor target);

  /// Binary cross-entropy of logits with target probabilities, and its gradient, in one pass with
  /// one exponential for each element.
  ///
  ///     losses = max(x, 0) - x∘t + log(1 + e^-|x|)
  ///     gradient = σ(x) - t
  ///
  /// The padding of both is zero afterwards. `gradient` may be `logits` or `targets`.
  ///
  /// @param losses written; neither `logits` nor `targets`
  void binaryCrossEntropy(Tensor logits, Tensor targets, Tensor losses, Tensor gradient);

  /// `target += gradient∘(1 - y²)` for `y = tanh(x)`.
  void tanhBackward(Tensor y, Tensor gradient, Tensor target);

  /// `target += gradient∘y∘(1 - y)` for `y = σ(x)`.
  void sigmoidBackward(Tensor y, Tensor gradient, Tensor target);

  /// `target += gradient` where `y > 0`, for `y = max(x, 0)`.
  void reluBackward(Tensor y, Tensor gradient, Tensor target);
}
