package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The options of an LSTM cell. Starts as [Lstm#options], the common form.
///
///     i = σ(W_i·x + U_i·h₋₁ + p_i∘c₋₁ + b_i)
///     f = σ(W_f·x + U_f·h₋₁ + p_f∘c₋₁ + b_f)      coupled: f = 1 - i
///     g = tanh(W_g·x + U_g·h₋₁ + b_g)
///     c = clip(f∘c₋₁ + i∘g)
///     o = σ(W_o·x + U_o·h₋₁ + p_o∘c + b_o)
///     h = W_hr·(o∘tanh(c))                        W_hr with a projection only
///
/// With layer normalization (Ba et al. 2016) the pre-activations of all gates together are
/// `LN(W·x)∘gain_ih + LN(U·h₋₁)∘gain_hh + b`, and `tanh(LN(c)∘gain_c + bias_c)` takes the place of
/// `tanh(c)`.
///
/// @param peepholes whether the gates see the cell state: i and f that of the step before, o the new
///   one (Gers and Schmidhuber 2000); parameter `peephole`, one row a gate
/// @param coupled whether the forget gate is 1 - i (Greff et al. 2016); the parameters then have the
///   gates i g o
/// @param layerNorm whether layers are normalized inside the cell; parameters `norm_ih`, `norm_hh`,
///   `norm_c`, `norm_c_bias`
/// @param projection columns of h (Sak et al. 2014; PyTorch's `proj_size`), parameter `weight_hr`
///   `[projection, hiddenSize]`; 0 for none
/// @param cellClip the cell state is limited to ±cellClip, where the gradient ends; infinite for none
/// @param clip as `cellClip`, for pre-activations
/// @param activations the function of every gate
/// @param output the function of c in the last line
public record LstmOptions(
    boolean peepholes,
    boolean coupled,
    boolean layerNorm,
    int projection,
    double cellClip,
    double clip,
    Map<LstmGate, Activation> activations,
    Activation output)
    implements CellOptions {
  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if a limit is not positive, `projection` is negative, or a
  ///   gate has no function
  public LstmOptions {
    Objects.requireNonNull(output, "output");
    Limits.requirePositive("cellClip", cellClip);
    Limits.requirePositive("clip", clip);
    if (projection < 0) {
      throw new IllegalArgumentException("projection must not be negative, was " + projection);
    }
    if (activations.size() != LstmGate.values().length) {
      throw new IllegalArgumentException(
          "activations must be there for every gate, were " + activations);
    }
    activations = Map.copyOf(activations);
  }

  static LstmOptions common() {
    var activations = new EnumMap<LstmGate, Activation>(LstmGate.class);
    for (var gate : LstmGate.values()) {
      activations.put(gate, gate == LstmGate.CELL ? Activation.TANH : Activation.SIGMOID);
    }
    double none = Double.POSITIVE_INFINITY;
    return new LstmOptions(false, false, false, 0, none, none, activations, Activation.TANH);
  }

  /// With peepholes.
  public LstmOptions withPeepholes() {
    return new LstmOptions(
        true, coupled, layerNorm, projection, cellClip, clip, activations, output);
  }

  /// With the forget gate coupled to the input gate.
  public LstmOptions withCoupledGates() {
    return new LstmOptions(
        peepholes, true, layerNorm, projection, cellClip, clip, activations, output);
  }

  /// With layer normalization.
  public LstmOptions withLayerNorm() {
    return new LstmOptions(
        peepholes, coupled, true, projection, cellClip, clip, activations, output);
  }

  /// With h projected to so many columns.
  public LstmOptions projection(int size) {
    return new LstmOptions(
        peepholes, coupled, layerNorm, size, cellClip, clip, activations, output);
  }

  /// With this limit for the cell state.
  public LstmOptions cellClip(double limit) {
    return new LstmOptions(
        peepholes, coupled, layerNorm, projection, limit, clip, activations, output);
  }

  /// With this limit for pre-activations.
  public LstmOptions clip(double limit) {
    return new LstmOptions(
        peepholes, coupled, layerNorm, projection, cellClip, limit, activations, output);
  }

  /// With this function for a gate.
  public LstmOptions activation(LstmGate gate, Activation function) {
    var changed = new EnumMap<>(activations);
    changed.put(gate, Objects.requireNonNull(function, "function"));
    return new LstmOptions(
        peepholes, coupled, layerNorm, projection, cellClip, clip, changed, output);
  }

  /// With this function of the cell state.
  public LstmOptions outputActivation(Activation function) {
    return new LstmOptions(
        peepholes, coupled, layerNorm, projection, cellClip, clip, activations, function);
  }

  @Override
  public List<LstmGate> gates() {
    var gates = new ArrayList<>(Arrays.asList(LstmGate.values()));
    if (coupled) {
      gates.remove(LstmGate.FORGET);
    }
    return List.copyOf(gates);
  }

  @Override
  public boolean hasCellState() {
    return true;
  }

  @Override
  public int stateSize(int hiddenSize) {
    return projection == 0 ? hiddenSize : projection;
  }

  @Override
  public CellKind fused() {
    return equals(Lstm.options()) ? CellKind.LSTM : null;
  }
}
