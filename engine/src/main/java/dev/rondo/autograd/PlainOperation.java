package dev.rondo.autograd;

/// An operation of your own in plain Java: a forward and a backward pass over arrays, for
/// [Tape#operation(int\[\], PlainOperation, Variable...)].
///
///     y = f(x_0, x_1, ...)
///     dx_i += (∂y/∂x_i)ᵀ·dy
///
/// Arrays hold the elements of a tensor in order, without padding: element `[t, b, j]` of `[T, B,
/// n]` is at `(t·B + b)·n + j`. They are copies, whatever the element type of the tape; values
/// written to `y` and `dx` are rounded to that type. Each pass copies each tensor and runs on the
/// thread of the tape. This is enough to try an idea, and to check it with
/// `dev.rondo.check.GradientCheck`. An operation that has to be fast works on tensors.
public interface PlainOperation {
  /// Computes the result.
  ///
  /// @param x the inputs, only read
  /// @param y the result to write; initially zeros
  void forward(double[][] x, double[] y);

  /// Computes the gradients of the inputs from the gradient of the result. Called at most once,
  /// after [#forward], and only if a gradient reached the result.
  ///
  /// @param x the inputs of the forward pass
  /// @param y the result, as the tape holds it
  /// @param dy the gradient of the result; a copy, which may be changed
  /// @param dx the gradients of the inputs, initially zeros; values for an input that needs no
  ///   gradient are ignored
  void backward(double[][] x, double[] y, double[] dy, double[][] dx);
}
