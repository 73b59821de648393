package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// Elementwise operations: sums, products, scaling, dropout. All tensors of a call have the same
/// rows and columns. Where all sources have zero padding, so has the target.
///
/// Every operation reads an element just before it writes the same one, and no other element: a
/// target may be any or all of its sources. Tensors must not overlap in part.
public sealed interface Arithmetic
    permits ScalarArithmetic, VectorArithmetic, DoubleArithmetic, PlannedArithmetic {
  /// `target = source`, padding included.
  void copy(Tensor source, Tensor target);

  /// `target = a + b`.
  void add(Tensor a, Tensor b, Tensor target);

  /// `target = a - b`.
  void subtract(Tensor a, Tensor b, Tensor target);

  /// `target = a∘b`.
  void multiply(Tensor a, Tensor b, Tensor target);

  /// `target = a / b`, with padding set to zero.
  void divide(Tensor a, Tensor b, Tensor target);

  /// `target = factor·source`; `factor` is rounded to the element type first.
  void scale(double factor, Tensor source, Tensor target);

  /// `target += source`.
  void accumulate(Tensor source, Tensor target);

  /// `target = fma(factor, source, target)`; `factor` is rounded to the element type first.
  void accumulateScaled(double factor, Tensor source, Tensor target);

  /// `target = fma(a, b, target)`, element by element.
  void accumulateProduct(Tensor a, Tensor b, Tensor target);

  /// `target = min(max(source, -limit), limit)`; NaN stays NaN.
  void clamp(double limit, Tensor source, Tensor target);

  /// `target = |y| >= limit ? 0 : gradient`, the backward pass of `y = clamp(x)`; `limit` is
  /// rounded to the element type first.
  void clampBackward(double limit, Tensor y, Tensor gradient, Tensor target);

  /// `target = 1 - source`, with padding set to zero.
  void oneMinus(Tensor source, Tensor target);

  /// `target = source`, or +0 where its magnitude is below [FloatMath#SMALLEST_STATE], as the
  /// kernels of [Gates] do with the state they write. NaN stays NaN. A plain copy in float64.
  void settle(Tensor source, Tensor target);

  /// `target = condition != 0 ? a : b`, element by element.
  void select(Tensor condition, Tensor a, Tensor b, Tensor target);

  /// Inverted dropout: each element is kept with probability `keep` and divided by it, else 0.
  ///
  /// Element (r, c) is decided by draw `counter + r·columns + c` of the generator with `key` (see
  /// `dev.rondo.random.CounterRandom.bits`), as `(bits >>> 8) < keep·2²⁴`: padding is not counted.
  /// `target` is `factor·source` where kept, `factor = 1/keep` rounded to the type.
  void dropout(Tensor source, Tensor target, double keep, long key, long counter);

  /// As [#dropout], added to the target: its backward pass.
  void accumulateDropout(Tensor source, Tensor target, double keep, long key, long counter);
}
