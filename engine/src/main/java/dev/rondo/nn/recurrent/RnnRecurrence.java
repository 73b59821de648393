package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// An Elman cell with any activation, with limits, and with dropout inside the cell.
final class RnnRecurrence extends RegularizedRecurrence {
  private final GateProduct input;
  private final GateProduct state;

  // h = f(clip(z))
  private final Activated hidden;
  private final Block gradient;

  /// Null if no unit of the state is dropped.
  private final Block dropped;

  /// Null without zoneout.
  private final Zoneout zoneout;

  private final Block zero;

  RnnRecurrence(Rnn cell, RecurrencePlace place) {
    super(cell, cell.clip(), place);
    var gates = keep(1);
    hidden = activated(gatesOf(gates)).getFirst();
    dropped = keepStateIf(regularization.state() > 0);
    double stays = regularization.zoneoutHidden();
    zoneout = stays > 0 ? new Zoneout(Draw.HIDDEN, stays, keepUnits()) : null;
    gradient = scratchUnits();
    zero = scratchUnits();
    input = GateProduct.of(weightIh, 0, hiddenSize, indexesOf(gates));
    state =
        GateProduct.of(weightHh, 0, hiddenSize, indexesOf(gates))
            .dropConnect(regularization.dropConnect());
  }

  @Override
  List<GateColumns> gateColumns() {
    return gateColumns(input.blocks());
  }

  @Override
  GateProduct input() {
    return input;
  }

  @Override
  List<GateProduct> stepProducts() {
    return List.of(state);
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    input.set(tape, biasRow(tape), x, z);
  }

  @Override
  void forward(Tape tape, Step step) {
    state.add(tape, operand(tape, step, dropped), step.z());
    activate(tape, hidden, step);
    arithmetic(tape).settle(hidden.of(step), step.h());
    if (zoneout != null) {
      zoneout(tape, step, zoneout, step.hPrevious(), step.h(), step.h());
    }
  }

  @Override
  void backward(Tape tape, Step step, Step.Gradients gradients, boolean toState) {
    var dh = gradient.of(step);
    arithmetic(tape).add(gradients.dh(), gradients.carried(), dh);
    if (zoneout != null) {
      zoneoutBackward(tape, step, zoneout, dh, gradients.carried(), zero.of(step));
    } else {
      tape.backend().rows().set(zeros(tape), gradients.carried());
    }
    activateBackward(tape, hidden, step, dh);
    if (toState) {
      carry(tape, step, state, dh, gradients.carried());
    }
  }

  @Override
  void accumulateGradients(Tape tape, Step.All rows) {
    GateProduct.accumulate(tape, rows.z(), input, rows.x(), state, operands(tape, rows, dropped));
    accumulateBiases(tape, hidden.value().of(rows));
  }
}
