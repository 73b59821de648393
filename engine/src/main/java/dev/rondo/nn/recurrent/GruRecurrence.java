package dev.rondo.nn.recurrent;


import dev.rondo.autograd.Tape;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// A GRU of any form: reset before or after the product, any activations, limits, and whatever is
/// left out at random.
///
/// Blocks: n r z, of the input's product; then q, the state's part of the new gate. With the reset
/// after the product q is `U_n·h₋₁ + b_hn`. Before it, q is what the product is of, `r∘h₋₁`, and
/// the product itself goes to n.
final class GruRecurrence extends ComposedRecurrence {
  private static final int NEW = 0;
  private static final int RESET = 1;
  private static final int UPDATE = 2;
  private static final int FROM_STATE = 3;

  private final GruOptions cell;
  private final GateProduct input;
  private final GateProduct state;

  /// The new gate's product with `r∘h₋₁`; null where the reset comes after it.
  private final GateProduct stateNew;

  private final int limited;
  private final int dropped;
  private final int candidateMask;
  private final int candidate;
  private final int fresh;
  private final int mask;
  private final int scratch;

  GruRecurrence(GruOptions cell, RecurrentOptions options, int inputSize, Place place) {
    super(options, inputSize, 3, cell.clip(), place);
    this.cell = cell;
    take(4);
    limited = takeIf(clips(), 3);
    dropped = takeIf(regularization.state() > 0, 1);
    candidateMask = takeIf(regularization.candidate() > 0, 1);
    candidate = takeIf(regularization.candidate() > 0, 1);
    boolean zoneout = regularization.zoneoutHidden() > 0;
    fresh = takeIf(zoneout, 1);
    mask = takeIf(zoneout, 1);
    scratch = take(3);
    double dropConnect = regularization.dropConnect();
    input = GateProduct.of(weightIh, 0, hiddenSize, List.of(RESET, UPDATE, NEW));
    var whole = List.of(RESET, UPDATE, FROM_STATE);
    var blocks = cell.resetAfter() ? whole : whole.subList(0, 2);
    state = GateProduct.of(weightHh, 0, hiddenSize, blocks).dropConnect(dropConnect);
    stateNew =
        cell.resetAfter()
            ? null
            : GateProduct.of(weightHh, 2, hiddenSize, List.of(NEW)).dropConnect(dropConnect);
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
    var activations = List.of(cell.reset(), cell.update(), cell.candidate());
    return gateColumns(cell.gates(), activations, List.of(RESET, UPDATE, NEW));
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
  int biasStateBlock(int gate) {
    if (gate < state.gates()) {
      return state.block(gate);
    }
    return NEW;
  }

  @Override
  void prepareForward(Tape tape, int slots) {
    super.prepareForward(tape, slots);
    if (stateNew != null) {
      stateNew.forward(tape);
    }
  }

  @Override
  void prepareBackward(Tape tape) {
    super.prepareBackward(tape);
    if (stateNew != null) {
      stateNew.backward(tape);
    }
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    var bias = biasRow(tape);
    input.set(tape, bias, x, z);
    tape.backend().rows().set(blocks(bias, FROM_STATE, 1), blocks(z, FROM_STATE, 1));
  }

  @Override
  void forward(Tape tape, Step step) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var operand = operand(tape, step, dropped);
    state.add(tape, operand, z);
    activate(tape, cell.reset(), z, RESET, limited + RESET);
    activate(tape, cell.update(), z, UPDATE, limited + UPDATE);
    if (stateNew == null) {
      arithmetic.accumulateProduct(at(z, RESET), at(z, FROM_STATE), at(z, NEW));
    } else {
      arithmetic.multiply(at(z, RESET), operand, at(z, FROM_STATE));
      stateNew.add(tape, at(z, FROM_STATE), z);
    }
    activate(tape, cell.candidate(), z, NEW, limited + NEW);
    var n = candidate(tape, step);
    // h = n + z∘(h₋₁ - n)
    var difference = at(z, scratch);
    arithmetic.subtract(step.hPrevious(), n, difference);
    var h = mask == NONE ? step.h() : at(z, fresh);
    arithmetic.copy(n, h);
    arithmetic.accumulateProduct(at(z, UPDATE), difference, h);
    arithmetic.settle(h, h);
    if (mask != NONE) {
      double probability = regularization.zoneoutHidden();
      zoneout(tape, step, Draw.HIDDEN, probability, step.hPrevious(), h, at(z, mask), step.h());
    }
  }

