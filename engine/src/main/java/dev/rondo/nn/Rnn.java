package dev.rondo.nn;

/// An Elman network, `h = tanh(W·x + U·h + b)`.
public final class Rnn {
  private Rnn() {}

  /// Options of a stack of such layers, one layer at first.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return RecurrentOptions.of(CellKind.RNN_TANH, inputSize, hiddenSize);
  }

  /// The same with a rectifier, `h = max(W·x + U·h + b, 0)`; with identity weights it is the IRNN
  /// of Le et al. 2015.
  public static RecurrentOptions relu(int inputSize, int hiddenSize) {
    return RecurrentOptions.of(CellKind.RNN_RELU, inputSize, hiddenSize);
  }
}
