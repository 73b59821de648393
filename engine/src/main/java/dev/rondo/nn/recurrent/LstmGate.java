package dev.rondo.nn.recurrent;

/// The gates of an LSTM, in the order of their rows in `weight_ih`, `weight_hh` and the biases:
/// PyTorch's.
public enum LstmGate {
  /// i, the share of the new cell value that is written.
  INPUT,
  /// f, the share of the old cell state that is kept.
  FORGET,
  /// g, the new cell value.
  CELL,
  /// o, the share of the cell state that is output.
  OUTPUT;

  /// The first of this gate's `hiddenSize` rows in the parameters: their order is the enum's.
  @SuppressWarnings("EnumOrdinal")
  public int firstRow(int hiddenSize) {
    return ordinal() * hiddenSize;
  }
}
