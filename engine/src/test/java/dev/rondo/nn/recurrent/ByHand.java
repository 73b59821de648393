package dev.rondo.nn.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

/// What tests of layers worked by hand share: memory, tapes, and short ways to set and to compare.
final class ByHand implements AutoCloseable {
  /// Relative to the largest value expected: a few roundings of a float, and the error of tanh.
  private static final double TOLERANCE = 1e-6;

  static final double LN3 = StrictMath.log(3);

  /// One step of a layer from a state, everything differentiable.
  record Step(Variable x, Variable h, Variable c, Recurrent.StackOutput run) {
    CellState last() {
      return run.lastState().layers().getFirst();
    }
  }

  final Backend backend = Backend.best();
  final Workspace workspace = new Workspace();
  private final Arena arena = Arena.ofConfined();
  final Parameters parameters = new Parameters(backend, arena);

  static double[] row(double... values) {
    return values;
  }

  static int[] shape(int... dimensions) {
    return dimensions;
  }

  Tensor tensor(int[] shape, double... values) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, shape);
    fill(tensor, values);
    return tensor;
  }

  /// Sets all elements, row by row.
  private static void fill(Tensor tensor, double... values) {
    assertEquals(tensor.size(), values.length, () -> "values for " + tensor);
    for (int i = 0; i < values.length; i++) {
      tensor.set(i / tensor.columns(), i % tensor.columns(), values[i]);
    }
  }

  /// Sets all elements of a parameter, row by row.
  void set(String name, double... values) {
    fill(parameters.get(name).value(), values);
  }

  /// Sets all elements of a parameter to one value.
  void fill(String name, double value) {
    parameters.get(name).value().fill(value);
  }

  /// Sets the parameters of layer 0 so that x = 1 brings ½ of each pre-activation, h₋₁ = 2 with its
  /// weight ⅛ brings ¼, and each bias ⅛.
  void setPreActivations(double... z) {
    set("weight_ih_l0", scaled(0.5, z));
    for (String name : List.of("weight_hh_l0", "bias_ih_l0", "bias_hh_l0")) {
      set(name, scaled(0.125, z));
    }
  }

  static double[] scaled(double factor, double... values) {
    return Arrays.stream(values).map(value -> factor * value).toArray();
  }

  CounterRandom random() {
    return new CounterRandom(1);
  }

  Tape record() {
    return record(1);
  }

  Tape record(long seed) {
    return Tape.record(backend, workspace, new CounterRandom(seed));
  }

  Tape evaluate() {
    return Tape.evaluate(backend, workspace);
  }

  Variable input(Tape tape, int[] shape, double... values) {
    return tape.input(tensor(shape, values));
  }

  /// A zero state outside the tape.
  RecurrentState state(Recurrent layer, int batchSize) {
    return layer.newState(batchSize, arena);
  }

  /// One step of one sequence.
  ///
  /// @param c null for a cell without a cell state
  Step step(Tape tape, Recurrent layer, double x, double[] h, double[] c) {
    var input = input(tape, shape(1, 1, 1), x);
    var hidden = input(tape, shape(1, h.length), h);
    var cell = c == null ? null : input(tape, shape(1, c.length), c);
    var state = new StackState(List.of(new CellState(hidden, cell)));
    return new Step(input, hidden, cell, layer.forward(tape, input, state));
  }

  /// The way back from the output with this gradient.
  void backward(Tape tape, Step step, double... upstream) {
    var output = step.run.output();
    tape.backward(output, tensor(output.value().shape(), upstream));
  }

  /// The way back of Σ output.
  void backwardOfSum(Tape tape, Recurrent.StackOutput run) {
    tape.backward(tape.sum(run.output()));
  }

  static void assertValues(String what, Tensor actual, double... expected) {
    double largest = Arrays.stream(expected).map(Math::abs).reduce(1, Math::max);
    assertArrayEquals(expected, actual.toArray(), TOLERANCE * largest, what);
  }

  void assertGradient(String parameter, double... expected) {
    assertValues("d" + parameter, parameters.get(parameter).gradient(), expected);
  }

  /// Names and shapes of all parameters in their order.
  List<String> names() {
    return parameters.all().stream()
        .map(parameter -> parameter.name() + " " + Arrays.toString(parameter.value().shape()))
        .toList();
  }

  static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @Override
  public void close() {
    workspace.close();
    arena.close();
    backend.close();
  }
}
