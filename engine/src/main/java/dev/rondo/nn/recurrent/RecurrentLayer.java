package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.recurrent.Recurrence.Step;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// One direction of one recurrent layer over a whole sequence: the only place where backpropagation
/// through time is written for layers. [LayerPass] runs one or two of them as one entry of the
/// tape.
///
/// Steps are taken in the order of a [SequencePlan]. The input's product is done step by step,
/// while the pre-activations are in the cache, or, where a thread has too few rows for that to be
/// worth it or the matrices are larger than the cache, for many steps at once. Of an input that was
/// gathered from a smaller table, such as embedded tokens, the table's product is done instead and
/// its rows gathered. The way back runs the same steps in reverse, then one product for each weight
/// matrix over all steps. All of this gives the same bits.
///
/// While recording it keeps, for each step and row, the activated gates, h and c. With
/// recomputation it keeps h, and c at the start of every so many steps, and runs those again on the
/// way back. Otherwise it holds the pre-activations of one step, or of up to [#STEPS_AT_ONCE] where
/// the input's product is done for several, and one c.
final class RecurrentLayer {
  /// Steps whose pre-activations are held at once, at most, when nothing is recorded.
  private static final int STEPS_AT_ONCE = 32;

  /// Rows that are enough to keep the multipliers busy while the matrix streams by.
  private static final int ROWS_AT_ONCE = 240;

  /// Rows from which a product of one step keeps the multipliers busy.
  private static final int ROWS_OF_A_STEP = 8;

  /// Bytes of both matrices up to which they stay in the second-level cache from step to step.
  private static final long WEIGHTS_IN_CACHE = 768 << 10;

  /// What is kept of a pass.
  enum Keep {
    /// Nothing but the output and the last state.
    LITTLE,
    /// What the way back needs to run the steps again.
    TO_RECOMPUTE,
    /// What the way back reads.
    ALL
  }

  final Tape tape;
  final Recurrence recurrence;
  final Variable x;
  final CellState initial;
  final SequencePlan plan;
  private final Keep keep;
  private final int batchSize;
  final boolean stepByStep;
  final Recurrence.Noise noise;

  /// Is shown every step; null if nobody looks.
  final RecurrentObserver.Rows observer;

  /// Steps that are run between two looks at the input: those whose pre-activations are held.
  private final int window;

  /// The input's rows in packed order; null as long as the table is enough.
  private Tensor packedX;

  /// `bias + table·weight_ihᵀ` of a gathered input, or null, and the row of each packed row.
  private final Tensor projectedTable;

  private final Tokens tableRows;

  /// h before step 0 of every slot, then h of every packed row: `[slots + rows, stateSize]`.
  final Tensor h;

  /// Activated gates, then dL/d(pre-activations), of one window or one step.
  Tensor z;

  /// c as [#h], of one window, or of one step where it is overwritten; null without a cell state.
  Tensor c;

  /// c at the start of every window, where windows are run again.
  private Tensor[] cStarts;

  private RecurrentLayer(
      Tape tape,
      Recurrence recurrence,
      Variable x,
      CellState initial,
      SequencePlan plan,
      Keep keep,
      int recomputed,
      int threads) {
    this.tape = tape;
    this.recurrence = recurrence;
    this.x = x;
    this.initial = initial;
    this.plan = plan;
    this.keep = keep;
    batchSize = x.value().dimension(1);
    stepByStep =
        plan.slots() / threads >= ROWS_OF_A_STEP
            && recurrence.multiplyAdds() * tape.backend().type().bytes() <= WEIGHTS_IN_CACHE;
    h = tape.uninitialized(plan.slots() + plan.rows(), recurrence.stateSize());
    recurrence.prepareForward(tape, plan.slots());
    noise = noise();
    tableRows = tableRows();
    projectedTable = tableRows == null ? null : projectedTable();
    if (projectedTable == null) {
      packedX = packedInput();
    }
    window = window(recomputed);
    observer =
        Observers.begin(
            tape, () -> RecurrentPass.ofLayer(recurrence, plan, x.value().dimension(0), batchSize));
  }

  /// What is left out: of a state, the same units of a row in all its slots and passes.
  private Recurrence.Noise noise() {
    var drawn = recurrence.noise(tape, batchSize);
    if (drawn == null || drawn.stateMask() == null || plan.whole()) {
      return drawn;
    }
    var mask = tape.uninitialized(plan.slots(), recurrence.stateSize());
    tape.backend().rows().gather(drawn.stateMask(), plan.slotRows(), 0, mask);
    return new Recurrence.Noise(drawn.key(), drawn.counter(), mask);
  }

