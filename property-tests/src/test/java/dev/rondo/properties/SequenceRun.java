package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Recurrent layers run once forward and back, with everything that came out.
///
/// @param values what the program gave, and `gradient of` each input
/// @param parameters the gradient of each parameter
record SequenceRun(Batch values, Map<String, float[]> parameters) {
  /// What sums of the same numbers in another order may differ by, relative to the norm of all
  /// gradients.
  static final double OTHER_ORDER = 1e-5;

  /// From inputs to results, both by name.
  @FunctionalInterface
  interface Program {
    Map<String, Variable> on(Tape tape, Map<String, Variable> inputs);
  }

  /// Creates the parameters of a program.
  @FunctionalInterface
  interface Maker {
    Program create(Parameters parameters);
  }

  /// A stack that everything is kept of.
  static Maker stack(RecurrentOptions options, long seed, Lengths lengths) {
    return parameters -> {
      var stack = options.create(parameters, new CounterRandom(seed));
      return (tape, in) -> {
        var initial = initial(in, options);
        var run =
            lengths == null
                ? stack.forward(tape, in.get("x"), initial)
                : stack.forward(tape, in.get("x"), initial, lengths);
        return results(run);
      };
    };
  }

  /// With parameters that are changed before anything runs.
  static Maker prepared(Maker maker, Consumer<Parameters> change) {
    return parameters -> {
      var program = maker.create(parameters);
      change.accept(parameters);
      return program;
    };
  }

  /// h0, c0, h1 and so on.
  static StackState initial(Map<String, Variable> in, RecurrentOptions options) {
    return initial(in, 0, options.layers() * options.directions());
  }

  static StackState initial(Map<String, Variable> in, int first, int count) {
    var states = new ArrayList<CellState>();
    for (int i = first; i < first + count; i++) {
      states.add(new CellState(in.get("h" + i), in.get("c" + i)));
    }
    return new StackState(states);
  }

  static Map<String, Variable> results(Recurrent.StackOutput run) {
    var results = new LinkedHashMap<String, Variable>();
    results.put("output", run.output());
    putStates(results, run.lastState().layers(), 0);
    for (int i = 0; i < run.cells().size(); i++) {
      results.put("cells" + i, run.cells().get(i));
    }
    return results;
  }

  static void putStates(Map<String, Variable> results, List<CellState> states, int first) {
    for (int i = 0; i < states.size(); i++) {
      results.put("last h" + (first + i), states.get(i).h());
      if (states.get(i).c() != null) {
        results.put("last c" + (first + i), states.get(i).c());
      }
    }
  }

  static SequenceRun of(Backend backend, Batch inputs, Batch upstream, Maker maker) {
    return of(backend, inputs, upstream, maker, new CounterRandom(5));
  }

