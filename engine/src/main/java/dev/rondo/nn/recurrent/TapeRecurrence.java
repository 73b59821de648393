package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import java.util.ArrayList;

/// The step of a [CustomCell]: operations on the tape. [TapeLayer] takes it through time.
final class TapeRecurrence extends Recurrence {
  private final CustomCell cell;

  TapeRecurrence(CustomCell cell, RecurrencePlace place) {
    super(cell, place);
    this.cell = cell;
  }

  /// Computes the input's part of many steps.
  Variable project(Tape tape, Variable x) {
    var projected = cell.project(tape, new CellParameters(tape, this), x);
    if (projected.value().rows() != x.value().rows()) {
      throw new IllegalStateException(
          "cell %s projects %s to %s, expected as many rows".formatted(cell.text(), x, projected));
    }
    return projected;
  }

  /// Computes the rest of a step.
  ///
  /// @throws IllegalStateException if the cell returns a state with other parts than it declares
  CellState rest(Tape tape, Variable projected, CellState before) {
    var after = cell.step(tape, new CellParameters(tape, this), projected, before);
    if (after.parts().size() != states.size()) {
      throw new IllegalStateException(
          "cell %s gives a state of %d parts, expected %d"
              .formatted(cell.text(), after.parts().size(), states.size()));
    }
    int rows = projected.value().rows();
    var settled = new ArrayList<Variable>();
    for (int i = 0; i < states.size(); i++) {
      var part = after.parts().get(i);
      var expected = states.get(i);
      if (part.value().rows() != rows || part.value().columns() != expected.columns()) {
        throw new IllegalStateException(
            "cell %s gives %s as %s, expected [%d, %d]"
                .formatted(cell.text(), expected.name(), part, rows, expected.columns()));
      }
      settled.add(Rowwise.settle(tape, part));
    }
    return new CellState(settled);
  }

  @Override
  CellState step(Tape tape, Variable x, CellState state) {
    var row = Rowwise.reshape(tape, x, x.value().rows(), inputSize);
    return rest(tape, project(tape, row), state);
  }
}
