package dev.rondo.nn;

/// A gated recurrent unit (Cho et al. 2014), reset after the product as in PyTorch and cuDNN.
public final class Gru {
  private Gru() {}

  /// Options of a stack of such layers, one layer at first.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return RecurrentOptions.of(CellKind.GRU, inputSize, hiddenSize);
  }
}
