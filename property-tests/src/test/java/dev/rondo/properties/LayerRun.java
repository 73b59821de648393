package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A recurrent stack run once forward and back, with everything that came out as bits by name.
final class LayerRun {
  /// A stack and what it is given.
  record Shape(
      Variant kind,
      int layers,
      int inputSize,
      int hiddenSize,
      int batchSize,
      int steps,
      double dropout,
      long seed) {
    RecurrentOptions options() {
      return kind.of(inputSize, hiddenSize).layers(layers).dropout(dropout);
    }

    boolean hasCellState() {
      return options().cell().hasCellState();
    }

    /// Columns of h.
    int stateSize() {
      return options().stateSize();
    }

    Shape dropout(double probability) {
      return new Shape(kind, layers, inputSize, hiddenSize, batchSize, steps, probability, seed);
    }
  }

  /// The rows of one tensor.
  record Bits(List<List<Integer>> rows) {
    static Bits of(String name, Tensor tensor) {
      var rows = new ArrayList<List<Integer>>();
      for (int r = 0; r < tensor.rows(); r++) {
        var row = new ArrayList<Integer>();
        for (int c = 0; c < Tensor.padded(tensor.columns()); c++) {
          float value = tensor.segment().get(ValueLayout.JAVA_FLOAT, tensor.byteOffset(r, c));
          if (c < tensor.columns()) {
            row.add(Float.floatToIntBits(value));
          } else {
            assertEquals(0f, value, "padding of " + name);
          }
        }
        rows.add(row);
      }
      return new Bits(rows);
    }

    /// The rows of sequence `b` among `batchSize`.
    Bits sequence(int b, int batchSize) {
      var chosen = new ArrayList<List<Integer>>();
      for (int r = b; r < rows.size(); r += batchSize) {
        chosen.add(rows.get(r));
      }
      return new Bits(chosen);
    }
  }

  private final Shape shape;
  private final int firstRow;
  private final int rows;
  private final Map<String, Bits> results = new LinkedHashMap<>();

  private LayerRun(Shape shape, int firstRow, int rows) {
    this.shape = shape;
    this.firstRow = firstRow;
    this.rows = rows;
  }

  /// The whole batch.
  static LayerRun of(Backend backend, Shape shape) {
    return new LayerRun(shape, 0, shape.batchSize).layer(backend);
  }

  /// Sequence `b` of the batch alone.
  static LayerRun ofSequence(Backend backend, Shape shape, int b) {
    return new LayerRun(shape, b, 1).layer(backend);
  }

  /// The same with a cell stepped by hand.
  static LayerRun ofCell(Backend backend, Shape shape) {
    return new LayerRun(shape, 0, shape.batchSize).cell(backend);
  }

  Map<String, Bits> results() {
    return results;
  }

  Bits get(String name) {
    return results.get(name);
  }

  static void assertSame(LayerRun expected, LayerRun actual) {
    assertSame(expected.results, actual.results);
  }

