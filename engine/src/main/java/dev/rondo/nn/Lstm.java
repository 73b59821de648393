package dev.rondo.nn;

/// A long short-term memory (Hochreiter and Schmidhuber 1997; forget gate, Gers et al. 2000).
public final class Lstm {
  private Lstm() {}

  /// Options of a stack of such layers, one layer at first.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return RecurrentOptions.of(CellKind.LSTM, inputSize, hiddenSize);
  }
}
