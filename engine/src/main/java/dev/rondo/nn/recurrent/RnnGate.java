package dev.rondo.nn.recurrent;

/// The only gate of an Elman cell: the rows of `weight_ih`, `weight_hh` and the biases are its own.
public enum RnnGate {
  /// The new hidden state.
  HIDDEN
}
