package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// A GRU of any form: reset before or after the product, any activations, any limits, and dropout
/// inside the cell.
///
/// Blocks: n r z, of the input's product; then q, the state's part of the new gate. With the reset
/// after the product q is `U_n·h₋₁ + b_hn`. Before it, q is the operand `r∘h₋₁`, and the product
/// itself goes to n.
final class GruRecurrence extends RegularizedRecurrence {
  private final Gru cell;
  private final GateProduct input;
  private final GateProduct state;

  /// The new gate's product with `r∘h₋₁`; null where the reset comes after it.
  private final GateProduct stateNew;

  /// n r z q.
  private final Block products;

  private final Activated n;
  private final Activated r;
  private final Activated z;
  private final Block q;

  /// h₋₁ after dropout; null if nothing is dropped.
  private final Block dropped;

  /// n after dropout, and its mask; null if nothing is dropped.
  private final Block candidate;

  private final Block candidateMask;

  /// h before zoneout; null without.
  private final Block fresh;

  private final Zoneout zoneout;
  private final Block scratch;
  private final Block dGate;
  private final Block other;

  GruRecurrence(Gru cell, RecurrencePlace place) {
    super(cell, cell.clip(), place);
    this.cell = cell;
    products = keep(4);
    var blocks = gatesOf(products);
    q = blocks.get(3);
    var activated = activated(List.of(blocks.get(1), blocks.get(2), blocks.get(0)));
    r = activated.get(0);
    z = activated.get(1);
    n = activated.get(2);
    dropped = keepStateIf(regularization.state() > 0);
    candidateMask = keepUnitsIf(regularization.candidate() > 0);
    candidate = keepUnitsIf(regularization.candidate() > 0);
    double stays = regularization.zoneoutHidden();
    fresh = keepUnitsIf(stays > 0);
    zoneout = stays > 0 ? new Zoneout(Draw.HIDDEN, stays, keepUnits()) : null;
    scratch = scratchUnits();
    dGate = scratchUnits();
    other = scratchUnits();
    double dropConnect = regularization.dropConnect();
    int inN = n.value().index();
    int inR = r.value().index();
    int inZ = z.value().index();
    input = GateProduct.of(weightIh, 0, hiddenSize, List.of(inR, inZ, inN));
    var ofState = cell.resetAfter() ? List.of(inR, inZ, q.index()) : List.of(inR, inZ);
    state = GateProduct.of(weightHh, 0, hiddenSize, ofState).dropConnect(dropConnect);
    stateNew =
        cell.resetAfter()
            ? null
            : GateProduct.of(weightHh, 2, hiddenSize, List.of(inN)).dropConnect(dropConnect);
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
    return stateNew == null ? List.of(state) : List.of(state, stateNew);
  }

  @Override
  int biasStateBlock(int gate) {
    return gate < state.gates() ? state.block(gate) : n.value().index();
  }

  @Override
  void project(Tape tape, Tensor x, Tensor row) {
    var bias = biasRow(tape);
    input.set(tape, bias, x, row);
    int from = q.first();
    tape.backend().rows().set(bias.columns(from, block), row.columns(from, block));
  }

  @Override
  void forward(Tape tape, Step step) {
    var arithmetic = arithmetic(tape);
    var operand = operand(tape, step, dropped);
    state.add(tape, operand, step.z());
    activate(tape, r, step);
    activate(tape, z, step);
    if (cell.resetAfter()) {
      arithmetic.accumulateProduct(r.of(step), q.of(step), n.of(step));
    } else {
      arithmetic.multiply(r.of(step), operand, q.of(step));
      stateNew.add(tape, q.of(step), step.z());
    }
    activate(tape, n, step);
    var newValue = candidate(tape, step);
    // h = n + z∘(h₋₁ - n)
    var difference = scratch.of(step);
    arithmetic.subtract(step.hPrevious(), newValue, difference);
    var h = zoneout == null ? step.h() : fresh.of(step);
    arithmetic.copy(newValue, h);
    arithmetic.accumulateProduct(z.of(step), difference, h);
    arithmetic.settle(h, h);
    if (zoneout != null) {
      zoneout(tape, step, zoneout, step.hPrevious(), h, step.h());
    }
  }

  /// n, after dropout if there is any.
  private Tensor candidate(Tape tape, Step step) {
    if (candidate == null || !tape.training()) {
      return n.of(step);
    }
    draw(tape, step, Draw.CANDIDATE, 1 - regularization.candidate(), candidateMask.of(step));
    arithmetic(tape).multiply(n.of(step), candidateMask.of(step), candidate.of(step));
    return candidate.of(step);
  }

  @Override
  void backward(Tape tape, Step step, Step.Gradients gradients, boolean toState) {
    var arithmetic = arithmetic(tape);
    var newValue = candidate == null ? n.of(step) : candidate.of(step);
    var gradient = scratch.of(step);
    var dz = dGate.of(step);
    var other = this.other.of(step);
    var carried = gradients.carried();
    arithmetic.add(gradients.dh(), carried, gradient);
    if (zoneout == null) {
      arithmetic.multiply(gradient, z.of(step), carried);
    } else {
      zoneoutBackward(tape, step, zoneout, gradient, carried, other);
      arithmetic.accumulateProduct(gradient, z.of(step), carried);
    }
    arithmetic.subtract(step.hPrevious(), newValue, other);
    arithmetic.multiply(gradient, other, dz); // dL/dz = dL/dh∘(h₋₁ - n)
    arithmetic.oneMinus(z.of(step), other);
    arithmetic.multiply(gradient, other, gradient); // dL/dn = dL/dh∘(1 - z)
    activateBackward(tape, z, step, dz);
    if (candidate != null) {
      arithmetic.multiply(gradient, candidateMask.of(step), gradient);
    }
    activateBackward(tape, n, step, gradient);
    if (cell.resetAfter()) {
      resetAfterBackward(tape, step, dz);
    } else {
      resetBeforeBackward(tape, step, dz, other, carried);
    }
    if (toState) {
      carry(tape, step, state, gradient, carried);
    }
  }

  /// dL/dr = dL/dn∘q, and dL/dq = dL/dn∘r in the place of q.
  private void resetAfterBackward(Tape tape, Step step, Tensor dr) {
    arithmetic(tape).multiply(n.of(step), q.of(step), dr);
    arithmetic(tape).multiply(n.of(step), r.of(step), q.of(step));
    activateBackward(tape, r, step, dr);
  }

  /// dL/d(r∘h₋₁) = U_nᵀ·dL/dn; times r it goes to h₋₁, times h₋₁ to r.
  private void resetBeforeBackward(
      Tape tape, Step step, Tensor dOperand, Tensor dr, Tensor carried) {
    var arithmetic = arithmetic(tape);
    stateNew.setBackward(tape, zeroRow(tape), step.z(), dr);
    arithmetic.multiply(dr, r.of(step), dOperand);
    carry(tape, step, dOperand, carried);
    var operand = dropsState(tape) ? dropped.of(step) : step.hPrevious();
    arithmetic.multiply(dr, operand, dr);
    activateBackward(tape, r, step, dr);
  }

  @Override
  void accumulateGradients(Tape tape, Step.All rows) {
    var operands = operands(tape, rows, dropped);
    if (stateNew == null) {
      GateProduct.accumulate(tape, rows.z(), input, rows.x(), state, operands);
    } else {
      input.accumulate(tape, rows.z(), rows.x());
      state.accumulate(tape, rows.z(), operands);
      stateNew.accumulate(tape, rows.z(), q.of(rows));
    }
    accumulateBiases(tape, products.of(rows));
  }
}
