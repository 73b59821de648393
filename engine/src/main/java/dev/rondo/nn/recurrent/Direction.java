package dev.rondo.nn.recurrent;

/// The order in which a recurrent layer takes the steps of a sequence.
public enum Direction {
  /// From the first step to the last.
  FORWARD,
  /// From each row's own last step to the first; outputs keep the positions of their inputs.
  REVERSE,
  /// Both, each with parameters of its own (the names of the second end in `_reverse`).
  BIDIRECTIONAL
}
