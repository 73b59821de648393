package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import java.util.List;

/// The state of a stack of recurrent layers on a tape: layer 0 forward, layer 0 reverse, layer 1
/// forward and so on.
///
/// @param layers one state for each layer and direction
public record StackState(List<CellState> layers) {
  /// Copies the list.
  public StackState {
    layers = List.copyOf(layers);
  }

  /// Copies the values into the caller's memory, where they outlive the tape.
  ///
  /// @throws IllegalArgumentException if the target belongs to another stack
  public void copyTo(RecurrentState target) {
    if (target.layers() != layers.size()) {
      throw new IllegalArgumentException(
          "target has %d layers, expected %d".formatted(target.layers(), layers.size()));
    }
    for (int layer = 0; layer < layers.size(); layer++) {
      var parts = layers.get(layer).parts();
      if (target.parts(layer).size() != parts.size()) {
        throw new IllegalArgumentException(
            "target has %d parts in layer %d, expected %d"
                .formatted(target.parts(layer).size(), layer, parts.size()));
      }
      for (int part = 0; part < parts.size(); part++) {
        target.parts(layer).get(part).copyFrom(parts.get(part).value());
      }
    }
  }

  /// The same values detached from the tape: the gradient ends here.
  public StackState detach(Tape tape) {
    return new StackState(layers.stream().map(state -> state.detach(tape)).toList());
  }
}
