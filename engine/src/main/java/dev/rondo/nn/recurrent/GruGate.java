package dev.rondo.nn.recurrent;

/// The gates of a GRU, in the order of their rows in `weight_ih`, `weight_hh` and the biases:
/// PyTorch's.
public enum GruGate {
  /// r, how much of the old state the new value sees.
  RESET,
  /// z, how much of the old state is kept.
  UPDATE,
  /// n, the new value.
  NEW
}
