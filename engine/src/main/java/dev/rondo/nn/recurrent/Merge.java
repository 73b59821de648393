package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;

/// The operation that merges the outputs of the two directions of a bidirectional layer.
public enum Merge {
  /// Side by side, forward first: `[..., 2·stateSize]`. PyTorch's.
  CONCAT,
  /// `forward + reverse`.
  SUM,
  /// `forward∘reverse`.
  MULTIPLY,
  /// `(forward + reverse)/2`.
  AVERAGE;

  Variable apply(Tape tape, Variable forward, Variable reverse) {
    return switch (this) {
      case CONCAT -> tape.concat(forward, reverse);
      case SUM -> tape.add(forward, reverse);
      case MULTIPLY -> tape.multiply(forward, reverse);
      case AVERAGE -> tape.scale(0.5, tape.add(forward, reverse));
    };
  }

  /// Features of the merged output.
  int size(int stateSize) {
    return this == CONCAT ? 2 * stateSize : stateSize;
  }
}
