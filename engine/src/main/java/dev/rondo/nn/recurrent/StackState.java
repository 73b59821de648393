package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import java.util.ArrayList;
import java.util.List;

/// The state of a stack of recurrent layers on a tape, the first layer first.
///
/// @param layers one state a layer
public record StackState(List<CellState> layers) {
  /// Copies the list.
  public StackState {
    layers = List.copyOf(layers);
  }

  /// Copies the values into memory of the caller's, where they outlive the tape.
  public void copyTo(RecurrentState target) {
    if (target.layers() != layers.size()) {
      throw new IllegalArgumentException(
          "target has %d layers, expected %d".formatted(target.layers(), layers.size()));
    }
    for (int layer = 0; layer < layers.size(); layer++) {
      target.h(layer).copyFrom(layers.get(layer).h().value());
      if (layers.get(layer).c() != null) {
        target.c(layer).copyFrom(layers.get(layer).c().value());
      }
    }
  }

  /// The same values with nothing behind them: the gradient ends here.
  public StackState detach(Tape tape) {
    var detached = new ArrayList<CellState>();
    for (var layer : layers) {
      Variable c = layer.c() == null ? null : tape.constant(layer.c().value());
      detached.add(new CellState(tape.constant(layer.h().value()), c));
    }
    return new StackState(detached);
  }
}
