package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/// One recurrent layer that the caller steps, as a decoder does: attention, sampling or anything
/// else may happen between steps.
///
/// Steps on one tape share the packed weights. Their weight gradients are added at the end of the
/// backward pass in one product over all steps, in forward order, so they have the bits of a whole
/// layer's.
public final class RecurrentCell {
  private final RecurrentOptions options;
  private final Recurrence recurrence;

  RecurrentCell(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    this.options = options;
    var place = new Recurrence.Place(parameters, "", random);
    recurrence = Recurrence.of(options, options.inputSize(), place);
  }

  /// Features of the input.
  public int inputSize() {
    return recurrence.inputSize;
  }

  /// Units.
  public int hiddenSize() {
    return recurrence.hiddenSize;
  }

  /// Columns of h: [#hiddenSize], less with a projection.
  public int stateSize() {
    return recurrence.stateSize();
  }

  /// A zero state on the tape.
  public CellState zeroState(Tape tape, int batchSize) {
    var h = tape.constant(tape.zeros(batchSize, stateSize()));
    Variable c = null;
    if (recurrence.hasCellState()) {
      c = tape.constant(tape.zeros(batchSize, hiddenSize()));
    }
    return new CellState(h, c);
  }

  /// A zero state in the caller's memory.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator, ElementType type) {
    return new RecurrentState(allocator, type, options, batchSize);
  }

  /// One step.
  ///
  /// @param x [batchSize, inputSize]
  /// @param state h [batchSize, stateSize] and c [batchSize, hiddenSize] of the step before
  /// @return h and c of this step
  /// @throws IllegalArgumentException if a shape does not fit
  public CellState step(Tape tape, Variable x, CellState state) {
    int batchSize = x.value().rows();
    requireShape("x", x, batchSize, inputSize());
    requireShape("h", state.h(), batchSize, stateSize());
    boolean hasCellState = recurrence.hasCellState();
    if (hasCellState) {
      requireShape("c", state.c(), batchSize, hiddenSize());
    }
    var z = tape.uninitialized(batchSize, recurrence.zColumns());
    var h = tape.uninitialized(batchSize, stateSize());
    var c = hasCellState ? tape.uninitialized(batchSize, hiddenSize()) : null;
    recurrence.prepareForward(tape, batchSize);
    var observer = Observers.begin(tape, () -> RecurrentPass.ofCell(recurrence, batchSize));
    var step = new Step(x, state, z, h, c, recurrence.noise(tape, batchSize), observer);
    tape.backend()
        .parallel()
        .overBatch(
            batchSize,
            recurrence.multiplyAdds(),
            (from, count) -> {
              recurrence.project(tape, x.value().rows(from, count), z.rows(from, count));
              recurrence.forward(tape, step.rows(from, count, null, null, null));
            });
    if (observer != null) {
      observer.forward(0, z, h, c);
    }
    return record(tape, step);
  }

  private static void requireShape(String name, Variable variable, int rows, int columns) {
    if (variable == null) {
      throw new IllegalArgumentException(
          "%s is missing, expected [%d, %d]".formatted(name, rows, columns));
    }
    if (variable.value().rows() != rows || variable.value().columns() != columns) {
      throw new IllegalArgumentException(
          "%s is %s, expected [%d, %d]".formatted(name, variable, rows, columns));
    }
  }

  /// What one step keeps for the way back; `z` becomes dL/d(pre-activations) there.
  ///
  /// @param observer null if nobody looks
  private record Step(
      Variable x,
      CellState state,
      Tensor z,
      Tensor h,
      Tensor c,
      Recurrence.Noise noise,
      RecurrentObserver.Rows observer) {
    /// Some rows of it, with their gradients on the way back.
    Recurrence.Step rows(int from, int count, Tensor dh, Tensor carried, Tensor dc) {
      return new Recurrence.Step(
          z.rows(from, count),
          state.h().value().rows(from, count),
          c == null ? null : state.c().value().rows(from, count),
          h.rows(from, count),
          c == null ? null : c.rows(from, count),
          dh == null ? null : dh.rows(from, count),
          carried == null ? null : carried.rows(from, count),
          dc == null ? null : dc.rows(from, count),
          noise,
          from,
          from);
    }
  }

  /// The steps of one cell on one tape that a gradient reached, the last first.
  private static final class Steps {
    final List<Step> reached = new ArrayList<>();
  }

  private CellState record(Tape tape, Step step) {
    var parameters = recurrence.variables(tape);
    var inputs = new Variable[parameters.length + 3];
    System.arraycopy(parameters, 0, inputs, 0, parameters.length);
    inputs[parameters.length] = step.x;
    inputs[parameters.length + 1] = step.state.h();
    inputs[parameters.length + 2] = step.state.c();
    var h = tape.variable(step.h, () -> tape.zeros(step.h.shape()), inputs);
    Variable c =
        step.c == null ? null : tape.variable(step.c, () -> tape.zeros(step.c.shape()), inputs);
    var next = new CellState(h, c);
    if (h.differentiable()) {
      var steps =
          tape.shared(
              this,
              Steps.class,
              () -> {
                var made = new Steps();
                tape.afterBackward(() -> accumulateGradients(tape, made));
                return made;
              });
      Runnable backward = () -> backward(tape, steps, step, next);
      if (c == null) {
        tape.entry(backward, h);
      } else {
        tape.entry(backward, h, c);
      }
    }
    return next;
  }

  private void backward(Tape tape, Steps steps, Step step, CellState next) {
    var backend = tape.backend();
    var dh = next.h().gradient();
    var carried = tape.zeros(step.h.rows(), stateSize());
    var dc = step.c == null ? null : next.c().gradient();
    boolean toState = step.state.h().differentiable();
    if (step.observer != null) {
      step.observer.backward(0, dh, carried);
    }
    recurrence.prepareBackward(tape);
    backend
        .parallel()
        .overBatch(
            carried.rows(),
            recurrence.multiplyAdds(),
            (from, count) ->
                recurrence.backward(tape, step.rows(from, count, dh, carried, dc), toState));
    recurrence.settle(tape, carried, dc);
    if (toState) {
      backend.arithmetic().accumulate(carried, step.state.h().gradient());
    }
    if (dc != null && step.state.c().differentiable()) {
      backend.arithmetic().accumulate(dc, step.state.c().gradient());
    }
    if (step.x.differentiable()) {
      recurrence.input().addBackwardParallel(tape, step.z, step.x.gradient());
    }
    steps.reached.add(step);
  }

  /// One product a matrix, over the rows of all steps that a gradient reached, in forward order.
  private void accumulateGradients(Tape tape, Steps steps) {
    int rows = 0;
    for (var step : steps.reached) {
      rows += step.h.rows();
    }
    if (rows == 0) {
      return;
    }
    var arithmetic = tape.backend().arithmetic();
    var z = tape.uninitialized(rows, recurrence.zColumns());
    var x = tape.uninitialized(rows, inputSize());
    var hPrevious = tape.uninitialized(rows, stateSize());
    boolean cells = recurrence.readsCells();
    var cPrevious = cells ? tape.uninitialized(rows, hiddenSize()) : null;
    var c = cells ? tape.uninitialized(rows, hiddenSize()) : null;
    int at = 0;
    for (var step : steps.reached.reversed()) {
      int count = step.h.rows();
      arithmetic.copy(step.z, z.rows(at, count));
      arithmetic.copy(step.x.value(), x.rows(at, count));
      arithmetic.copy(step.state.h().value(), hPrevious.rows(at, count));
      if (cells) {
        arithmetic.copy(step.state.c().value(), cPrevious.rows(at, count));
        arithmetic.copy(step.c, c.rows(at, count));
      }
      at += count;
    }
    recurrence.accumulateGradients(tape, new Recurrence.Rows(z, x, hPrevious, cPrevious, c));
  }
}