  static void assertSame(Map<String, Bits> expected, Map<String, Bits> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bits) -> assertSame(bits, actual.get(name), name));
  }

  static void assertSame(Bits expected, Bits actual, String name) {
    assertEquals(expected.rows.size(), actual.rows.size(), name);
    for (int r = 0; r < expected.rows.size(); r++) {
      assertArrayEquals(
          expected.rows.get(r).toArray(), actual.rows.get(r).toArray(), name + ", row " + r);
    }
  }

  /// The values of a named tensor `[steps·batchSize, columns]`, of which this run has its rows: a
  /// function of the seed, the name and the place in the whole batch.
  Tensor data(Arena arena, String name, int steps, int columns) {
    var random = new CounterRandom(shape.seed).fork(name.hashCode());
    var tensor =
        steps == 0
            ? Tensor.allocate(arena, ElementType.FLOAT32, rows, columns)
            : Tensor.allocate(arena, ElementType.FLOAT32, steps, rows, columns);
    for (int r = 0; r < Math.max(steps, 1) * shape.batchSize; r++) {
      int b = r % shape.batchSize - firstRow;
      for (int c = 0; c < columns; c++) {
        double value = random.nextGaussian();
        if (b >= 0 && b < rows) {
          tensor.set(r / shape.batchSize * rows + b, c, value);
        }
      }
    }
    return tensor;
  }

  private Map<String, Variable> inputs(Tape tape, Arena arena) {
    var inputs = new LinkedHashMap<String, Variable>();
    inputs.put("x", tape.input(data(arena, "x", shape.steps, shape.inputSize)));
    for (int layer = 0; layer < shape.layers; layer++) {
      inputs.put("h" + layer, tape.input(data(arena, "h" + layer, 0, shape.stateSize())));
      if (shape.hasCellState()) {
        inputs.put("c" + layer, tape.input(data(arena, "c" + layer, 0, shape.hiddenSize)));
      }
    }
    return inputs;
  }

  private StackState initial(Map<String, Variable> inputs) {
    var states = new ArrayList<CellState>();
    for (int layer = 0; layer < shape.layers; layer++) {
      states.add(new CellState(inputs.get("h" + layer), inputs.get("c" + layer)));
    }
    return new StackState(states);
  }

  private LayerRun layer(Backend backend) {
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var stack = shape.options().create(parameters, new CounterRandom(shape.seed));
      try (var tape = Tape.record(backend, workspace, new CounterRandom(shape.seed + 1))) {
        var inputs = inputs(tape, arena);
        var run = stack.forward(tape, inputs.get("x"), initial(inputs));
        back(tape, arena, inputs, parameters, run);
      }
      return this;
    }
  }

  private LayerRun cell(Backend backend) {
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var cell = shape.options().createCell(parameters, new CounterRandom(shape.seed));
      try (var tape = Tape.record(backend, workspace, new CounterRandom(shape.seed + 1))) {
        var inputs = inputs(tape, arena);
        var state = initial(inputs).layers().getFirst();
        var outputs = new ArrayList<Variable>();
        for (int t = 0; t < shape.steps; t++) {
          state = cell.step(tape, tape.at(inputs.get("x"), t), state);
          outputs.add(state.h());
        }
        var output = tape.stack(outputs);
        var last = new StackState(List.of(state));
        var run = new Recurrent.StackOutput(output, last, List.of(output), List.of());
        back(tape, arena, inputs, parameters, run);
      }
      return this;
    }
  }

  /// Every result gets a gradient of its own from above.
  private void back(
      Tape tape,
      Arena arena,
      Map<String, Variable> inputs,
      Parameters parameters,
      Recurrent.StackOutput run) {
    keep("output", run.output().value());
    var upstream = data(arena, "upstream", shape.steps, shape.stateSize());
    var loss = weighted(tape, run.output(), upstream);
    for (int layer = 0; layer < shape.layers; layer++) {
      var state = run.lastState().layers().get(layer);
      keep("last h" + layer, state.h().value());
      upstream = data(arena, "upstream h" + layer, 0, shape.stateSize());
      loss = tape.add(loss, weighted(tape, state.h(), upstream));
      if (state.c() != null) {
        keep("last c" + layer, state.c().value());
        upstream = data(arena, "upstream c" + layer, 0, shape.hiddenSize);
        loss = tape.add(loss, weighted(tape, state.c(), upstream));
      }
    }
    tape.backward(loss);
    inputs.forEach((name, input) -> keep("gradient of " + name, input.gradient()));
    for (var parameter : parameters.all()) {
      keep("gradient of " + parameter.name().replace("_l0", ""), parameter.gradient());
    }
  }

  private void keep(String name, Tensor tensor) {
    results.put(name, Bits.of(name, tensor));
  }

  private static Variable weighted(Tape tape, Variable value, Tensor upstream) {
    return tape.sum(tape.multiply(value, tape.constant(upstream)));
  }
}
