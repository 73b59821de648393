package dev.rondo.nn.recurrent;


import dev.rondo.autograd.Tape;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// An Elman cell of any activation, with limits and whatever is left out at random.
final class RnnRecurrence extends ComposedRecurrence {
  private final RnnOptions cell;
  private final GateProduct input;
  private final GateProduct state;
  private final int gate;
  private final int limited;
  private final int dropped;
  private final int mask;
  private final int scratch;
  private final int zero;

  RnnRecurrence(RnnOptions cell, RecurrentOptions options, int inputSize, Place place) {
    super(options, inputSize, 1, cell.clip(), place);
    this.cell = cell;
    gate = take(1);
    limited = takeIf(clips(), 1);
    dropped = takeIf(regularization.state() > 0, 1);
    mask = takeIf(regularization.zoneoutHidden() > 0, 1);
    scratch = take(1);
    zero = takeIf(regularization.zoneoutHidden() > 0, 1);
    input = GateProduct.of(weightIh, 0, hiddenSize, List.of(gate));
    state =
        GateProduct.of(weightHh, 0, hiddenSize, List.of(gate))
            .dropConnect(regularization.dropConnect());
  }

  @Override
  int stateSize() {
    return hiddenSize;
  }

  @Override
  boolean hasCellState() {
    return false;
  }

  @Override
  List<RecurrentObserver.Gate> gateColumns() {
    return gateColumns(cell.gates(), List.of(cell.activation()), List.of(gate));
  }

  @Override
  GateProduct input() {
    return input;
  }

  @Override
  GateProduct state() {
    return state;
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    input.set(tape, biasRow(tape), x, z);
  }

  @Override
  void forward(Tape tape, Step step) {
    var z = step.z();
    state.add(tape, operand(tape, step, dropped), z);
    activate(tape, cell.activation(), z, gate, limited);
    arithmetic(tape).settle(at(z, gate), step.h());
    if (mask != NONE) {
      zoneout(
          tape,
          step,
          Draw.HIDDEN,
          regularization.zoneoutHidden(),
          step.hPrevious(),
          step.h(),
          at(z, mask),
          step.h());
    }
  }

  @Override
  void backward(Tape tape, Step step, boolean toState) {
    var z = step.z();
    var gradient = at(z, scratch);
    arithmetic(tape).add(step.dh(), step.carried(), gradient);
    if (mask != NONE) {
      zoneoutBackward(tape, at(z, mask), gradient, step.carried(), at(z, zero));
    } else {
      tape.backend().rows().set(zeros(tape), step.carried());
    }
    activateBackward(tape, cell.activation(), z, gate, limited, gradient);
    if (toState) {
      carry(tape, step, state, gradient);
    }
  }

  @Override
  void accumulateGradients(Tape tape, Rows rows) {
    GateProduct.accumulate(tape, rows.z(), input, rows.x(), state, operands(tape, rows, dropped));
    accumulateBiases(tape, blocks(rows.z(), 0, gate + 1));
  }
}
