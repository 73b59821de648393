package dev.rondo.nn.recurrent;

/// A long short-term memory (Hochreiter and Schmidhuber 1997; forget gate, Gers et al. 2000).
///
///     Lstm.of(64, 256).layers(2).dropout(0.2)
///     Lstm.of(64, 256, Lstm.options().withPeepholes().projection(128))
public final class Lstm {
  private static final LstmOptions COMMON = LstmOptions.common();

  private Lstm() {}

  /// Options of a stack of such layers, one layer at first.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, COMMON);
  }

  /// The same with a cell that is not the common one.
  public static RecurrentOptions of(int inputSize, int hiddenSize, LstmOptions cell) {
    return RecurrentOptions.of(cell, inputSize, hiddenSize);
  }

  /// The common cell: no peepholes, no projection, nothing normalized or clipped.
  public static LstmOptions options() {
    return COMMON;
  }
}
