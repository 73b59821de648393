package dev.rondo.nn;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Threads;
import dev.rondo.tensor.Tensor;

/// One recurrent layer over a whole sequence, as one entry of the tape: the only place where
/// backpropagation through time is written for layers.
///
/// Batch rows are split over the threads for the whole sequence. A thread takes its rows through
/// all steps: the input's product, the recurrent product and the gates of a step follow each other
/// while its pre-activations are in the cache. Where a thread has too few rows for that to be worth
/// it, or the matrices are larger than the cache, the input's product is done for all steps at
/// once. Of an input that was gathered from a smaller table, such as embedded tokens, the table's
/// product is done instead and its rows gathered. The way back runs the same steps in reverse, then
/// one product for each weight matrix over all steps. All of this gives the same bits.
///
/// While recording it keeps, for each step and row, the activated gates, h and c; otherwise the
/// pre-activations of one step, or of up to [#STEPS_AT_ONCE] where the input's product is done for
/// several, and one c.
final class RecurrentLayer {
  /// Steps whose pre-activations are held at once, at most, when nothing is recorded.
  private static final int STEPS_AT_ONCE = 32;

  /// Rows that are enough to keep the multipliers busy while the matrix streams by.
  private static final int ROWS_AT_ONCE = 240;

  /// Rows from which a product of one step keeps the multipliers busy.
  private static final int ROWS_OF_A_STEP = 8;

  /// Bytes of both matrices up to which they stay in the second-level cache from step to step.
  private static final long WEIGHTS_IN_CACHE = 768 << 10;

  /// What a layer gives.
  record Run(Variable output, CellState last) {}

  private final Tape tape;
  private final RecurrentWeights weights;
  private final Variable x;
  private final CellState initial;
  private final int steps;
  private final int batchSize;
  private final int hiddenSize;

  /// Whether the input's product is done step by step.
  private final boolean stepByStep;

  /// `bias + table·weight_ihᵀ` of a gathered input, or null.
  private final Tensor projectedTable;

  /// h₋₁ of every step, then the last h: `[(steps + 1)·batchSize, hiddenSize]`.
  private final Tensor h;

  /// Activated gates, then dL/d(pre-activations): `[steps·batchSize, zColumns]`; when nothing is
  /// recorded, of a few steps only.
  private Tensor z;

  /// As [#h], for c, or of one step when nothing is recorded; null without a cell state.
  private Tensor c;

  private RecurrentLayer(Tape tape, RecurrentWeights weights, Variable x, CellState initial) {
    this.tape = tape;
    this.weights = weights;
    this.x = x;
    this.initial = initial;
    steps = x.value().dimension(0);
    batchSize = x.value().dimension(1);
    hiddenSize = weights.hiddenSize();
    stepByStep =
        batchSize / tape.backend().threads().count() >= ROWS_OF_A_STEP
            && weights.multiplyAdds() * tape.backend().type().bytes() <= WEIGHTS_IN_CACHE;
    h = tape.uninitialized((steps + 1) * batchSize, hiddenSize);
    weights.prepareForward(tape);
    projectedTable = projectedTable();
  }

  private Tensor projectedTable() {
    var gathered = x.gathered();
    if (gathered == null || 2L * gathered.table().rows() > x.value().rows()) {
      return null;
    }
    var result = tape.uninitialized(gathered.table().rows(), weights.zColumns());
    projectRows(gathered.table(), result);
    return result;
  }

  /// Runs the layer over `x` `[steps, batchSize, inputSize]` from `initial`.
  static Run forward(Tape tape, RecurrentWeights weights, Variable x, CellState initial) {
    var variables = weights.variables(tape);
    boolean recorded =
        tape.training()
            && (Tape.anyDifferentiable(x, initial.h(), initial.c())
                || Tape.anyDifferentiable(variables));
    var layer = new RecurrentLayer(tape, weights, x, initial);
    if (recorded) {
      layer.forwardKeepingAll();
    } else {
      layer.forwardKeepingLittle();
    }
    return layer.results(variables);
  }

  private Tensor step(Tensor all, int t, int from, int count) {
    return all.rows(t * batchSize + from, count);
  }

  private void forwardKeepingAll() {
    z = tape.uninitialized(steps * batchSize, weights.zColumns());
    start(h, initial.h());
    if (weights.kind().hasCellState()) {
      c = tape.uninitialized((steps + 1) * batchSize, hiddenSize);
      start(c, initial.c());
    }
    forwardSteps(0, steps, steps, true);
  }

  private void forwardKeepingLittle() {
    start(h, initial.h());
    if (weights.kind().hasCellState()) {
      c = tape.uninitialized(batchSize, hiddenSize);
      start(c, initial.c());
    }
    if (stepByStep || projectedTable != null) {
      z = tape.uninitialized(batchSize, weights.zColumns());
      forwardSteps(0, steps, 1, false);
      return;
    }
    int chunk = Math.min(steps, Math.clamp(ROWS_AT_ONCE / batchSize, 1, STEPS_AT_ONCE));
    z = tape.uninitialized(chunk * batchSize, weights.zColumns());
    for (int first = 0; first < steps; first += chunk) {
      forwardSteps(first, Math.min(chunk, steps - first), chunk, false);
    }
  }

  private void start(Tensor states, Variable state) {
    tape.backend().arithmetic().copy(state.value(), states.rows(0, batchSize));
  }

