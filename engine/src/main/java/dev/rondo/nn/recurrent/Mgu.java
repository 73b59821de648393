package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.GateParameters.inputAndRecurrent;

import dev.rondo.kernel.Activation;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// A minimal gated unit, which has one gate.
///
///     f = σ(W_f·x + U_f·h₋₁ + b_f)
///     n = tanh(W_n·x + U_n·(f∘h₋₁) + b_n)
///     h = (1 - f)∘h₋₁ + f∘n
///
/// Source: G.-B. Zhou, J. Wu, C.-L. Zhang, Z.-H. Zhou, "Minimal gated unit for recurrent neural
/// networks", 2016.
///
/// @param candidate activation of n
/// @param bias whether b is there: parameters `bias_ih` and `bias_hh`
public record Mgu(Activation candidate, boolean bias) implements Cell {
  static final String FAMILY = "mgu";

  /// The gates in the order of their rows.
  public enum MguGate {
    /// f, how much of the old state is replaced and how much of it the new value sees.
    FORGET,
    /// n, the new value.
    NEW
  }

  /// Requires an activation.
  public Mgu {
    Objects.requireNonNull(candidate, "candidate");
  }

  /// A layer of the common cell.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return RecurrentOptions.of(cell(), inputSize, hiddenSize);
  }

  /// The common cell, with tanh and biases.
  public static Mgu cell() {
    return new Mgu(Activation.TANH, true);
  }

  static Mgu of(CellSettings settings) {
    return new Mgu(
        settings.activation("new", Activation.TANH), !settings.flag(CellSettings.NO_BIAS));
  }

  /// Without biases.
  public Mgu withoutBias() {
    return new Mgu(candidate, false);
  }

  @Override
  public String family() {
    return FAMILY;
  }

  @Override
  public SequencedMap<String, String> settings() {
    return CellSettings.write()
        .activation("new", candidate, Activation.TANH)
        .flag(CellSettings.NO_BIAS, !bias)
        .toMap();
  }

  @Override
  public List<Gate> gates() {
    return List.of(new Gate(MguGate.FORGET, Activation.SIGMOID), new Gate(MguGate.NEW, candidate));
  }

  @Override
  public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
    return inputAndRecurrent(2, inputSize, hiddenSize, hiddenSize, bias);
  }

  @Override
  public List<StatePart> states(int hiddenSize) {
    return List.of(new StatePart(StatePart.HIDDEN, hiddenSize));
  }

  @Override
  public void requireRegularization(Regularization regularization) {
    if (regularization.insideSteps()) {
      throw new IllegalArgumentException(
          "nothing can be left out inside the steps of a minimal gated unit, was "
              + regularization);
    }
  }

  @Override
  public Recurrence recurrence(RecurrencePlace place) {
    return new MguRecurrence(this, place);
  }
}