  /// @param random what is left out
  static SequenceRun of(
      Backend backend, Batch inputs, Batch upstream, Maker maker, CounterRandom random) {
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var program = maker.create(parameters);
      try (var tape = Tape.record(backend, workspace, random)) {
        var variables = variables(tape, arena, inputs);
        var results = program.on(tape, variables);
        var values = Batch.empty();
        results.forEach((name, result) -> values.put(name, result.value()));
        tape.backward(loss(tape, arena, results, upstream));
        variables.forEach((name, input) -> values.put("gradient of " + name, input.gradient()));
        return new SequenceRun(values, gradients(parameters));
      }
    }
  }

  /// What an evaluating tape gives.
  static Batch evaluate(Backend backend, Batch inputs, Maker maker) {
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var program = maker.create(new Parameters(backend, arena));
      var values = Batch.empty();
      try (var tape = Tape.evaluate(backend, workspace)) {
        program
            .on(tape, variables(tape, arena, inputs))
            .forEach((name, result) -> values.put(name, result.value()));
      }
      return values;
    }
  }

  private static Map<String, Variable> variables(Tape tape, Arena arena, Batch inputs) {
    var variables = new LinkedHashMap<String, Variable>();
    inputs.sequences().forEach((n, values) -> variables.put(n, tape.input(on(arena, values))));
    inputs.states().forEach((n, values) -> variables.put(n, tape.input(on(arena, values))));
    return variables;
  }

  /// With the gradients of parameters under other names.
  SequenceRun renamed(UnaryOperator<String> names) {
    var renamed = new LinkedHashMap<String, float[]>();
    parameters.forEach((name, values) -> renamed.put(names.apply(name), values));
    return new SequenceRun(values, renamed);
  }

  /// The stack of a shape.
  static SequenceRun of(
      Backend backend, SequenceShape shape, Lengths lengths, Batch inputs, Batch upstream) {
    return of(backend, inputs, upstream, stack(shape.options(), shape.seed(), lengths));
  }

  static Tensor on(Arena arena, float[][][] values) {
    int rows = values[0].length;
    int columns = values[0][0].length;
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, values.length, rows, columns);
    for (int t = 0; t < values.length; t++) {
      fill(tensor.rows(t * rows, rows), values[t]);
    }
    return tensor;
  }

  static Tensor on(Arena arena, float[][] values) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, values.length, values[0].length);
    fill(tensor, values);
    return tensor;
  }

  private static void fill(Tensor tensor, float[][] values) {
    for (int r = 0; r < values.length; r++) {
      for (int c = 0; c < values[r].length; c++) {
        tensor.set(r, c, values[r][c]);
      }
    }
  }

  /// Every result that has a gradient from above gets that and no other.
  private static Variable loss(
      Tape tape, Arena arena, Map<String, Variable> results, Batch upstream) {
    Variable sum = null;
    for (var entry : results.entrySet()) {
      var name = entry.getKey();
      Tensor weights = null;
      if (upstream.sequences().containsKey(name)) {
        weights = on(arena, upstream.sequences().get(name));
      } else if (upstream.states().containsKey(name)) {
        weights = on(arena, upstream.states().get(name));
      }
      if (weights != null) {
        var part = tape.sum(tape.multiply(entry.getValue(), tape.constant(weights)));
        sum = sum == null ? part : tape.add(sum, part);
      }
    }
    return sum;
  }

  private static Map<String, float[]> gradients(Parameters parameters) {
    var gradients = new LinkedHashMap<String, float[]>();
    for (var parameter : parameters.all()) {
      var elements = parameter.gradient().toArray();
      var values = new float[elements.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) elements[i];
      }
      gradients.put(parameter.name(), values);
    }
    return gradients;
  }

  /// Every bit is the same.
  static void assertSame(SequenceRun expected, SequenceRun actual) {
    Batch.assertSame(expected.values, actual.values);
    assertSameParameters(expected.parameters, actual.parameters);
  }

  static void assertSameParameters(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, values) -> Batch.assertSame(values, actual.get(name), name));
  }

  /// Gradients of parameters that were added in another order. One of them may cancel to nearly
  /// nothing, so the norm is that of all.
  static void assertClose(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    double norm = 0;
    for (var values : expected.values()) {
      norm = Math.hypot(norm, norm(values));
    }
    for (var entry : expected.entrySet()) {
      double distance = distance(entry.getValue(), actual.get(entry.getKey()));
      assertTrue(
          distance <= OTHER_ORDER * norm,
          "gradient of %s differs by %.2e of %.2e".formatted(entry.getKey(), distance, norm));
    }
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static double distance(float[] a, float[] b) {
    var difference = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return norm(difference);
  }

  /// `a + b`, name by name.
  static Map<String, float[]> sum(Map<String, float[]> a, Map<String, float[]> b) {
    var result = new LinkedHashMap<String, float[]>();
    a.forEach((name, values) -> {
      var sum = values.clone();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += b.get(name)[i];
      }
      result.put(name, sum);
    });
    return result;
  }
}
