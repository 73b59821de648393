package dev.rondo.nn.recurrent;

/// The gates of a GRU, in the order of their rows in `weight_ih`, `weight_hh` and the biases:
/// PyTorch's.
public enum GruGate {
  /// r, the share of the old state that enters the new value.
  RESET,
  /// z, the share of the old state that is kept.
  UPDATE,
  /// n, the new value.
  NEW
}
