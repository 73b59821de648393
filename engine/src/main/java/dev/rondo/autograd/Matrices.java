package dev.rondo.autograd;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.Arrays;
import java.util.List;

/// Products, and operations that move elements.
final class Matrices {
  private Matrices() {}

  private static int[] withColumns(Tensor tensor, int columns) {
    int[] shape = tensor.shape();
    if (shape.length == 0) {
      return new int[] {columns};
    }
    shape[shape.length - 1] = columns;
    return shape;
  }

  static Variable matmul(Tape tape, Variable a, Variable b) {
    if (b.value().rank() != 2 || a.value().columns() != b.value().rows()) {
      throw new IllegalArgumentException(
          "b is %s, expected [%d, n]".formatted(b, a.value().columns()));
    }
    var parallel = tape.backend().parallel();
    var value = tape.zeros(withColumns(a.value(), b.value().columns()));
    parallel.multiply(a.value(), b.value(), value);
    return tape.operation(
        value,
        result -> {
          if (a.differentiable()) {
            int depth = b.value().columns();
            var packed =
                tape.packed(
                    new Object(),
                    depth,
                    b.value().rows(),
                    p -> tape.backend().gemm().packTransposed(b.value(), p, 0));
            parallel.multiply(result.gradient(), packed, a.gradient());
          }
          if (b.differentiable()) {
            parallel.multiplyTransposed(a.value(), result.gradient(), b.gradient());
          }
        },
        a,
        b);
  }

  static Variable transpose(Tape tape, Variable a) {
    if (a.value().rank() != 2) {
      throw new IllegalArgumentException("a is %s, expected a matrix".formatted(a));
    }
    var rows = tape.backend().rows();
    var value = tape.zeros(a.value().columns(), a.value().rows());
    rows.accumulateTransposed(a.value(), value);
    return tape.operation(
        value, result -> rows.accumulateTransposed(result.gradient(), a.gradient()), a);
  }

  static Variable addRow(Tape tape, Variable a, Variable bias) {
    if (bias.value().rows() != 1 || bias.value().columns() != a.value().columns()) {
      throw new IllegalArgumentException(
          "bias is %s, expected [%d]".formatted(bias, a.value().columns()));
    }
    var value = tape.uninitialized(a.value().shape());
    tape.backend().arithmetic().copy(a.value(), value);
    tape.backend().rows().add(bias.value(), value);
    return tape.operation(
        value,
        result -> {
          Elementwise.accumulate(tape, result.gradient(), a);
          if (bias.differentiable()) {
            tape.backend().rows().sumColumns(result.gradient(), bias.gradient());
          }
        },
        a,
        bias);
  }

  static Variable multiplyRow(Tape tape, Variable a, Variable row) {
    if (row.value().rows() != 1 || row.value().columns() != a.value().columns()) {
      throw new IllegalArgumentException(
          "row is %s, expected [%d]".formatted(row, a.value().columns()));
    }
    var value = tape.zeros(a.value().shape());
    accumulateScaledColumns(tape, row.value(), a.value(), value);
    return tape.operation(
        value,
        result -> {
          if (a.differentiable()) {
            accumulateScaledColumns(tape, row.value(), result.gradient(), a.gradient());
          }
          if (row.differentiable()) {
            tape.backend().rows().dotColumns(result.gradient(), a.value(), row.gradient());
          }
        },
        a,
        row);
  }

  private static void accumulateScaledColumns(Tape tape, Tensor row, Tensor source, Tensor target) {
    var rows = tape.backend().rows();
    tape.backend()
        .parallel()
        .overRows(
            target.rows(),
            target.columns(),
            (from, count) ->
                rows.accumulateScaledColumns(
                    row, source.rows(from, count), target.rows(from, count)));
  }

  static Variable concat(Tape tape, Variable... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concat needs at least one part");
    }
    int columns = 0;
    for (var part : parts) {
      if (part.value().rows() != parts[0].value().rows()) {
        throw new IllegalArgumentException(
            "part is %s, expected %d rows".formatted(part, parts[0].value().rows()));
      }
      columns += part.value().columns();
    }
    var rows = tape.backend().rows();
    var value = tape.zeros(withColumns(parts[0].value(), columns));
    int at = 0;
    for (var part : parts) {
      rows.copyColumns(part.value(), 0, value, at, part.value().columns());
      at += part.value().columns();
    }
    return tape.operation(
        value,
        result -> {
          int from = 0;
          for (var part : parts) {
            int count = part.value().columns();
            if (part.differentiable()) {
              rows.accumulateColumns(result.gradient(), from, part.gradient(), 0, count);
            }
            from += count;
          }
        },
        parts);
  }

  static Variable slice(Tape tape, Variable a, int from, int count) {
    if (from < 0 || count < 0 || from > a.value().columns() - count) {
      throw new IllegalArgumentException(
          "columns %d to %d are not in %s".formatted(from, (long) from + count, a));
    }
    var rows = tape.backend().rows();
    var value = tape.zeros(withColumns(a.value(), count));
    rows.copyColumns(a.value(), from, value, 0, count);
    return tape.operation(
        value,
        result -> rows.accumulateColumns(result.gradient(), 0, a.gradient(), from, count),
        a);
  }

  static Variable at(Tape tape, Variable a, int i) {
    return tape.operation(
        a.value().at(i),
        result -> tape.backend().arithmetic().accumulate(result.gradient(), a.gradient().at(i)),
        a);
  }

  static Variable stack(Tape tape, List<Variable> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("stack needs at least one part");
    }
    int[] inner = parts.getFirst().value().shape();
    int[] shape = new int[Math.max(inner.length, 1) + 1];
    shape[0] = parts.size();
    Arrays.fill(shape, 1, shape.length, 1);
    System.arraycopy(inner, 0, shape, 1, inner.length);
    var value = tape.uninitialized(shape);
    var arithmetic = tape.backend().arithmetic();
    for (int i = 0; i < parts.size(); i++) {
      if (!Arrays.equals(parts.get(i).value().shape(), inner)) {
        throw new IllegalArgumentException(
            "part %d is %s, expected %s".formatted(i, parts.get(i), Arrays.toString(inner)));
      }
      arithmetic.copy(parts.get(i).value(), value.at(i));
    }
    return tape.operation(
        value,
        result -> {
          for (int i = 0; i < parts.size(); i++) {
            Elementwise.accumulate(tape, result.gradient().at(i), parts.get(i));
          }
        },
        parts.toArray(Variable[]::new));
  }

  static Variable gather(Tape tape, Variable table, Tokens tokens) {
    requireRows(table.value(), tokens);
    var rows = tape.backend().rows();
    var parallel = tape.backend().parallel();
    int columns = table.value().columns();
    var value = tape.uninitialized(tokens.steps(), tokens.batchSize(), columns);
    parallel.overRows(
        tokens.size(),
        columns,
        (from, count) -> rows.gather(table.value(), tokens, from, value.rows(from, count)));
    return tape.operation(
            value, result -> rows.scatterAdd(result.gradient(), tokens, 0, table.gradient()), table)
        .gatheredFrom(table.value(), tokens);
  }

  private static void requireRows(Tensor table, Tokens tokens) {
    for (int i = 0; i < tokens.size(); i++) {
      int token = tokens.get(i);
      if ((token < 0 || token >= table.rows()) && token != Tokens.IGNORED) {
        throw new IllegalArgumentException(
            "token %d is %d, expected 0 to %d".formatted(i, token, table.rows() - 1));
      }
    }
  }
}