  /// Steps `first` to `first + stepCount`, whose pre-activations z holds, `zSteps` at a time.
  private void forwardSteps(int first, int stepCount, int zSteps, boolean keepingCells) {
    if (!stepByStep && projectedTable == null) {
      int count = stepCount * batchSize;
      projectRows(x.value().rows(first * batchSize, count), z.rows(0, count));
    }
    overBatch(
        stepCount,
        (from, count) -> {
          for (int t = 0; t < stepCount; t++) {
            var zStep = step(z, t % zSteps, from, count);
            project(first + t, from, count, zStep);
            Tensor cPrevious = null;
            Tensor cNext = null;
            if (c != null) {
              cPrevious = step(c, keepingCells ? t : 0, from, count);
              cNext = step(c, keepingCells ? t + 1 : 0, from, count);
            }
            var hPrevious = step(h, first + t, from, count);
            var hNext = step(h, first + t + 1, from, count);
            recur(zStep, hPrevious, cPrevious, hNext, cNext);
          }
        });
  }

  private void overBatch(int stepCount, Threads.Slice work) {
    long perRow = (long) stepCount * hiddenSize * weights.zColumns();
    tape.backend().parallel().overBatch(batchSize, perRow, work);
  }

  /// `z = bias + input·weight_ihᵀ` of many rows, on all threads.
  private void projectRows(Tensor input, Tensor target) {
    tape.backend()
        .parallel()
        .overRows(
            input.rows(),
            weights.zColumns(),
            (from, count) ->
                weights.project(tape, input.rows(from, count), target.rows(from, count)));
  }

  /// `z = bias + x·weight_ihᵀ` of some rows of one step.
  private void project(int t, int from, int count, Tensor zStep) {
    if (projectedTable != null) {
      int first = t * batchSize + from;
      tape.backend().rows().gather(projectedTable, x.gathered().tokens(), first, zStep);
    } else if (stepByStep) {
      weights.project(tape, step(x.value(), t, from, count), zStep);
    }
  }

  /// The recurrent product and the gates of one step.
  private void recur(Tensor zStep, Tensor hPrevious, Tensor cPrevious, Tensor hNext, Tensor cNext) {
    var backend = tape.backend();
    weights.recur(tape, hPrevious, zStep);
    weights.kind().forward(backend.gates(), zStep, hPrevious, cPrevious, hNext, cNext);
  }

  private Run results(Variable[] variables) {
    var inputs = new Variable[variables.length + 3];
    System.arraycopy(variables, 0, inputs, 0, variables.length);
    inputs[variables.length] = x;
    inputs[variables.length + 1] = initial.h();
    inputs[variables.length + 2] = initial.c();
    var output = variable(h.rows(batchSize, steps * batchSize), inputs, steps);
    var lastH = variable(h.rows(steps * batchSize, batchSize), inputs, 0);
    Variable lastC = null;
    if (c != null) {
      lastC = variable(c.rows(c.rows() - batchSize, batchSize), inputs, 0);
    }
    var run = new Run(output, new CellState(lastH, lastC));
    if (output.differentiable()) {
      if (lastC == null) {
        tape.entry(() -> backward(run), output, lastH);
      } else {
        tape.entry(() -> backward(run), output, lastH, lastC);
      }
    }
    return run;
  }

  private Variable variable(Tensor rows, Variable[] inputs, int leading) {
    var value =
        leading == 0
            ? rows.reshape(batchSize, hiddenSize)
            : rows.reshape(leading, batchSize, hiddenSize);
    return tape.variable(value, () -> tape.zeros(value.shape()), inputs);
  }

  private void backward(Run run) {
    var arithmetic = tape.backend().arithmetic();
    var dh = run.output().gradient();
    var carried = tape.zeros(batchSize, hiddenSize);
    if (run.last().h().hasGradient()) {
      arithmetic.accumulate(run.last().h().gradient(), carried);
    }
    var dc = c == null ? null : tape.zeros(batchSize, hiddenSize);
    if (dc != null && run.last().c().hasGradient()) {
      arithmetic.accumulate(run.last().c().gradient(), dc);
    }
    weights.prepareBackward(tape);
    Tensor dx = null;
    if (x.differentiable()) {
      dx = x.gradient();
      weights.inputBackward(tape);
    }
    var dxSteps = stepByStep ? dx : null;
    overBatch(
        steps,
        (from, count) -> {
          for (int t = steps - 1; t >= 0; t--) {
            backwardStep(t, from, count, dh, carried.rows(from, count), dc);
            if (dxSteps != null) {
              var dz = weights.inputPart(step(z, t, from, count));
              var target = step(dxSteps, t, from, count);
              tape.backend().gemm().multiply(dz, weights.inputBackward(tape), target);
            }
          }
        });
    if (dx != null && !stepByStep) {
      tape.backend().parallel().multiply(weights.inputPart(z), weights.inputBackward(tape), dx);
    }
    finish(carried, dc);
  }

  private void backwardStep(int t, int from, int count, Tensor dh, Tensor carried, Tensor dc) {
    var backend = tape.backend();
    var zStep = step(z, t, from, count);
    weights
        .kind()
        .backward(
            backend.gates(),
            zStep,
            step(h, t, from, count),
            c == null ? null : step(c, t, from, count),
            step(h, t + 1, from, count),
            c == null ? null : step(c, t + 1, from, count),
            step(dh, t, from, count),
            carried,
            dc == null ? null : dc.rows(from, count));
    if (t > 0 || initial.h().differentiable()) {
      weights.carry(tape, zStep, carried);
    }
  }

  private void finish(Tensor carried, Tensor dc) {
    var backend = tape.backend();
    if (initial.h().differentiable()) {
      backend.arithmetic().accumulate(carried, initial.h().gradient());
    }
    if (dc != null && initial.c().differentiable()) {
      backend.arithmetic().accumulate(dc, initial.c().gradient());
    }
    weights.accumulateGradients(tape, z, x.value(), h.rows(0, steps * batchSize));
  }
}
