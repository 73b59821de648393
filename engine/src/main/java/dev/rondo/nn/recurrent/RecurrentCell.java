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

/// One recurrent layer that the caller runs step by step, as a decoder does: attention, sampling or
/// anything else may happen between steps.
///
/// Steps on one tape share the packed weights. Their weight gradients are added at the end of the
/// backward pass in one product over all steps, in forward order, so they have the same bits as
/// those of a whole layer.
public final class RecurrentCell {
  private final Recurrence recurrence;

  RecurrentCell(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    recurrence =
        options
            .cell()
            .recurrence(
                new RecurrencePlace(
                    parameters,
                    "",
                    options.inputSize(),
                    options.hiddenSize(),
                    options.regularization(),
                    options.initialization(),
                    random));
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
    return new CellState(
        recurrence.states.stream()
            .map(part -> tape.constant(tape.zeros(batchSize, part.columns())))
            .toList());
  }

  /// A zero state in the caller's memory.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator, ElementType type) {
    return new RecurrentState(allocator, type, List.of(recurrence.states), batchSize);
  }

  /// Computes one step.
  ///
  /// @param x [batchSize, inputSize]
  /// @param state of the previous step: h [batchSize, stateSize] and, where there is one, c
  ///   [batchSize, hiddenSize]
  /// @return the state after the step
  /// @throws IllegalArgumentException if a shape does not fit
  public CellState step(Tape tape, Variable x, CellState state) {
    int batchSize = x.value().rows();
    if (x.value().columns() != inputSize()) {
      throw new IllegalArgumentException(
          "x is %s, expected [%d, %d]".formatted(x, batchSize, inputSize()));
    }
    StackShapes.requireParts(state, recurrence.states, batchSize);
    return switch (recurrence) {
      case KernelRecurrence kernels -> new KernelSteps(tape, kernels).step(x, state);
      default -> stepOnTape(tape, x, state);
    };
  }

  private CellState stepOnTape(Tape tape, Variable x, CellState state) {
    int rows = x.value().rows();
    var observer = Observers.begin(tape, () -> RecurrentPass.ofCell(recurrence, rows));
    var next = recurrence.step(tape, x, state);
    if (observer != null) {
      TapeLayer.observe(tape, observer, 0, next);
    }
    return next;
  }

  /// Steps computed with kernels; the backward pass of each is one entry of the tape.
  ///
  /// @param recurrence of the cell
  private record KernelSteps(Tape tape, KernelRecurrence recurrence) {
    /// The values that one step keeps for its backward pass.
    ///
    /// @param observer null if there is none
    private record Taken(
        Variable x, CellState state, Step whole, RecurrentObserver.PassObserver observer) {
      /// Some rows of the step.
      Step rows(int from, int count) {
        return new Step(
            whole.z().rows(from, count),
            part(whole.scratch(), from, count),
            whole.hPrevious().rows(from, count),
            part(whole.cPrevious(), from, count),
            whole.h().rows(from, count),
            part(whole.c(), from, count),
            whole.noise(),
            from,
            from);
      }

      int rows() {
        return whole.h().rows();
      }
    }

    private static Tensor part(Tensor tensor, int from, int count) {
      return tensor == null ? null : tensor.rows(from, count);
    }

    /// The steps on one tape that received a gradient, the last one first.
    private static final class Reached {
      private final List<Taken> steps = new ArrayList<>();
    }

    CellState step(Variable x, CellState state) {
      int rows = x.value().rows();
      boolean hasCellState = recurrence.hasCellState();
      recurrence.prepareForward(tape);
      var observer = Observers.begin(tape, () -> RecurrentPass.ofCell(recurrence, rows));
      var whole =
          new Step(
              tape.uninitialized(rows, recurrence.zColumns()),
              recurrence.scratch(tape, rows),
              state.h().value(),
              hasCellState ? state.c().value() : null,
              tape.uninitialized(rows, recurrence.stateSize()),
              hasCellState ? tape.uninitialized(rows, recurrence.hiddenSize) : null,
              recurrence.noise(tape, rows),
              0,
              0);
      var taken = new Taken(x, state, whole, observer);
      tape.backend()
          .parallel()
          .overBatch(
              rows,
              recurrence.multiplyAdds(),
              (from, count) -> {
                var step = taken.rows(from, count);
                recurrence.project(tape, x.value().rows(from, count), step.z());
                recurrence.forward(tape, step);
              });
      if (observer != null) {
        observer.forward(0, whole.z(), whole.h(), whole.c());
      }
      return record(taken);
    }

    private CellState record(Taken taken) {
      var inputs = new ArrayList<Variable>(List.of(recurrence.variables(tape)));
      inputs.add(taken.x);
      inputs.addAll(taken.state.parts());
      var all = inputs.toArray(Variable[]::new);
      var h = variable(taken.whole.h(), all);
      var next =
          taken.whole.c() == null
              ? new CellState(h)
              : new CellState(h, variable(taken.whole.c(), all));
      if (h.differentiable()) {
        var reached =
            tape.shared(
                recurrence,
                Reached.class,
                () -> {
                  var made = new Reached();
                  tape.afterBackward(() -> accumulateGradients(made.steps));
                  return made;
                });
        tape.entry(() -> backward(reached, taken, next), next.parts().toArray(Variable[]::new));
      }
      return next;
    }

    private Variable variable(Tensor value, Variable[] inputs) {
      return tape.variable(value, () -> tape.zeros(value.shape()), inputs);
    }

    private void backward(Reached reached, Taken taken, CellState next) {
      var backend = tape.backend();
      var gradients =
          new Step.Gradients(
              next.h().gradient(),
              tape.zeros(taken.rows(), recurrence.stateSize()),
              next.c() == null ? null : next.c().gradient());
      boolean toState = taken.state.h().differentiable();
      if (taken.observer != null) {
        taken.observer.backward(0, gradients.dh(), gradients.carried());
      }
      recurrence.prepareBackward(tape);
      backend
          .parallel()
          .overBatch(
              taken.rows(),
              recurrence.multiplyAdds(),
              (from, count) -> {
                var ofRows =
                    new Step.Gradients(
                        gradients.dh().rows(from, count),
                        gradients.carried().rows(from, count),
                        part(gradients.dc(), from, count));
                recurrence.backward(tape, taken.rows(from, count), ofRows, toState);
              });
      recurrence.settle(tape, gradients);
      if (toState) {
        backend.arithmetic().accumulate(gradients.carried(), taken.state.h().gradient());
      }
      if (gradients.dc() != null && taken.state.c().differentiable()) {
        backend.arithmetic().accumulate(gradients.dc(), taken.state.c().gradient());
      }
      if (taken.x.differentiable()) {
        recurrence.input().addBackwardParallel(tape, taken.whole.z(), taken.x.gradient());
      }
      reached.steps.add(taken);
    }

    /// One product for each matrix, over all rows that received a gradient, in forward order.
    private void accumulateGradients(List<Taken> reached) {
      int rows = reached.stream().mapToInt(Taken::rows).sum();
      if (rows == 0) {
        return;
      }
      var arithmetic = tape.backend().arithmetic();
      var z = tape.uninitialized(rows, recurrence.zColumns());
      var x = tape.uninitialized(rows, recurrence.inputSize);
      var hPrevious = tape.uninitialized(rows, recurrence.stateSize());
      boolean cells = recurrence.readsCells();
      var cPrevious = cells ? tape.uninitialized(rows, recurrence.hiddenSize) : null;
      var c = cells ? tape.uninitialized(rows, recurrence.hiddenSize) : null;
      int at = 0;
      for (var taken : reached.reversed()) {
        int count = taken.rows();
        var step = taken.whole;
        arithmetic.copy(step.z(), z.rows(at, count));
        arithmetic.copy(taken.x.value(), x.rows(at, count));
        arithmetic.copy(step.hPrevious(), hPrevious.rows(at, count));
        if (cells) {
          arithmetic.copy(step.cPrevious(), cPrevious.rows(at, count));
          arithmetic.copy(step.c(), c.rows(at, count));
        }
        at += count;
      }
      recurrence.accumulateGradients(tape, new Step.All(z, x, hPrevious, cPrevious, c));
    }
  }
}
