package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Gates;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// The GRU with the reset gate after the product.
///
/// The new gate needs its products with the input and with the state separately. The blocks are n r
/// z q, where q is the state's part of n. The blocks of the input, n r z, are one run of columns,
/// and so are those of the state, r z q.
final class FusedGru extends FusedRecurrence {
  private static final int NEW = 0;
  private static final int RESET = 1;
  private static final int UPDATE = 2;
  private static final int NEW_FROM_STATE = 3;

  FusedGru(Cell cell, RecurrencePlace place) {
    super(cell, place, 4, List.of(RESET, UPDATE, NEW), List.of(RESET, UPDATE, NEW_FROM_STATE));
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    super.project(tape, x, z);
    int from = NEW_FROM_STATE * block;
    tape.backend().rows().set(biasRow(tape).columns(from, block), z.columns(from, block));
  }

  @Override
  void pointwise(Gates kernel, Step step) {
    kernel.gru(step.z(), step.hPrevious(), step.h());
  }

  @Override
  void pointwiseBackward(Gates kernel, Step step, Step.Gradients gradients) {
    kernel.gruBackward(step.z(), step.hPrevious(), gradients.dh(), gradients.carried());
  }

  @Override
  boolean carriesDirectly() {
    return true;
  }
}
