package dev.rondo.nn;

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
  private final RecurrentWeights weights;

  RecurrentCell(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    weights = new RecurrentWeights(options, options.inputSize(), "", parameters, random);
  }

  /// Features of the input.
  public int inputSize() {
    return weights.inputSize();
  }

  /// Units.
  public int hiddenSize() {
    return weights.hiddenSize();
  }

  /// A zero state on the tape.
  public CellState zeroState(Tape tape, int batchSize) {
    var h = tape.constant(tape.zeros(batchSize, hiddenSize()));
    boolean hasCellState = weights.kind().hasCellState();
    return new CellState(
        h, hasCellState ? tape.constant(tape.zeros(batchSize, hiddenSize())) : null);
  }

  /// A zero state in the caller's memory.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator, ElementType type) {
    return new RecurrentState(
        allocator, type, weights.kind().hasCellState(), 1, batchSize, hiddenSize());
  }

  /// One step.
  ///
  /// @param x [batchSize, inputSize]
  /// @param state h and c of the step before, [batchSize, hiddenSize]
  /// @return h and c of this step
  /// @throws IllegalArgumentException if a shape does not fit
  public CellState step(Tape tape, Variable x, CellState state) {
    int batchSize = x.value().rows();
    requireShape("x", x, batchSize, inputSize());
    requireShape("h", state.h(), batchSize, hiddenSize());
    boolean hasCellState = weights.kind().hasCellState();
    if (hasCellState) {
      requireShape("c", state.c(), batchSize, hiddenSize());
    }
    var backend = tape.backend();
    var z = tape.uninitialized(batchSize, weights.zColumns());
    weights.prepareForward(tape);
    backend
        .parallel()
        .overBatch(
            batchSize,
            weights.multiplyAdds(),
            (from, count) -> {
              var zRows = z.rows(from, count);
              weights.project(tape, x.value().rows(from, count), zRows);
              weights.recur(tape, state.h().value().rows(from, count), zRows);
            });
    var h = tape.uninitialized(batchSize, hiddenSize());
    var c = hasCellState ? tape.uninitialized(batchSize, hiddenSize()) : null;
    var cPrevious = hasCellState ? state.c().value() : null;
    weights.kind().forward(backend.gates(), z, state.h().value(), cPrevious, h, c);
    return record(tape, new Step(x, state, z, h, c));
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
  private record Step(Variable x, CellState state, Tensor z, Tensor h, Tensor c) {}

  /// The steps of one cell on one tape that a gradient reached, the last first.
  private static final class Steps {
    final List<Step> reached = new ArrayList<>();
  }

  private CellState record(Tape tape, Step step) {
    var parameters = weights.variables(tape);
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
    var carried = tape.zeros(step.h.rows(), hiddenSize());
    var dc = step.c == null ? null : next.c().gradient();
    weights
        .kind()
        .backward(
            backend.gates(),
            step.z,
            step.state.h().value(),
            step.c == null ? null : step.state.c().value(),
            step.h,
            step.c,
            next.h().gradient(),
            carried,
            dc);
    if (step.state.h().differentiable()) {
      weights.prepareBackward(tape);
      backend
          .parallel()
          .overBatch(
              carried.rows(),
              weights.multiplyAdds(),
              (from, count) ->
                  weights.carry(tape, step.z.rows(from, count), carried.rows(from, count)));
      backend.arithmetic().accumulate(carried, step.state.h().gradient());
    }
    if (dc != null && step.state.c().differentiable()) {
      backend.arithmetic().accumulate(dc, step.state.c().gradient());
    }
    if (step.x.differentiable()) {
      backend
          .parallel()
          .multiply(weights.inputPart(step.z), weights.inputBackward(tape), step.x.gradient());
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
    var dz = tape.uninitialized(rows, weights.zColumns());
    var x = tape.uninitialized(rows, inputSize());
    var hPrevious = tape.uninitialized(rows, hiddenSize());
    int at = 0;
    for (var step : steps.reached.reversed()) {
      int count = step.h.rows();
      arithmetic.copy(step.z, dz.rows(at, count));
      arithmetic.copy(step.x.value(), x.rows(at, count));
      arithmetic.copy(step.state.h().value(), hPrevious.rows(at, count));
      at += count;
    }
    weights.accumulateGradients(tape, dz, x, hPrevious);
  }
}
