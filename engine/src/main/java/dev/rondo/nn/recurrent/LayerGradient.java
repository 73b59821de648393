package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.recurrent.Recurrence.Rows;
import dev.rondo.nn.recurrent.Recurrence.Step;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// The way back through one direction of one recurrent layer: the steps of [RecurrentLayer] in
/// reverse, then one product for each weight matrix over all of them.
final class LayerGradient {
  private final RecurrentLayer layer;
  private final Tape tape;
  private final Recurrence recurrence;
  private final SequencePlan plan;
  private final Tensor packedX;

  /// dL/dh of every packed row by way of the output.
  private final Tensor dh;

  /// dL/dc of every packed row by way of the cell states that were asked for; null without.
  private final Tensor dcells;

  /// dL/dh of every slot by way of the next step.
  private final Tensor carried;

  /// dL/dc of every slot by way of the next step; null without a cell state.
  private final Tensor dc;

  /// Null if no gradient of the input is wanted.
  private final Tensor dx;

  private final boolean dxStepByStep;

  /// Before the last step.
  ///
  /// @param alone whether no other direction adds to dL/dx at the same time
  LayerGradient(
      RecurrentLayer layer, Variable output, Variable cells, CellState last, boolean alone) {
    this.layer = layer;
    tape = layer.tape;
    recurrence = layer.recurrence;
    plan = layer.plan;
    dh = packed(output.gradient());
    dcells = cells != null && cells.hasGradient() ? packed(cells.gradient()) : null;
    carried = end(last.h(), recurrence.stateSize());
    dc = recurrence.hasCellState() ? end(last.c(), recurrence.hiddenSize) : null;
    recurrence.prepareBackward(tape);
    boolean wanted = layer.x.differentiable();
    dxStepByStep = wanted && alone && plan.whole() && layer.stepByStep;
    dx = wanted ? layer.x.gradient() : null;
    if (wanted) {
      recurrence.input().backward(tape);
    }
    packedX = layer.packedX();
  }

  private Tensor packed(Tensor rows) {
    if (plan.whole()) {
      return rows;
    }
    var packed = tape.uninitialized(plan.rows(), rows.columns());
    SequencePlan.gather(tape, rows, plan.sources(), packed);
    return packed;
  }

  /// dL/d(last state), in slots.
  private Tensor end(Variable last, int columns) {
    var slots = tape.zeros(plan.slots(), columns);
    if (last.hasGradient()) {
      if (plan.whole()) {
        tape.backend().arithmetic().accumulate(last.gradient(), slots);
      } else {
        tape.backend().rows().scatterAdd(last.gradient(), plan.endSlots(), 0, slots);
      }
    }
    return slots;
  }

  /// The steps of a window back, for slots `from` to `to`, on the caller's thread.
  void runWindow(int first, int from, int to) {
    for (int s = first + layer.windowSteps(first) - 1; s >= first; s--) {
      int count = Math.min(to, plan.active(s)) - from;
      if (count > 0) {
        stepBack(first, s, from, count);
      }
    }
  }

  private void stepBack(int first, int s, int from, int count) {
    int row = plan.offset(s) + from;
    var c = layer.c;
    var zStep = layer.zRows(first, s, from, count);
    var dcStep = dc == null ? null : dc.rows(from, count);
    if (dcells != null) {
      tape.backend().arithmetic().accumulate(dcells.rows(row, count), dcStep);
    }
    var dhStep = dh.rows(row, count);
    var carriedStep = carried.rows(from, count);
    if (layer.observer != null) {
      layer.observer.backward(row, dhStep, carriedStep);
    }
    recurrence.backward(
        tape,
        new Step(
            zStep,
            layer.h.rows(plan.stateBefore(s) + from, count),
            c == null ? null : c.rows(layer.cellBefore(first, s) + from, count),
            layer.h.rows(plan.stateAfter(s) + from, count),
            c == null ? null : c.rows(layer.cellAfter(first, s) + from, count),
            dhStep,
            carriedStep,
            dcStep,
            layer.noise,
            from,
            row),
        s > 0 || layer.initial.h().differentiable());
    recurrence.settle(tape, carriedStep, dcStep);
    if (dxStepByStep) {
      recurrence.input().addBackward(tape, zStep, dx.rows(row, count));
    }
  }

  /// After the steps of a window: dL/dx and the parameters' gradients, on all threads.
  void finishWindow(int first) {
    int at = plan.offset(first);
    int count = plan.rows(first, layer.windowSteps(first));
    var zRows = layer.z.rows(0, count);
    if (dx != null && !dxStepByStep) {
      inputBack(zRows, at, count);
    }
    boolean cells = recurrence.readsCells();
    recurrence.accumulateGradients(
        tape,
        new Rows(
            zRows,
            packedX.rows(at, count),
            statesBefore(layer.h, at, count, 0),
            cells ? statesBefore(layer.c, at, count, first) : null,
            cells ? layer.c.rows(plan.slots(), count) : null));
  }

  private void inputBack(Tensor zRows, int at, int count) {
    if (plan.whole()) {
      recurrence.input().addBackwardParallel(tape, zRows, dx.rows(at, count));
      return;
    }
    // the chains go on from what is there
    var rows = windowOf(plan.sources(), at, count);
    var target = tape.uninitialized(count, recurrence.inputSize);
    SequencePlan.gather(tape, dx, rows, target);
    recurrence.input().addBackwardParallel(tape, zRows, target);
    SequencePlan.scatter(tape, target, rows, dx);
  }

  private Tokens windowOf(Tokens tokens, int at, int count) {
    if (count == tokens.size()) {
      return tokens;
    }
    var part = tape.workspace().tokens(1, count);
    for (int i = 0; i < count; i++) {
      part.set(0, i, tokens.get(at + i));
    }
    return part;
  }

  /// The states before `count` packed rows from `at` on, row by row.
  ///
  /// @param states of the window that begins with step `first`
  private Tensor statesBefore(Tensor states, int at, int count, int first) {
    if (plan.rectangular()) {
      return states.rows(at - plan.offset(first), count);
    }
    var rows = plan.previous(tape, first, at, count);
    var result = tape.uninitialized(count, states.columns());
    SequencePlan.gather(tape, states, rows, result);
    return result;
  }

  /// After the first step: dL/d(initial state).
  void finish() {
    toInitial(layer.initial.h(), carried);
    if (dc != null) {
      toInitial(layer.initial.c(), dc);
    }
  }

  private void toInitial(Variable state, Tensor slots) {
    if (!state.differentiable()) {
      return;
    }
    if (plan.whole()) {
      tape.backend().arithmetic().accumulate(slots, state.gradient());
    } else {
      tape.backend().rows().scatterAdd(slots, plan.starts(), 0, state.gradient());
    }
  }
}
