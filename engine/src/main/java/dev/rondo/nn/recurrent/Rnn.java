package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.GateParameters.inputAndRecurrent;

import dev.rondo.kernel.Activation;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// An Elman cell, `h = f(W·x + U·h₋₁ + b)`.
///
///     Rnn.of(64, 256)                          h = tanh(W·x + U·h₋₁ + b)
///     Rnn.relu(64, 256)                        h = max(W·x + U·h₋₁ + b, 0)
///     Rnn.of(64, 256, Rnn.cell(SOFTSIGN))
///
/// @param activation f
/// @param clip pre-activations are limited to ±clip, where the gradient ends; infinite for none
/// @param bias whether the cell has b: parameters `bias_ih` and `bias_hh`
public record Rnn(Activation activation, double clip, boolean bias) implements Cell {
  static final String FAMILY = "rnn";

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `clip` is not positive
  public Rnn {
    Objects.requireNonNull(activation, "activation");
    Limits.requirePositive("clip", clip);
  }

  /// A layer with tanh.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, cell(Activation.TANH));
  }

  /// A layer with a rectifier; with `GateInitializers.irnn` it is the IRNN of Le et al. 2015.
  public static RecurrentOptions relu(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, cell(Activation.RELU));
  }

  /// A layer of this cell.
  public static RecurrentOptions of(int inputSize, int hiddenSize, Rnn cell) {
    return RecurrentOptions.of(cell, inputSize, hiddenSize);
  }

  /// A cell with this activation.
  public static Rnn cell(Activation activation) {
    return new Rnn(activation, Double.POSITIVE_INFINITY, true);
  }

  static Rnn of(CellSettings settings) {
    return new Rnn(
        settings.activation("activation", Activation.TANH),
        settings.limit("clip"),
        !settings.flag(CellSettings.NO_BIAS));
  }

  /// With this limit of pre-activations.
  public Rnn clip(double limit) {
    return new Rnn(activation, limit, bias);
  }

  /// Without biases.
  public Rnn withoutBias() {
    return new Rnn(activation, clip, false);
  }

  @Override
  public String family() {
    return FAMILY;
  }

  @Override
  public SequencedMap<String, String> settings() {
    return CellSettings.write()
        .activation("activation", activation, null)
        .limit("clip", clip)
        .flag(CellSettings.NO_BIAS, !bias)
        .toMap();
  }

  /// `rnn_tanh` and `rnn_relu` for the two common cells, else `rnn` with its settings.
  @Override
  public String text() {
    boolean common = equals(cell(Activation.TANH)) || equals(cell(Activation.RELU));
    return common ? FAMILY + "_" + activation.text() : CellSettings.text(FAMILY, settings());
  }

  @Override
  public List<Gate> gates() {
    return List.of(new Gate(RnnGate.HIDDEN, activation));
  }

  @Override
  public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
    return inputAndRecurrent(1, inputSize, hiddenSize, hiddenSize, bias);
  }

  @Override
  public List<StatePart> states(int hiddenSize) {
    return List.of(new StatePart(StatePart.HIDDEN, hiddenSize));
  }

  @Override
  public Recurrence recurrence(RecurrencePlace place) {
    boolean tanh = activation.equals(Activation.TANH);
    boolean fused =
        (tanh || activation.equals(Activation.RELU)) && clip == Double.POSITIVE_INFINITY;
    return fused && !place.regularization().insideSteps()
        ? new FusedRnn(tanh, this, place)
        : new RnnRecurrence(this, place);
  }
}
