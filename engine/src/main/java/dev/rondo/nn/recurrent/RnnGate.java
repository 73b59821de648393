package dev.rondo.nn.recurrent;

/// The only gate of an Elman cell: all rows of `weight_ih`, `weight_hh` and the biases belong to it.
public enum RnnGate {
  /// The new hidden state.
  HIDDEN
}
