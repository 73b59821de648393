package dev.rondo.autograd;

import dev.rondo.tensor.Tensor;

/// Runs a [PlainOperation] on a tape.
final class PlainOperations {
  private PlainOperations() {}

  static Variable record(Tape tape, int[] shape, PlainOperation operation, Variable... inputs) {
    var value = tape.zeros(shape);
    var y = new double[Math.toIntExact(value.size())];
    operation.forward(arrays(inputs), y);
    add(y, value);
    return tape.operation(value, result -> back(operation, result, inputs), inputs);
  }

  private static void back(PlainOperation operation, Variable result, Variable... inputs) {
    var x = arrays(inputs);
    var dx = new double[inputs.length][];
    for (int i = 0; i < inputs.length; i++) {
      dx[i] = new double[x[i].length];
    }
    operation.backward(x, result.value().toArray(), result.gradient().toArray(), dx);
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].differentiable()) {
        add(dx[i], inputs[i].gradient());
      }
    }
  }

  private static double[][] arrays(Variable... inputs) {
    var arrays = new double[inputs.length][];
    for (int i = 0; i < inputs.length; i++) {
      arrays[i] = inputs[i].value().toArray();
    }
    return arrays;
  }

  private static void add(double[] elements, Tensor target) {
    int columns = target.columns();
    for (int i = 0; i < elements.length; i++) {
      int row = i / columns;
      int column = i % columns;
      target.set(row, column, target.get(row, column) + elements[i]);
    }
  }
}
