package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Gates;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import java.util.List;

/// The Elman cell with tanh or relu.
final class FusedRnn extends FusedRecurrence {
  private final boolean tanh;

  FusedRnn(boolean tanh, Cell cell, RecurrencePlace place) {
    super(cell, place, 1, List.of(0), List.of(0));
    this.tanh = tanh;
  }

  @Override
  List<GateColumns> gateColumns() {
    return gateColumns(List.of(GateColumns.HIDDEN));
  }

  @Override
  void pointwise(Gates kernel, Step step) {
    if (tanh) {
      kernel.rnnTanh(step.z(), step.h());
    } else {
      kernel.rnnRelu(step.z(), step.h());
    }
  }

  @Override
  void pointwiseBackward(Gates kernel, Step step, Step.Gradients gradients) {
    if (tanh) {
      kernel.rnnTanhBackward(step.z(), step.h(), gradients.dh(), gradients.carried());
    } else {
      kernel.rnnReluBackward(step.z(), step.h(), gradients.dh(), gradients.carried());
    }
  }

  @Override
  void plannedStep(Tape tape, Variable x, Step step) {
    if (projectsTable(x)) {
      wholeStep(tape, x, step);
    } else {
      oneProduct(tape, x, step);
    }
  }
}