  /// @param keep what is kept of the pass
  /// @param recomputed steps of a window that is run again, where that is what is kept
  /// @param threads that share this direction's slots
  static RecurrentLayer of(
      Tape tape,
      Recurrence recurrence,
      Variable x,
      CellState initial,
      SequencePlan plan,
      Keep keep,
      int recomputed,
      int threads) {
    return new RecurrentLayer(tape, recurrence, x, initial, plan, keep, recomputed, threads);
  }

  private int window(int recomputed) {
    int steps = Math.max(plan.steps(), 1);
    return switch (keep) {
      case ALL -> steps;
      case TO_RECOMPUTE -> Math.min(steps, recomputed);
      case LITTLE ->
          projectsStepByStep()
              ? steps
              : Math.min(steps, Math.clamp(ROWS_AT_ONCE / plan.slots(), 1, STEPS_AT_ONCE));
    };
  }

  private boolean projectsStepByStep() {
    return stepByStep || projectedTable != null;
  }

  /// The table's row of each packed row, if the table has at most half as many rows; else null.
  private Tokens tableRows() {
    var gathered = x.gathered();
    if (gathered == null || 2L * gathered.table().rows() > plan.rows()) {
      return null;
    }
    var tokens = gathered.tokens();
    if (!plan.whole()) {
      var packed = tape.workspace().tokens(1, plan.rows());
      for (int row = 0; row < plan.rows(); row++) {
        packed.set(0, row, tokens.get(plan.sources().get(row)));
      }
      tokens = packed;
    }
    for (int row = 0; row < plan.rows(); row++) {
      if (tokens.get(row) == Tokens.IGNORED) {
        return null; // a row of zeros is not in the table
      }
    }
    return tokens;
  }

  private Tensor projectedTable() {
    var table = x.gathered().table();
    var result = tape.uninitialized(table.rows(), recurrence.zColumns());
    projectRows(table, result);
    return result;
  }

  private Tensor packedInput() {
    if (plan.whole()) {
      return x.value();
    }
    var packed = tape.uninitialized(plan.rows(), recurrence.inputSize);
    SequencePlan.gather(tape, x.value(), plan.sources(), packed);
    return packed;
  }

  SequencePlan plan() {
    return plan;
  }

  Recurrence recurrence() {
    return recurrence;
  }

  int window() {
    return window;
  }

  /// Multiply-adds of all steps.
  long multiplyAdds() {
    return plan.rows() * recurrence.multiplyAdds();
  }

  /// Before the first step.
  void start() {
    begin(initial.h().value(), h);
    if (!recurrence.hasCellState()) {
      allocateZ();
      return;
    }
    boolean all = keep == Keep.ALL;
    c = tape.uninitialized(plan.slots() + (all ? plan.rows() : 0), recurrence.hiddenSize);
    begin(initial.c().value(), c);
    if (keep == Keep.TO_RECOMPUTE) {
      cStarts = new Tensor[Math.ceilDiv(Math.max(plan.steps(), 1), window)];
    }
    allocateZ();
  }

  private void allocateZ() {
    boolean oneStep = keep == Keep.LITTLE && projectsStepByStep();
    int rows = oneStep ? plan.slots() : largestWindow();
    z = tape.uninitialized(rows, recurrence.zColumns());
  }

  private int largestWindow() {
    int largest = 0;
    for (int first = 0; first < plan.steps(); first += window) {
      largest = Math.max(largest, plan.rows(first, windowSteps(first)));
    }
    return largest;
  }

  private void begin(Tensor state, Tensor states) {
    var target = states.rows(0, plan.slots());
    if (plan.whole()) {
      tape.backend().arithmetic().copy(state, target);
    } else {
      tape.backend().rows().gather(state, plan.starts(), 0, target);
    }
  }

  /// The steps of the window that begins with step `first`.
  int windowSteps(int first) {
    return Math.min(window, plan.steps() - first);
  }

  /// Before the steps of a window: its start is kept, its input's product done, on all threads.
  void startWindow(int first) {
    if (cStarts != null) {
      var start = tape.uninitialized(plan.slots(), recurrence.hiddenSize);
      tape.backend().arithmetic().copy(c, start);
      cStarts[first / window] = start;
    }
    projectWindow(first);
  }

  private void projectWindow(int first) {
    if (!projectsStepByStep()) {
      int count = plan.rows(first, windowSteps(first));
      projectRows(packedX.rows(plan.offset(first), count), z.rows(0, count));
    }
  }

  /// `z = bias + input·weight_ihᵀ` of many rows, on all threads.
  private void projectRows(Tensor input, Tensor target) {
    tape.backend()
        .parallel()
        .overRows(
            input.rows(),
            recurrence.zColumns(),
            (from, count) ->
                recurrence.project(tape, input.rows(from, count), target.rows(from, count)));
  }

