package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;

/// An Elman network, `h = tanh(W·x + U·h₋₁ + b)`.
public final class Rnn {
  private Rnn() {}

  /// Options of a stack of such layers, one layer at first.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, options(Activation.TANH));
  }

  /// The same with a rectifier, `h = max(W·x + U·h₋₁ + b, 0)`; with `GateInitializers.irnn` it is
  /// the IRNN of Le et al. 2015.
  public static RecurrentOptions relu(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, options(Activation.RELU));
  }

  /// The same with a cell that is not the common one.
  public static RecurrentOptions of(int inputSize, int hiddenSize, RnnOptions cell) {
    return RecurrentOptions.of(cell, inputSize, hiddenSize);
  }

  /// A cell with this function.
  public static RnnOptions options(Activation activation) {
    return new RnnOptions(activation, Double.POSITIVE_INFINITY);
  }
}
