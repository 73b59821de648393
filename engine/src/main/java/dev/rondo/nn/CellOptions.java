package dev.rondo.nn;

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

  /// The kind whose pointwise part is one fused kernel, if this cell is of that kind and has no
  /// options that the kernel lacks; else null, and the cell is composed of several kernels.
  CellKind fused();
}
