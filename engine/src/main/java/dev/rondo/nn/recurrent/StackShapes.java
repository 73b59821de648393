package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Variable;
import java.util.List;

/// Checks of the inputs and states of a stack.
final class StackShapes {
  private StackShapes() {}

  /// @param dimensions all but the last, as the message names them
  /// @throws IllegalArgumentException if the input has another shape
  static void requireInput(Variable x, int rank, String dimensions, RecurrentOptions options) {
    var value = x.value();
    if (value.rank() != rank || value.columns() != options.inputSize() || value.rows() == 0) {
      throw new IllegalArgumentException(
          "x is %s, expected [%s, %d]".formatted(x, dimensions, options.inputSize()));
    }
  }

  /// @param lengths null if all steps are real
  /// @throws IllegalArgumentException if they belong to another batch
  static void requireLengths(Lengths lengths, int steps, int batchSize) {
    if (lengths == null) {
      return;
    }
    if (lengths.batchSize() != batchSize) {
      throw new IllegalArgumentException(
          "lengths are of %d rows, expected %d".formatted(lengths.batchSize(), batchSize));
    }
    if (lengths.steps() > steps) {
      throw new IllegalArgumentException(
          "lengths reach %d steps, x has %d".formatted(lengths.steps(), steps));
    }
  }

  /// @param expected the parts of every layer and direction
  /// @throws IllegalArgumentException if a state is missing or has another shape
  static void requireState(StackState state, List<List<StatePart>> expected, int batchSize) {
    if (state.layers().size() != expected.size()) {
      throw new IllegalArgumentException(
          "state has %d layers, expected %d".formatted(state.layers().size(), expected.size()));
    }
    for (int layer = 0; layer < expected.size(); layer++) {
      requireParts(state.layers().get(layer), expected.get(layer), batchSize);
    }
  }

  /// @throws IllegalArgumentException if a part is missing or has another shape
  static void requireParts(CellState state, List<StatePart> expected, int batchSize) {
    for (int i = 0; i < expected.size(); i++) {
      var part = expected.get(i);
      var value = i < state.parts().size() ? state.parts().get(i).value() : null;
      if (value == null || value.rows() != batchSize || value.columns() != part.columns()) {
        throw new IllegalArgumentException(
            "state %s is %s, expected [%d, %d]"
                .formatted(part.name(), value, batchSize, part.columns()));
      }
    }
    if (state.parts().size() > expected.size()) {
      throw new IllegalArgumentException(
          "state has %d parts, expected %d: %s"
              .formatted(
                  state.parts().size(),
                  expected.size(),
                  expected.stream().map(StatePart::name).toList()));
    }
  }
}
