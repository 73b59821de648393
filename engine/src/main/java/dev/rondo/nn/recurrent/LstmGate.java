package dev.rondo.nn.recurrent;

/// The gates of an LSTM, in the order of their rows in `weight_ih`, `weight_hh` and the biases:
/// PyTorch's.
public enum LstmGate {
  /// i, how much of the new cell value is written.
  INPUT,
  /// f, how much of the old cell state is kept.
  FORGET,
  /// g, the new cell value.
  CELL,
  /// o, how much of the cell state is shown.
  OUTPUT;

  /// The first of this gate's `hiddenSize` rows in the parameters: their order is the enum's.
  @SuppressWarnings("EnumOrdinal")
  public int firstRow(int hiddenSize) {
    return ordinal() * hiddenSize;
  }
}
