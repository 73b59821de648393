package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Tuning;
import dev.rondo.nn.recurrent.Step.Noise;
import dev.rondo.tensor.Tensor;

/// The values that one direction of a layer keeps during a pass, and the place of each step's rows.
///
/// Steps are run in windows, each of which holds the pre-activations of its steps at once. If
/// everything is kept, there is one window. With recomputation, h of every step is kept, and c at
/// the start of every window; [#startWindowAgain] makes room for a window's cells before it is run
/// again. If nothing is recorded, it holds the pre-activations of one step or window, and one c.
final class Kept {
  /// The extent of what is kept.
  enum Extent {
    /// The output and the last state.
    LITTLE,
    /// The values needed to run the steps of a window again.
    TO_RECOMPUTE,
    /// Everything that the backward pass reads.
    ALL
  }

  private final Tape tape;
  private final KernelRecurrence recurrence;
  private final SequencePlan plan;
  private final Extent extent;
  private final int window;
  private final Noise noise;

  /// True if `z` has room for one step instead of a window.
  private final boolean zOfOneStep;

  /// h before step 0 of every slot, then h of every packed row: `[slots + rows, stateSize]`.
  private final Tensor h;

  /// Values of gates, then dL/d(pre-activations), of one window or one step.
  private final Tensor z;

  /// Memory that a step overwrites, a row for each slot; null if there is none.
  private final Tensor scratch;

  /// c of one window, in the order of `h`, or of one step, which overwrites it; null without a cell
  /// state.
  private Tensor c;

  private boolean cellsOfSteps;

  /// c at the start of every window, where windows are run again.
  private final Tensor[] windowStarts;

  /// @param recomputed steps of a window that is run again, with [Extent#TO_RECOMPUTE]
  /// @param inWindows whether the input's product is computed for windows of steps
  Kept(
      Tape tape,
      KernelRecurrence recurrence,
      SequencePlan plan,
      Extent extent,
      int recomputed,
      boolean inWindows,
      Noise noise,
      CellState initial) {
    this.tape = tape;
    this.recurrence = recurrence;
    this.plan = plan;
    this.extent = extent;
    this.noise = noise;
    int steps = Math.max(plan.steps(), 1);
    window =
        switch (extent) {
          case ALL -> steps;
          case TO_RECOMPUTE -> Math.min(steps, recomputed);
          case LITTLE -> inWindows ? Math.min(steps, stepsAtOnce()) : steps;
        };
    zOfOneStep = extent == Extent.LITTLE && !inWindows;
    h = tape.uninitialized(plan.slots() + plan.rows(), recurrence.stateSize());
    begin(initial.h().value(), h);
    cellsOfSteps = extent == Extent.ALL;
    if (recurrence.hasCellState()) {
      int rows = plan.slots() + (cellsOfSteps ? plan.rows() : 0);
      c = tape.uninitialized(rows, recurrence.hiddenSize);
      begin(initial.c().value(), c);
    }
    windowStarts = c != null && recomputes() ? new Tensor[Math.ceilDiv(steps, window)] : null;
    z = tape.uninitialized(zOfOneStep ? plan.slots() : largestWindow(), recurrence.zColumns());
    scratch = recurrence.scratch(tape, plan.slots());
  }

  private int stepsAtOnce() {
    return Math.clamp(Tuning.ROWS_AT_ONCE / plan.slots(), 1, Tuning.STEPS_AT_ONCE);
  }

  private int largestWindow() {
    int largest = 0;
    for (int first = 0; first < plan.steps(); first += window) {
      largest = Math.max(largest, windowRows(first));
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

  /// Steps of a window; the last one may have fewer.
  int window() {
    return window;
  }

  /// The step after the window that begins with step `first`.
  int windowEnd(int first) {
    return Math.min(first + window, plan.steps());
  }

  private int windowRows(int first) {
    return plan.rows(first, windowEnd(first) - first);
  }

  /// True if a window has to be run again before its backward pass.
  boolean recomputes() {
    return extent == Extent.TO_RECOMPUTE;
  }

  /// Called before the steps of a window.
  void startWindow(int first) {
    if (windowStarts != null) {
      var start = tape.uninitialized(plan.slots(), recurrence.hiddenSize);
      tape.backend().arithmetic().copy(c, start);
      windowStarts[first / window] = start;
    }
  }

  /// Called before the steps of a window are run again; makes room for the cells of all of them.
  void startWindowAgain(int first) {
    if (windowStarts != null) {
      cellsOfSteps = true;
      c = tape.uninitialized(plan.slots() + windowRows(first), recurrence.hiddenSize);
      tape.backend().arithmetic().copy(windowStarts[first / window], c.rows(0, plan.slots()));
    }
  }

  /// Rows of step `s`, of slots `from` and after, in the window that begins with step `first`.
  Step at(int first, int s, int from, int count) {
    int row = plan.offset(s) + from;
    int inWindow = plan.offset(s) - plan.offset(first);
    return new Step(
        z.rows((zOfOneStep ? 0 : inWindow) + from, count),
        scratch == null ? null : scratch.rows(from, count),
        h.rows(plan.stateBefore(s) + from, count),
        c == null ? null : c.rows(cellBefore(first, s) + from, count),
        h.rows(plan.stateAfter(s) + from, count),
        c == null ? null : c.rows(cellAfter(first, s) + from, count),
        noise,
        from,
        row);
  }

  private int cellBefore(int first, int s) {
    return s == first ? 0 : cellAfter(first, s - 1);
  }

  private int cellAfter(int first, int s) {
    return cellsOfSteps ? plan.slots() + plan.offset(s) - plan.offset(first) : 0;
  }

  /// Pre-activations, or their gradients, of a whole window.
  Tensor windowZ(int first) {
    return z.rows(0, windowRows(first));
  }

  /// All rows of a window after its backward pass.
  ///
  /// @param x the input in packed order
  Step.All windowRows(int first, Tensor x) {
    int at = plan.offset(first);
    int count = windowRows(first);
    boolean cells = recurrence.readsCells();
    return new Step.All(
        windowZ(first),
        x.rows(at, count),
        statesBefore(h, at, count, 0),
        cells ? statesBefore(c, at, count, first) : null,
        cells ? c.rows(plan.slots(), count) : null);
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

  /// h of every step, `[steps, batchSize, stateSize]`, 0 where a step is not real.
  Tensor output(int steps, int batchSize) {
    return inTime(h, steps, batchSize);
  }

  /// c of every step, `[steps, batchSize, hiddenSize]`, if all is kept.
  Tensor cells(int steps, int batchSize) {
    return inTime(c, steps, batchSize);
  }

  private Tensor inTime(Tensor states, int steps, int batchSize) {
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
  Tensor lastH(int batchSize) {
    return last(h, true, batchSize);
  }

  /// The last c, `[batchSize, hiddenSize]`.
  Tensor lastC(int batchSize) {
    return last(c, cellsOfSteps, batchSize);
  }

  private Tensor last(Tensor states, boolean ofSteps, int batchSize) {
    if (plan.whole()) {
      return states.rows(states.rows() - batchSize, batchSize);
    }
    var result = tape.uninitialized(batchSize, states.columns());
    tape.backend().rows().gather(states, ofSteps ? plan.ends() : plan.endSlots(), 0, result);
    return result;
  }
}
