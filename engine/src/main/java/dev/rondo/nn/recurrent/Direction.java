package dev.rondo.nn.recurrent;

/// In which order a recurrent layer takes the steps of a sequence.
public enum Direction {
  /// From the first step to the last.
  FORWARD,
  /// From each row's own last step to the first; outputs stand where their inputs do.
  REVERSE,
  /// Both, each with parameters of its own (`_reverse` behind the names of the second).
  BIDIRECTIONAL
}
