package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The parameters of a [CustomCell] on one tape, by the names that [Cell#parameters] gave them.
public final class CellParameters {
  private enum Form {
    FORWARD,
    BACKWARD,
    ZERO,
    USES
  }

  private record Key(Parameter weight, Form form) {}

  /// One product that received a gradient: dL/d(result) and the operand.
  private record Use(Tensor gradient, Tensor operand) {}

  /// The products of one weight on one tape that received a gradient, the last one first.
  private static final class Uses {
    private final List<Use> reached = new ArrayList<>();
  }

  private final Tape tape;
  private final Recurrence recurrence;

  CellParameters(Tape tape, Recurrence recurrence) {
    this.tape = tape;
    this.recurrence = recurrence;
  }

  /// Returns a parameter on the tape.
  ///
  /// @throws IllegalArgumentException if the cell has none of this name
  public Variable get(String name) {
    return tape.parameter(parameter(name));
  }

  private Parameter parameter(String name) {
    var parameter = recurrence.parameter(name);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "the cell has no parameter %s, only %s".formatted(name, recurrence.byName().keySet()));
    }
    return parameter;
  }

  /// Multiplies every row: `a·Wᵀ`. The weight is packed once for each tape. Its gradient is added
  /// at the end of the backward pass, in one product over all uses in forward order.
  ///
  /// @param name of a matrix `[n, columns]`
  /// @param a `[rows, columns]`
  /// @return `[rows, n]`
  /// @throws IllegalArgumentException if the cell has no such matrix, or `a` has other columns
  public Variable product(String name, Variable a) {
    var weight = parameter(name);
    int outputs = weight.value().rows();
    int columns = weight.value().columns();
    if (a.value().columns() != columns) {
      throw new IllegalArgumentException(
          "the operand of %s is %s, expected [rows, %d]".formatted(name, a, columns));
    }
    var backend = tape.backend();
    var y = tape.uninitialized(a.value().rows(), outputs);
    var zero = tape.shared(new Key(weight, Form.ZERO), Tensor.class, () -> tape.zeros(1, outputs));
    var packed =
        tape.packed(
            new Key(weight, Form.FORWARD),
            columns,
            outputs,
            p -> backend.gemm().packTransposed(weight.value(), p, 0));
    backend.parallel().multiply(zero, a.value(), packed, y);
    var uses = tape.training() && weight.trainable() ? uses(weight) : null;
    return tape.operation(
        y, result -> backward(weight, a, result.gradient(), uses), a, tape.parameter(weight));
  }

  private Uses uses(Parameter weight) {
    return tape.shared(
        new Key(weight, Form.USES),
        Uses.class,
        () -> {
          var made = new Uses();
          tape.afterBackward(() -> accumulate(weight, made.reached));
          return made;
        });
  }

  private void backward(Parameter weight, Variable a, Tensor dy, Uses uses) {
    if (a.differentiable()) {
      tape.backend().parallel().multiply(dy, backward(weight), a.gradient());
    }
    if (uses != null) {
      uses.reached.add(new Use(dy, a.value()));
    }
  }

  private PackedMatrix backward(Parameter weight) {
    return tape.packed(
        new Key(weight, Form.BACKWARD),
        weight.value().rows(),
        weight.value().columns(),
        p -> tape.backend().gemm().packRows(weight.value(), p, 0));
  }

  private void accumulate(Parameter weight, List<Use> reached) {
    int rows = 0;
    for (var use : reached) {
      rows += use.operand.rows();
    }
    if (rows == 0) {
      return;
    }
    var gradient = tape.uninitialized(rows, weight.value().rows());
    var operand = tape.uninitialized(rows, weight.value().columns());
    int at = 0;
    for (var use : reached.reversed()) {
      int count = use.operand.rows();
      tape.backend().arithmetic().copy(use.gradient, gradient.rows(at, count));
      tape.backend().arithmetic().copy(use.operand, operand.rows(at, count));
      at += count;
    }
    tape.backend().parallel().multiplyTransposed(gradient, operand, weight.gradient());
  }
}
