package dev.rondo.nn.recurrent;

/// The only gate of an Elman cell: it has all rows of `weight_ih`, `weight_hh` and the biases.
public enum RnnGate {
  /// The new hidden state.
  HIDDEN
}
