package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;

/// A gated recurrent unit (Cho et al. 2014).
///
///     Gru.of(64, 256)                                  reset after the product, as in PyTorch
///     Gru.of(64, 256, Gru.options().resetBefore())     as in the paper
public final class Gru {
  private static final GruOptions COMMON =
      new GruOptions(
          true, Activation.SIGMOID, Activation.SIGMOID, Activation.TANH, Double.POSITIVE_INFINITY);

  private Gru() {}

  /// Options of a stack of such layers, one layer at first.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, COMMON);
  }

  /// The same with a cell that is not the common one.
  public static RecurrentOptions of(int inputSize, int hiddenSize, GruOptions cell) {
    return RecurrentOptions.of(cell, inputSize, hiddenSize);
  }

  /// The common cell: reset after the product.
  public static GruOptions options() {
    return COMMON;
  }
}
