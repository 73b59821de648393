package dev.rondo.autograd;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.function.Supplier;

/// A value on a tape and, after a backward pass, dL/dvalue. It lives until the tape is closed.
public final class Variable {
  /// The origin of a value's rows: row i is row `tokens.get(i)` of `table`. A computation that
  /// depends on each row alone can be done once per row of the table.
  public record Gathered(Tensor table, Tokens tokens) {}

  private final Tensor value;
  private final boolean differentiable;
  private Gathered gathered;
  private Supplier<Tensor> gradientMemory;
  private Tensor gradient;

  Variable(Tensor value, boolean differentiable, Supplier<Tensor> gradientMemory) {
    this.value = value;
    this.differentiable = differentiable;
    this.gradientMemory = gradientMemory;
  }

  /// The value; must not be changed while the tape is open.
  public Tensor value() {
    return value;
  }

  /// The table and tokens of the value's rows, or null if it was not gathered from a table.
  public Gathered gathered() {
    return gathered;
  }

  Variable gatheredFrom(Tensor table, Tokens tokens) {
    gathered = new Gathered(table, tokens);
    return this;
  }

  /// True if a backward pass reaches this variable.
  public boolean differentiable() {
    return differentiable;
  }

  /// True if anything has been added to the gradient so far.
  public boolean hasGradient() {
    return gradient != null;
  }

  /// The gradient dL/dvalue, for an operation to add to; zeros at the first call.
  ///
  /// @throws IllegalStateException if the variable is a constant
  public Tensor gradient() {
    if (gradient == null) {
      if (!differentiable) {
        throw new IllegalStateException("a constant has no gradient");
      }
      gradient = gradientMemory.get();
      gradientMemory = null;
    }
    return gradient;
  }

  /// The shape, not the values.
  @Override
  public String toString() {
    return value.toString();
  }
}