  /// The steps of the window that begins with `first`, for slots `from` to `to`, on the caller's
  /// thread.
  void runWindow(int first, int from, int to) {
    runWindow(first, from, to, c, keep == Keep.ALL, observer);
  }

  private void runWindow(
      int first,
      int from,
      int to,
      Tensor cells,
      boolean keepingCells,
      RecurrentObserver.Rows shown) {
    for (int s = first; s < first + windowSteps(first); s++) {
      int count = Math.min(to, plan.active(s)) - from;
      if (count <= 0) {
        return; // slots are ordered by length
      }
      var zStep = zRows(first, s, from, count);
      projectStep(s, from, zStep);
      Tensor cPrevious = null;
      Tensor cNext = null;
      if (cells != null) {
        cPrevious = cells.rows(keepingCells ? cellBefore(first, s) + from : from, count);
        cNext = cells.rows(keepingCells ? cellAfter(first, s) + from : from, count);
      }
      var hNext = h.rows(plan.stateAfter(s) + from, count);
      recurrence.forward(
          tape,
          new Step(
              zStep,
              h.rows(plan.stateBefore(s) + from, count),
              cPrevious,
              hNext,
              cNext,
              null,
              null,
              null,
              noise,
              from,
              plan.offset(s) + from));
      if (shown != null) {
        shown.forward(plan.offset(s) + from, zStep, hNext, cNext);
      }
    }
  }

  Tensor zRows(int first, int s, int from, int count) {
    boolean oneStep = keep == Keep.LITTLE && projectsStepByStep();
    return z.rows((oneStep ? 0 : plan.offset(s) - plan.offset(first)) + from, count);
  }

  /// Where the cells of a window that begins with `first` hold those before step `s`.
  int cellBefore(int first, int s) {
    return s == first ? 0 : cellAfter(first, s - 1);
  }

  int cellAfter(int first, int s) {
    return plan.slots() + plan.offset(s) - plan.offset(first);
  }

  /// `z = bias + x·weight_ihᵀ` of some rows of one step.
  private void projectStep(int s, int from, Tensor zStep) {
    int row = plan.offset(s) + from;
    if (projectedTable != null) {
      tape.backend().rows().gather(projectedTable, tableRows, row, zStep);
    } else if (stepByStep) {
      recurrence.project(tape, packedX.rows(row, zStep.rows()), zStep);
    }
  }

  /// h of every step, `[steps, batchSize, stateSize]`, 0 where a step is not real.
  Tensor output() {
    return inTime(h);
  }

  /// c of every step, `[steps, batchSize, hiddenSize]`, if all is kept.
  Tensor cells() {
    return inTime(c);
  }

  private Tensor inTime(Tensor states) {
    int steps = x.value().dimension(0);
    int columns = states.columns();
    var rows = states.rows(plan.slots(), plan.rows());
    if (plan.whole()) {
      return rows.reshape(steps, batchSize, columns);
    }
    var result =
        plan.rows() == steps * batchSize
            ? tape.uninitialized(steps, batchSize, columns)
            : tape.zeros(steps, batchSize, columns);
    SequencePlan.scatter(tape, rows, plan.sources(), result);
    return result;
  }

  /// The last h, `[batchSize, stateSize]`.
  Tensor lastH() {
    return last(h, true);
  }

  /// The last c, `[batchSize, hiddenSize]`.
  Tensor lastC() {
    return last(c, keep == Keep.ALL);
  }

  private Tensor last(Tensor states, boolean allKept) {
    if (plan.whole()) {
      return states.rows(states.rows() - batchSize, batchSize);
    }
    var result = tape.uninitialized(batchSize, states.columns());
    tape.backend().rows().gather(states, allKept ? plan.ends() : plan.endSlots(), 0, result);
    return result;
  }

  /// Whether a window has to be run again before it is taken back.
  boolean recomputes() {
    return keep == Keep.TO_RECOMPUTE;
  }

  /// Before the steps of a window are run again.
  void startWindowAgain(int first) {
    if (cStarts != null) {
      int rows = plan.rows(first, windowSteps(first));
      c = tape.uninitialized(plan.slots() + rows, recurrence.hiddenSize);
      tape.backend().arithmetic().copy(cStarts[first / window], c.rows(0, plan.slots()));
    }
    projectWindow(first);
  }

  /// The steps of a window once more, for slots `from` to `to`.
  void runWindowAgain(int first, int from, int to) {
    runWindow(first, from, to, c, true, null);
  }

  /// The input's rows in packed order.
  Tensor packedX() {
    if (packedX == null) {
      packedX = packedInput();
    }
    return packedX;
  }
}
