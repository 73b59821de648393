package dev.rondo.stream;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;

/// The layout of a stack's states, and their values before the first step.
final class InitialState {
  private InitialState() {}

  static StateLayout layout(StreamingStack stack) {
    var parts = new ArrayList<StateLayout.Part>();
    long at = StateLayout.HEADER_BYTES;
    int layer = 0;
    for (var recurrent : stack.recurrents()) {
      for (var units : recurrent.options().units()) {
        for (var part : units.cell().states(units.hiddenSize())) {
          var placed = new StateLayout.Part(part.name() + "_l" + layer, at, part.columns());
          parts.add(placed);
          at += placed.bytes();
        }
        layer++;
      }
    }
    return new StateLayout(parts, at);
  }

  /// A whole state, header included: zeros, or the initial states that the layers have learned.
  static MemorySegment image(
      StreamingStack stack, StateLayout layout, Backend backend, long fingerprint, Arena arena) {
    var image = arena.allocate(layout.bytes(), StateLayout.HEADER_BYTES);
    image.set(ValueLayout.JAVA_LONG, StateLayout.FINGERPRINT_AT, fingerprint);
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      int part = 0;
      for (var recurrent : stack.recurrents()) {
        for (var cell : recurrent.initialState(tape, 1).layers()) {
          for (var value : cell.parts()) {
            copy(value.value(), image, layout.parts().get(part++));
          }
        }
      }
    }
    return image;
  }

  private static void copy(Tensor row, MemorySegment image, StateLayout.Part part) {
    long bytes = (long) part.size() * Float.BYTES;
    MemorySegment.copy(row.segment(), row.byteOffset(0, 0), image, part.byteOffset(), bytes);
  }
}
