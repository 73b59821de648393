package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Arithmetic;
import dev.rondo.tensor.Tensor;

/// Limits gradients between the backward pass and the optimizer's step, against explosion through
/// time. Frozen parameters do not count and are not changed.
public final class GradientClipping {
  /// Added to the norm, as PyTorch does.
  private static final double EPSILON = 1e-6;

  /// A coefficient below this would lose bits as a float32, whose smallest normal number is 2⁻¹²⁶.
  private static final double SMALLEST_COEFFICIENT = 0x1p-100;

  /// The factor of a smaller coefficient that is multiplied first; it is exact because it is a
  /// power of 2.
  private static final double FIRST_PART = 0x1p-64;

  private GradientClipping() {}

  /// Scales all gradients by one factor, so that their global norm is at most `maximum`; as
  /// PyTorch's `clip_grad_norm_`.
  ///
  ///     norm = √Σ g²
  ///     g = min(1, maximum/(norm + 1e-6))·g
  ///
  /// Squares are summed in double, where those of exploding float32 gradients do not overflow. If
  /// the norm is infinite or NaN, nothing is changed: check the result before the next step;
  /// [#firstNonFinite] finds the cause.
  ///
  /// @param maximum largest norm, positive; infinity only measures
  /// @return the norm before clipping
  /// @throws IllegalArgumentException if `maximum` is not positive
  public static double byGlobalNorm(Parameters parameters, double maximum) {
    Checks.positive("maximum", maximum);
    var rows = parameters.backend().rows();
    double squares = 0;
    for (var parameter : parameters.all()) {
      if (parameter.trainable()) {
        squares += rows.sumOfSquares(parameter.gradient());
      }
    }
    double norm = Math.sqrt(squares);
    double coefficient = maximum / (norm + EPSILON);
    if (!Double.isFinite(norm) || coefficient >= 1) {
      return norm;
    }
    if (coefficient < SMALLEST_COEFFICIENT) {
      scale(parameters, FIRST_PART);
      coefficient /= FIRST_PART;
    }
    scale(parameters, coefficient);
    return norm;
  }

  private static void scale(Parameters parameters, double coefficient) {
    eachSlice(
        parameters, (arithmetic, gradient) -> arithmetic.scale(coefficient, gradient, gradient));
  }

  /// Limits each element; as PyTorch's `clip_grad_value_`. NaN stays NaN.
  ///
  ///     g = min(max(g, -limit), limit)
  ///
  /// @throws IllegalArgumentException if `limit` is not positive
  public static void byValue(Parameters parameters, double limit) {
    Checks.positive("limit", limit);
    eachSlice(parameters, (arithmetic, gradient) -> arithmetic.clamp(limit, gradient, gradient));
  }

  /// Finds the first parameter in order whose gradient has an element that is infinite or NaN;
  /// `null` if there is none.
  public static Parameter firstNonFinite(Parameters parameters) {
    var rows = parameters.backend().rows();
    for (var parameter : parameters.all()) {
      if (parameter.trainable()
          && !Double.isFinite(rows.sumOfSquares(parameter.gradient()))
          && hasNonFinite(parameter.gradient())) {
        return parameter;
      }
    }
    return null;
  }

  /// Checks each element, because in float64 the squares of finite numbers may overflow too.
  private static boolean hasNonFinite(Tensor gradient) {
    for (int r = 0; r < gradient.rows(); r++) {
      for (int c = 0; c < gradient.columns(); c++) {
        if (!Double.isFinite(gradient.get(r, c))) {
          return true;
        }
      }
    }
    return false;
  }

  private interface InPlace {
    void apply(Arithmetic arithmetic, Tensor gradient);
  }

  private static void eachSlice(Parameters parameters, InPlace operation) {
    var arithmetic = parameters.backend().arithmetic();
    var parallel = parameters.backend().parallel();
    for (var parameter : parameters.all()) {
      if (parameter.trainable()) {
        var gradient = parameter.gradient();
        parallel.overRows(
            gradient.rows(),
            gradient.columns(),
            (from, size) -> operation.apply(arithmetic, ParameterSlot.rows(gradient, from, size)));
      }
    }
  }
}
