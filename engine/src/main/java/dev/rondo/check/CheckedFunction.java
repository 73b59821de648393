package dev.rondo.check;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The function that a [GradientCheck] runs repeatedly, on tapes in the same initial state.
final class CheckedFunction {
  private final GradientCheck.Program program;
  private final Backend backend;
  private final Workspace workspace;
  private final Arena arena;
  private final long seed;
  private final Map<String, Tensor> inputs;
  private final List<Parameter> parameters;
  private final Map<String, Tensor> held = new HashMap<>();
  private final Set<String> faults = new LinkedHashSet<>();
  private final List<int[]> shapes = new ArrayList<>();

  CheckedFunction(
      GradientCheck.Program program,
      Backend backend,
      Workspace workspace,
      Arena arena,
      long seed,
      Map<String, Tensor> inputs,
      List<Parameter> parameters) {
    this.program = program;
    this.backend = backend;
    this.workspace = workspace;
    this.arena = arena;
    this.seed = seed;
    this.inputs = inputs;
    this.parameters = parameters;
  }

  /// Faults other than wrong numbers.
  Set<String> faults() {
    return faults;
  }

  private Tape tape() {
    return Tape.record(backend, workspace, new CounterRandom(seed));
  }

  private GradientCheck.Inputs inputsOn(Tape tape) {
    var result = new GradientCheck.Inputs(held, tape, arena);
    inputs.forEach((name, tensor) -> result.variables.put(name, tape.input(tensor)));
    return result;
  }

  /// The elements of all results.
  double[] results() {
    try (var tape = tape()) {
      var results = program.on(tape, inputsOn(tape));
      shapes.clear();
      results.forEach(result -> shapes.add(result.value().shape()));
      return results.stream()
          .flatMapToDouble(result -> Arrays.stream(result.value().toArray()))
          .toArray();
    }
  }

  /// Names the result that an element belongs to, and its index there.
  String nameOfResult(int element) {
    int rest = element;
    for (int i = 0; i < shapes.size(); i++) {
      int size = Arrays.stream(shapes.get(i)).reduce(1, (a, b) -> a * b);
      if (rest < size) {
        return "result %d %s"
            .formatted(i, Arrays.toString(ProbeDirection.index(shapes.get(i), rest)));
      }
      rest -= size;
    }
    throw new AssertionError("no result has an element " + element);
  }

  /// Computes the tape's gradients: `Jᵀ·upstream` of every tensor.
  Map<String, double[]> gradients(double[] upstream) {
    parameters.forEach(parameter -> parameter.gradient().clear());
    var gradients = new LinkedHashMap<String, double[]>();
    try (var tape = tape()) {
      var variables = inputsOn(tape);
      tape.backward(weighted(tape, program.on(tape, variables), upstream));
      variables.variables.forEach(
          (name, variable) -> gradients.put(name, elements(name, variable.gradient())));
      for (var parameter : parameters) {
        gradients.put(parameter.name(), elements(parameter.name(), parameter.gradient()));
      }
    }
    return gradients;
  }

  /// Checks the padding too: later kernels rely on zeros behind each row.
  private double[] elements(String name, Tensor gradient) {
    int stride = Math.min(gradient.stride(), Tensor.padded(gradient.columns()));
    var padded = gradient.columns(0, stride);
    for (int r = 0; r < padded.rows(); r++) {
      for (int c = gradient.columns(); c < stride; c++) {
        if (padded.get(r, c) != 0) {
          faults.add(name + ": the padding of the gradient is not zero");
        }
      }
    }
    return gradient.toArray();
  }

  private static Variable weighted(Tape tape, List<Variable> results, double[] upstream) {
    Variable sum = null;
    int at = 0;
    for (var result : results) {
      var weights = tape.zeros(result.value().shape());
      for (int r = 0; r < weights.rows(); r++) {
        for (int c = 0; c < weights.columns(); c++) {
          weights.set(r, c, upstream[at++]);
        }
      }
      var part = tape.sum(tape.multiply(result, tape.constant(weights)));
      sum = sum == null ? part : tape.add(sum, part);
    }
    return sum;
  }
}
