package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.List;
import java.util.Objects;

/// The options of an Elman cell, `h = f(W·x + U·h₋₁ + b)`.
///
/// @param activation f
/// @param clip pre-activations are limited to ±clip, where the gradient ends; infinite for none
public record RnnOptions(Activation activation, double clip) implements CellOptions {
  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `clip` is not positive
  public RnnOptions {
    Objects.requireNonNull(activation, "activation");
    Limits.requirePositive("clip", clip);
  }

  /// With this limit for pre-activations.
  public RnnOptions clip(double limit) {
    return new RnnOptions(activation, limit);
  }

  @Override
  public List<? extends Enum<?>> gates() {
    return List.of();
  }

  @Override
  public boolean hasCellState() {
    return false;
  }

  @Override
  public int stateSize(int hiddenSize) {
    return hiddenSize;
  }

  @Override
  public CellKind fused() {
    if (clip < Double.POSITIVE_INFINITY) {
      return null;
    }
    return switch (activation.function()) {
      case TANH -> CellKind.RNN_TANH;
      case RELU -> CellKind.RNN_RELU;
      default -> null;
    };
  }
}
