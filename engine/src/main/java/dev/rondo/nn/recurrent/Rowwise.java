package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tokens;

/// Operations on whole rows: repeated, in another order, under another shape.
final class Rowwise {
  private Rowwise() {}

  /// `row` `[n]` as every row of `[count, n]`.
  static Variable repeat(Tape tape, Variable row, int count) {
    var rows = tape.backend().rows();
    var value = tape.uninitialized(count, row.value().columns());
    rows.set(row.value(), value);
    return tape.operation(value, result -> rows.sumColumns(result.gradient(), row.gradient()), row);
  }

  /// `[a, b, n]` as `[b, a, n]`.
  static Variable swap(Tape tape, Variable x) {
    int first = x.value().dimension(0);
    int second = x.value().dimension(1);
    Tokens sources = tape.workspace().tokens(second, first);
    for (int b = 0; b < second; b++) {
      for (int a = 0; a < first; a++) {
        sources.set(b, a, a * second + b);
      }
    }
    var value = tape.uninitialized(second, first, x.value().columns());
    SequencePlan.gather(tape, x.value(), sources, value);
    var rows = tape.backend().rows();
    return tape.operation(
        value, result -> rows.scatterAdd(result.gradient(), sources, 0, x.gradient()), x);
  }

  /// The same rows under another shape, over the same memory.
  static Variable reshape(Tape tape, Variable x, int... shape) {
    var value = x.value().reshape(shape);
    return tape.operation(
        value,
        result -> tape.backend().arithmetic().accumulate(result.gradient(), x.gradient()),
        x);
  }
}
