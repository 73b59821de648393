package dev.rondo.nn;

import dev.rondo.autograd.Parameters;
import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;

/// What a stack of recurrent layers is made from. Immutable: each method gives a changed copy.
///
/// Starts with one layer, no dropout, and PyTorch's initialization: every weight and bias uniform
/// within ±1/√hiddenSize. Made by [Rnn#of], [Gru#of], [Lstm#of].
///
/// @param kind the recurrence
/// @param inputSize features of a step of the input
/// @param hiddenSize units of each layer
/// @param layers layers, one on the other
/// @param dropout probability with which an element between two layers is dropped while training
/// @param inputWeights fills each gate's `[hiddenSize, inputSize]` of `weight_ih`
/// @param recurrentWeights fills each gate's `[hiddenSize, hiddenSize]` of `weight_hh`
/// @param biases fills `bias_ih` and `bias_hh`
/// @param forgetBias what the two biases of an LSTM's forget gate add up to at first; NaN leaves
///   them to `biases`
public record RecurrentOptions(
    CellKind kind,
    int inputSize,
    int hiddenSize,
    int layers,
    double dropout,
    Initializer inputWeights,
    Initializer recurrentWeights,
    Initializer biases,
    double forgetBias) {

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if a size is not positive, `dropout` is not in [0, 1), or a
  ///   forget bias is given for a cell without forget gate
  public RecurrentOptions {
    requirePositive("inputSize", inputSize);
    requirePositive("hiddenSize", hiddenSize);
    requirePositive("layers", layers);
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1), was " + dropout);
    }
    if (!Double.isNaN(forgetBias) && kind != CellKind.LSTM) {
      throw new IllegalArgumentException("forgetBias needs an LSTM, the cell is " + kind.label());
    }
  }

  static RecurrentOptions of(CellKind kind, int inputSize, int hiddenSize) {
    requirePositive("hiddenSize", hiddenSize);
    double bound = 1 / StrictMath.sqrt(hiddenSize);
    var uniform = Initializer.uniform(-bound, bound);
    return new RecurrentOptions(
        kind, inputSize, hiddenSize, 1, 0, uniform, uniform, uniform, Double.NaN);
  }

  private static void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, was " + value);
    }
  }

  /// With this many layers.
  public RecurrentOptions layers(int count) {
    return new RecurrentOptions(
        kind,
        inputSize,
        hiddenSize,
        count,
        dropout,
        inputWeights,
        recurrentWeights,
        biases,
        forgetBias);
  }

  /// With this dropout between layers.
  public RecurrentOptions dropout(double probability) {
    return new RecurrentOptions(
        kind,
        inputSize,
        hiddenSize,
        layers,
        probability,
        inputWeights,
        recurrentWeights,
        biases,
        forgetBias);
  }

  /// With these initializers; weights are filled gate by gate.
  public RecurrentOptions initialization(
      Initializer forInputWeights, Initializer forRecurrentWeights, Initializer forBiases) {
    return new RecurrentOptions(
        kind,
        inputSize,
        hiddenSize,
        layers,
        dropout,
        forInputWeights,
        forRecurrentWeights,
        forBiases,
        forgetBias);
  }

  /// With an LSTM's forget gate opened at first: `bias_ih` of that gate is `value`, `bias_hh` 0, so
  /// that the sum is what was asked for (Jozefowicz et al. 2015 recommend 1).
  public RecurrentOptions forgetBias(double value) {
    return new RecurrentOptions(
        kind,
        inputSize,
        hiddenSize,
        layers,
        dropout,
        inputWeights,
        recurrentWeights,
        biases,
        value);
  }

  /// The stack, its parameters created and filled: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
  /// `bias_hh_l0`, then the next layer's.
  public Recurrent create(Parameters parameters, CounterRandom random) {
    return new Recurrent(this, parameters, random);
  }

  /// A single cell to be stepped by hand: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
  ///
  /// @throws IllegalArgumentException if more than one layer was asked for
  public RecurrentCell createCell(Parameters parameters, CounterRandom random) {
    if (layers != 1) {
      throw new IllegalArgumentException("a cell has one layer, layers was " + layers);
    }
    return new RecurrentCell(this, parameters, random);
  }
}
