package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// Backpropagation through time for one direction of one recurrent layer: the steps of
/// [RecurrentLayer] in reverse, then one product for each weight matrix over all of them.
final class LayerGradient {
  private final RecurrentLayer layer;
  private final Tape tape;
  private final KernelRecurrence recurrence;
  private final SequencePlan plan;
  private final Tensor packedX;

  /// dL/dh of every packed row through the output.
  private final Tensor dh;

  /// dL/dc of every packed row through the cell states that were asked for; null without.
  private final Tensor dcells;

  /// dL/dh of every slot through the next step.
  private final Tensor carried;

  /// dL/dc of every slot through the next step; null without a cell state.
  private final Tensor dc;

  /// Null if no gradient of the input is wanted.
  private final Tensor dx;

  private final boolean dxStepByStep;

  /// Starts before the last step.
  ///
  /// @param alone true if no other direction adds to dL/dx at the same time
  LayerGradient(RecurrentLayer layer, LayerPass.Result result, boolean alone) {
    this.layer = layer;
    tape = layer.tape;
    recurrence = layer.recurrence;
    plan = layer.plan;
    dh = plan.packed(tape, result.output().gradient());
    var cells = result.cells();
    dcells = cells != null && cells.hasGradient() ? plan.packed(tape, cells.gradient()) : null;
    carried = end(result.last().h(), recurrence.stateSize());
    dc = recurrence.hasCellState() ? end(result.last().c(), recurrence.hiddenSize) : null;
    recurrence.prepareBackward(tape);
    boolean wanted = layer.x.differentiable();
    dxStepByStep = wanted && alone && plan.whole() && layer.input.stepByStep();
    dx = wanted ? layer.x.gradient() : null;
    if (wanted) {
      recurrence.input().backward(tape);
    }
    packedX = layer.input.packed();
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

  /// The steps of a window in reverse, for slots `from` to `to`, on the caller's thread.
  void runWindow(int first, int from, int to) {
    for (int s = layer.kept.windowEnd(first) - 1; s >= first; s--) {
      int count = Math.min(to, plan.active(s)) - from;
      if (count > 0) {
        var step = layer.kept.at(first, s, from, count);
        backward(step, gradientsOf(step, count), s > 0 || layer.initial.h().differentiable());
      }
    }
  }

  private Step.Gradients gradientsOf(Step step, int count) {
    return new Step.Gradients(
        dh.rows(step.row(), count),
        carried.rows(step.slot(), count),
        dc == null ? null : dc.rows(step.slot(), count));
  }

  private void backward(Step step, Step.Gradients gradients, boolean toState) {
    int count = step.z().rows();
    if (dcells != null) {
      var ofStep = dcells.rows(step.row(), count);
      tape.backend().arithmetic().accumulate(ofStep, gradients.dc());
    }
    if (layer.observer != null) {
      layer.observer.backward(step.row(), gradients.dh(), gradients.carried());
    }
    recurrence.backward(tape, step, gradients, toState);
    recurrence.settle(tape, gradients);
    if (dxStepByStep) {
      recurrence.input().addBackward(tape, step.z(), dx.rows(step.row(), count));
    }
  }

  /// Called after the steps of a window: adds dL/dx and the parameters' gradients, on all threads.
  void finishWindow(int first) {
    var rows = layer.kept.windowRows(first, packedX);
    if (dx != null && !dxStepByStep) {
      inputBackward(rows.z(), plan.offset(first));
    }
    recurrence.accumulateGradients(tape, rows);
  }

  private void inputBackward(Tensor z, int at) {
    int count = z.rows();
    if (plan.whole()) {
      recurrence.input().addBackwardParallel(tape, z, dx.rows(at, count));
      return;
    }
    // the chains continue from the present values
    var rows = part(plan.sources(), at, count);
    var target = tape.uninitialized(count, recurrence.inputSize);
    SequencePlan.gather(tape, dx, rows, target);
    recurrence.input().addBackwardParallel(tape, z, target);
    SequencePlan.scatter(tape, target, rows, dx);
  }

  private Tokens part(Tokens tokens, int at, int count) {
    if (count == tokens.size()) {
      return tokens;
    }
    var part = tape.workspace().tokens(1, count);
    for (int i = 0; i < count; i++) {
      part.set(0, i, tokens.get(at + i));
    }
    return part;
  }

  /// Called after the first step: adds dL/d(initial state).
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
