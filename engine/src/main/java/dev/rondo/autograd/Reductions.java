package dev.rondo.autograd;

import dev.rondo.tensor.Tensor;

/// Sums and softmax.
final class Reductions {
  private Reductions() {}

  private static Tensor rowSums(Tape tape, Tensor source) {
    var sums = tape.zeros(source.rows(), 1);
    tape.backend().rows().sum(source, sums);
    return sums;
  }

  static Variable sum(Tape tape, Variable a) {
    return scaledSum(tape, 1.0, a);
  }

  static Variable mean(Tape tape, Variable a) {
    if (a.value().size() == 0) {
      throw new IllegalArgumentException("the mean of nothing: a is " + a);
    }
    return scaledSum(tape, 1.0 / a.value().size(), a);
  }

  /// Sums of rows are added in double, in order, and rounded once.
  private static Variable scaledSum(Tape tape, double factor, Variable a) {
    var sums = rowSums(tape, a.value());
    double total = 0;
    for (int r = 0; r < sums.rows(); r++) {
      total += sums.get(r, 0);
    }
    var value = tape.zeros();
    value.set(0, 0, factor * total);
    return tape.operation(
        value,
        result -> {
          var each = tape.zeros(a.value().rows(), 1);
          each.fill(factor * result.gradient().scalar());
          tape.backend().rows().addColumn(each, a.gradient());
        },
        a);
  }

  static Variable sumRows(Tape tape, Variable a) {
    int[] shape = a.value().shape();
    if (shape.length > 0) {
      shape[shape.length - 1] = 1;
    }
    var value = rowSums(tape, a.value()).reshape(shape);
    return tape.operation(
        value, result -> tape.backend().rows().addColumn(result.gradient(), a.gradient()), a);
  }

  static Variable softmax(Tape tape, Variable a) {
    var rows = tape.backend().rows();
    var y = tape.uninitialized(a.value().shape());
    rows.softmax(a.value(), y);
    return tape.operation(y, result -> rows.softmaxBackward(y, result.gradient(), a.gradient()), a);
  }
}
