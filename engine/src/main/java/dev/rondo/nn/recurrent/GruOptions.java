package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.List;
import java.util.Objects;

/// The options of a GRU cell.
///
///     r = σ(W_r·x + U_r·h₋₁ + b)      z = σ(W_z·x + U_z·h₋₁ + b)
///     reset after the product:   n = tanh(W_n·x + b_in + r∘(U_n·h₋₁ + b_hn))
///     reset before the product:  n = tanh(W_n·x + b_in + U_n·(r∘h₋₁) + b_hn)
///     h = (1 - z)∘n + z∘h₋₁
///
/// PyTorch, cuDNN and Keras reset after the product; the paper (Cho et al. 2014) and ONNX, unless
/// told otherwise, before it.
///
/// @param resetAfter where the reset gate acts
/// @param reset the function of r
/// @param update the function of z
/// @param candidate the function of n
/// @param clip pre-activations are limited to ±clip, where the gradient ends; infinite for none
public record GruOptions(
    boolean resetAfter, Activation reset, Activation update, Activation candidate, double clip)
    implements CellOptions {
  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `clip` is not positive
  public GruOptions {
    Objects.requireNonNull(reset, "reset");
    Objects.requireNonNull(update, "update");
    Objects.requireNonNull(candidate, "candidate");
    Limits.requirePositive("clip", clip);
  }

  /// With the reset gate before the product.
  public GruOptions resetBefore() {
    return new GruOptions(false, reset, update, candidate, clip);
  }

  /// With this function for a gate.
  public GruOptions activation(GruGate gate, Activation function) {
    return switch (gate) {
      case RESET -> new GruOptions(resetAfter, function, update, candidate, clip);
      case UPDATE -> new GruOptions(resetAfter, reset, function, candidate, clip);
      case NEW -> new GruOptions(resetAfter, reset, update, function, clip);
    };
  }

  /// With this limit for pre-activations.
  public GruOptions clip(double limit) {
    return new GruOptions(resetAfter, reset, update, candidate, limit);
  }

  @Override
  public List<? extends Enum<?>> gates() {
    return List.of(GruGate.values());
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
    return equals(Gru.options()) ? CellKind.GRU : null;
  }
}
