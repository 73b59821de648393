package dev.rondo.nn.recurrent;

import java.util.List;

/// Which recurrence a layer has, with everything about it that a size does not say: [RnnOptions],
/// [GruOptions], [LstmOptions].
public sealed interface CellOptions permits RnnOptions, GruOptions, LstmOptions {
  /// The gates in the order of their rows in the parameters; empty if there are none to name.
  List<? extends Enum<?>> gates();

  /// Whether there is a cell state beside the hidden state.
  boolean hasCellState();

  /// Columns of the hidden state of a cell with `hiddenSize` units.
  int stateSize(int hiddenSize);

  /// The options as text, such as `lstm`, `gru reset_before` or `lstm peepholes projection=128`:
  /// the same for equal options. [#parse] reads it back.
  default String text() {
    return CellText.of(this);
  }

  /// The options that [#text()] wrote.
  ///
  /// @throws IllegalArgumentException if the text is of no cell, or a value breaks a rule
  static CellOptions parse(String text) {
    return CellText.parse(text);
  }

  /// The kind whose pointwise part is one fused kernel, if this cell is of that kind and has no
  /// options that the kernel lacks; else null, and the cell is composed of several kernels.
  CellKind fused();
}
