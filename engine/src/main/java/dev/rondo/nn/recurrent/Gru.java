package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.GateParameters.inputAndRecurrent;

import dev.rondo.kernel.Activation;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// A gated recurrent unit (Cho et al. 2014).
///
///     r = σ(W_r·x + U_r·h₋₁ + b)      z = σ(W_z·x + U_z·h₋₁ + b)
///     reset after the product:   n = tanh(W_n·x + b_in + r∘(U_n·h₋₁ + b_hn))
///     reset before the product:  n = tanh(W_n·x + b_in + U_n·(r∘h₋₁) + b_hn)
///     h = (1 - z)∘n + z∘h₋₁
///
/// PyTorch, cuDNN and Keras reset after the product; the paper does it before, as does ONNX unless
/// told otherwise.
///
///     Gru.of(64, 256)                               reset after the product
///     Gru.of(64, 256, Gru.cell().resetBefore())     as in the paper
///
/// @param resetAfter where the reset gate acts
/// @param reset activation of r
/// @param update activation of z
/// @param candidate activation of n
/// @param clip pre-activations are limited to ±clip, where the gradient ends; infinite for none
/// @param bias whether the cell has b: parameters `bias_ih` and `bias_hh`
public record Gru(
    boolean resetAfter,
    Activation reset,
    Activation update,
    Activation candidate,
    double clip,
    boolean bias)
    implements Cell {
  static final String FAMILY = "gru";

  private static final Gru COMMON =
      new Gru(
          true,
          Activation.SIGMOID,
          Activation.SIGMOID,
          Activation.TANH,
          Double.POSITIVE_INFINITY,
          true);

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `clip` is not positive
  public Gru {
    Objects.requireNonNull(reset, "reset");
    Objects.requireNonNull(update, "update");
    Objects.requireNonNull(candidate, "candidate");
    Limits.requirePositive("clip", clip);
  }

  /// A layer of the common cell.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, COMMON);
  }

  /// A layer of this cell.
  public static RecurrentOptions of(int inputSize, int hiddenSize, Gru cell) {
    return RecurrentOptions.of(cell, inputSize, hiddenSize);
  }

  /// The common cell: reset after the product.
  public static Gru cell() {
    return COMMON;
  }

  static Gru of(CellSettings settings) {
    return new Gru(
        !settings.flag("reset_before"),
        settings.activation(Gate.label(GruGate.RESET), COMMON.reset),
        settings.activation(Gate.label(GruGate.UPDATE), COMMON.update),
        settings.activation(Gate.label(GruGate.NEW), COMMON.candidate),
        settings.limit("clip"),
        !settings.flag(CellSettings.NO_BIAS));
  }

  /// With the reset gate before the product.
  public Gru resetBefore() {
    return new Gru(false, reset, update, candidate, clip, bias);
  }

  /// With this activation of a gate.
  public Gru activation(GruGate gate, Activation function) {
    return switch (gate) {
      case RESET -> new Gru(resetAfter, function, update, candidate, clip, bias);
      case UPDATE -> new Gru(resetAfter, reset, function, candidate, clip, bias);
      case NEW -> new Gru(resetAfter, reset, update, function, clip, bias);
    };
  }

  /// With this limit of pre-activations.
  public Gru clip(double limit) {
    return new Gru(resetAfter, reset, update, candidate, limit, bias);
  }

  /// Without biases.
  public Gru withoutBias() {
    return new Gru(resetAfter, reset, update, candidate, clip, false);
  }

  @Override
  public String family() {
    return FAMILY;
  }

  @Override
  public SequencedMap<String, String> settings() {
    return CellSettings.write()
        .flag("reset_before", !resetAfter)
        .activation(Gate.label(GruGate.RESET), reset, COMMON.reset)
        .activation(Gate.label(GruGate.UPDATE), update, COMMON.update)
        .activation(Gate.label(GruGate.NEW), candidate, COMMON.candidate)
        .limit("clip", clip)
        .flag(CellSettings.NO_BIAS, !bias)
        .toMap();
  }

  @Override
  public List<Gate> gates() {
    return List.of(
        new Gate(GruGate.RESET, reset),
        new Gate(GruGate.UPDATE, update),
        new Gate(GruGate.NEW, candidate));
  }

  @Override
  public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
    return inputAndRecurrent(3, inputSize, hiddenSize, hiddenSize, bias);
  }

  @Override
  public List<StatePart> states(int hiddenSize) {
    return List.of(new StatePart(StatePart.HIDDEN, hiddenSize));
  }

  @Override
  public Recurrence recurrence(RecurrencePlace place) {
    boolean fused = equals(COMMON) || equals(COMMON.withoutBias());
    return fused && !place.regularization().insideSteps()
        ? new FusedGru(this, place)
        : new GruRecurrence(this, place);
  }
}
