package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tokens;
import java.util.List;

/// Operations on whole rows: repeating, reordering and reshaping.
final class Rowwise {
  private Rowwise() {}

  /// Repeats `row` `[n]` as every row of `[count, n]`.
  static Variable repeat(Tape tape, Variable row, int count) {
    var rows = tape.backend().rows();
    var value = tape.uninitialized(count, row.value().columns());
    rows.set(row.value(), value);
    return tape.operation(value, result -> rows.sumColumns(result.gradient(), row.gradient()), row);
  }

  /// Swaps the first two dimensions: `[a, b, n]` as `[b, a, n]`.
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

  /// The same rows with another shape, over the same memory.
  static Variable reshape(Tape tape, Variable x, int... shape) {
    var value = x.value().reshape(shape);
    return tape.operation(
        value,
        result -> tape.backend().arithmetic().accumulate(result.gradient(), x.gradient()),
        x);
  }

  /// Rows `from` to `from + count`, over the same memory.
  static Variable rows(Tape tape, Variable x, int from, int count) {
    if (from == 0 && count == x.value().rows() && x.value().rank() == 2) {
      return x;
    }
    return tape.operation(
        x.value().rows(from, count),
        result ->
            tape.backend()
                .arithmetic()
                .accumulate(result.gradient(), x.gradient().rows(from, count)),
        x);
  }

  /// Joins the rows of all parts, one part after the other.
  static Variable join(Tape tape, List<Variable> parts) {
    int rows = 0;
    for (var part : parts) {
      rows += part.value().rows();
    }
    var arithmetic = tape.backend().arithmetic();
    var value = tape.uninitialized(rows, parts.getFirst().value().columns());
    int at = 0;
    for (var part : parts) {
      arithmetic.copy(part.value(), value.rows(at, part.value().rows()));
      at += part.value().rows();
    }
    return tape.operation(
        value,
        result -> {
          int row = 0;
          for (var part : parts) {
            int count = part.value().rows();
            if (part.differentiable()) {
              arithmetic.accumulate(result.gradient().rows(row, count), part.gradient());
            }
            row += count;
          }
        },
        parts.toArray(Variable[]::new));
  }

  /// Picks the rows that `places` names, `[places, n]`; a row of zeros where a place is ignored.
  static Variable pick(Tape tape, Variable x, Tokens places) {
    var value = tape.uninitialized(places.size(), x.value().columns());
    SequencePlan.gather(tape, x.value(), places, value);
    var rows = tape.backend().rows();
    return tape.operation(
        value, result -> rows.scatterAdd(result.gradient(), places, 0, x.gradient()), x);
  }

  /// Sets elements of x that have decayed to almost nothing to zero, and those of its gradient.
  static Variable settle(Tape tape, Variable x) {
    var arithmetic = tape.backend().arithmetic();
    var value = tape.uninitialized(x.value().shape());
    arithmetic.settle(x.value(), value);
    return tape.operation(
        value,
        result -> {
          arithmetic.settle(result.gradient(), result.gradient());
          arithmetic.accumulate(result.gradient(), x.gradient());
        },
        x);
  }
}
