package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Tuning;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// The input's part of the pre-activations, `z = b + W·x`, in one of three forms with the same
/// bits:
///
/// - a table: if the input was gathered from a smaller table, such as embedded tokens, the product
///   is computed once for the table and its rows are gathered;
/// - step by step, while the pre-activations are in the cache;
/// - a window of steps at once, if a thread has too few rows in a step for a fast product, or if
///   the matrices are larger than the cache.
final class InputProjection {
  private final Tape tape;
  private final KernelRecurrence recurrence;
  private final SequencePlan plan;
  private final Variable x;
  private final boolean stepByStep;

  /// The row of the table of each packed row, and `b + W·table`; null in the other forms.
  private final Tokens tableRows;

  private final Tensor projectedTable;

  /// The input's rows in packed order; null until they are needed.
  private Tensor packed;

  /// @param threads that share this direction's slots
  InputProjection(
      Tape tape, KernelRecurrence recurrence, SequencePlan plan, Variable x, int threads) {
    this.tape = tape;
    this.recurrence = recurrence;
    this.plan = plan;
    this.x = x;
    stepByStep =
        plan.slots() / threads >= Tuning.ROWS_OF_A_STEP
            && recurrence.multiplyAdds() * tape.backend().type().bytes()
                <= Tuning.WEIGHTS_IN_CACHE_BYTES;
    tableRows = tableRows();
    projectedTable = tableRows == null ? null : projectedTable();
    if (projectedTable == null) {
      packed();
    }
  }

  /// The table's row of each packed row, if the table has at most half as many rows; else null.
  private Tokens tableRows() {
    var gathered = x.gathered();
    if (gathered == null || 2L * gathered.table().rows() > plan.rows()) {
      return null;
    }
    var tokens = gathered.tokens();
    if (!plan.whole()) {
      var inOrder = tape.workspace().tokens(1, plan.rows());
      for (int row = 0; row < plan.rows(); row++) {
        inOrder.set(0, row, tokens.get(plan.sources().get(row)));
      }
      tokens = inOrder;
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

  /// True if the product of one step's rows is fast enough by itself, with weights in the cache.
  boolean stepByStep() {
    return stepByStep;
  }

  /// True if [#window] does the product, and [#step] nothing.
  boolean inWindows() {
    return !stepByStep && projectedTable == null;
  }

  /// The input's rows in packed order.
  Tensor packed() {
    if (packed == null) {
      packed = plan.packed(tape, x.value());
    }
    return packed;
  }

  /// `z = b + W·x` of the packed rows from `at` on, on all threads; only [in windows][#inWindows].
  void window(int at, Tensor z) {
    projectRows(packed.rows(at, z.rows()), z);
  }

  private void projectRows(Tensor input, Tensor target) {
    tape.backend()
        .parallel()
        .overRows(
            input.rows(),
            recurrence.zColumns(),
            (from, count) ->
                recurrence.project(tape, input.rows(from, count), target.rows(from, count)));
  }

  /// `z = b + W·x` of some rows of one step, on the caller's thread, unless the window did it.
  ///
  /// @param row the first packed row
  void step(int row, Tensor z) {
    if (projectedTable != null) {
      tape.backend().rows().gather(projectedTable, tableRows, row, z);
    } else if (stepByStep) {
      recurrence.project(tape, packed.rows(row, z.rows()), z);
    }
  }
}
