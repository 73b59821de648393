package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.Objects;

/// A dense layer below a recurrent one: `f(W·x + b)` of every step.
///
/// @param size features of its output
/// @param activation f; [Activation#IDENTITY] for none
public record DenseBelow(int size, Activation activation) {
  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `size` is not positive
  public DenseBelow {
    Limits.requirePositive("size", size);
    Objects.requireNonNull(activation, "activation");
  }
}
