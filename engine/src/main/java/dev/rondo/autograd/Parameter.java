package dev.rondo.autograd;

import dev.rondo.tensor.Tensor;

/// A named, learned tensor with its gradient. Made by [Parameters#create].
///
/// Gradients accumulate: every backward pass adds to them until they are cleared. A tape reads the
/// value when an operation runs, so the value must not change while a tape is open.
public final class Parameter {
  private final String name;
  private final Tensor value;
  private final Tensor gradient;
  private boolean trainable = true;

  Parameter(String name, Tensor value, Tensor gradient) {
    this.name = name;
    this.value = value;
    this.gradient = gradient;
  }

  /// The full name, such as `lstm.weight_ih_l0`.
  public String name() {
    return name;
  }

  /// The value, to read and to set.
  public Tensor value() {
    return value;
  }

  /// dL/dvalue, summed over the backward passes since it was last cleared.
  public Tensor gradient() {
    return gradient;
  }

  /// True if backward passes compute the gradient and optimizers update the value; initially true.
  public boolean trainable() {
    return trainable;
  }

  /// Freezes or unfreezes the parameter.
  public void setTrainable(boolean trainable) {
    this.trainable = trainable;
  }

  /// Name and shape.
  @Override
  public String toString() {
    return name + " " + value;
  }
}