  /// The new value, or what is left of it.
  private Tensor candidate(Tape tape, Step step) {
    var z = step.z();
    if (candidate == NONE || !tape.training()) {
      return at(z, NEW);
    }
    draw(tape, step, Draw.CANDIDATE, 1 - regularization.candidate(), at(z, candidateMask));
    arithmetic(tape).multiply(at(z, NEW), at(z, candidateMask), at(z, candidate));
    return at(z, candidate);
  }

  @Override
  void backward(Tape tape, Step step, boolean toState) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var n = candidate == NONE ? at(z, NEW) : at(z, candidate);
    var gradient = at(z, scratch);
    var dGate = at(z, scratch + 1);
    var other = at(z, scratch + 2);
    arithmetic.add(step.dh(), step.carried(), gradient);
    if (mask == NONE) {
      arithmetic.multiply(gradient, at(z, UPDATE), step.carried());
    } else {
      zoneoutBackward(tape, at(z, mask), gradient, step.carried(), other);
      arithmetic.accumulateProduct(gradient, at(z, UPDATE), step.carried());
    }
    arithmetic.subtract(step.hPrevious(), n, other);
    arithmetic.multiply(gradient, other, dGate);
    arithmetic.oneMinus(at(z, UPDATE), other);
    arithmetic.multiply(gradient, other, gradient);
    activateBackward(tape, cell.update(), z, UPDATE, limited + UPDATE, dGate);
    if (candidate != NONE) {
      arithmetic.multiply(gradient, at(z, candidateMask), gradient);
    }
    activateBackward(tape, cell.candidate(), z, NEW, limited + NEW, gradient);
    if (stateNew == null) {
      resetAfterBackward(tape, step, dGate);
    } else {
      resetBeforeBackward(tape, step, dGate, other);
    }
    if (toState) {
      carry(tape, step, state, gradient);
    }
  }

  private void resetAfterBackward(Tape tape, Step step, Tensor dGate) {
    var z = step.z();
    var fromState = at(z, FROM_STATE);
    arithmetic(tape).multiply(at(z, NEW), fromState, dGate);
    arithmetic(tape).multiply(at(z, NEW), at(z, RESET), fromState);
    activateBackward(tape, cell.reset(), z, RESET, limited + RESET, dGate);
  }

  private void resetBeforeBackward(Tape tape, Step step, Tensor dGate, Tensor dReset) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    stateNew.setBackward(tape, zeroRow(tape), z, dReset);
    arithmetic.multiply(dReset, at(z, RESET), dGate);
    carry(tape, step, dGate);
    var operand = dropped == NONE || !dropsState(tape) ? step.hPrevious() : stateAt(z, dropped);
    arithmetic.multiply(dReset, operand, dReset);
    activateBackward(tape, cell.reset(), z, RESET, limited + RESET, dReset);
  }

  @Override
  void accumulateGradients(Tape tape, Rows rows) {
    var operands = operands(tape, rows, dropped);
    if (stateNew == null) {
      GateProduct.accumulate(tape, rows.z(), input, rows.x(), state, operands);
    } else {
      input.accumulate(tape, rows.z(), rows.x());
      state.accumulate(tape, rows.z(), operands);
      stateNew.accumulate(tape, rows.z(), at(rows.z(), FROM_STATE));
    }
    accumulateBiases(tape, blocks(rows.z(), 0, 4));
  }
}
