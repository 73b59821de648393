package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Compares the gradients of a tape with differences of what it computes, in float64.
///
/// A program turns inputs and parameters into results. Every result gets a random gradient from
/// above, so that nothing cancels; the derivative of Σ result∘upstream along each element is then
/// compared with the tape's. It is measured by central differences at two steps, extrapolated:
///
///     D(s) = Σ upstream∘(result(x + s) - result(x - s)) / 2s      error of order s²
///     (4·D(s/2) - D(s)) / 3                                        error of order s⁴
final class GradientCheck implements AutoCloseable {
  /// What every error must stay below. Differences of smooth functions reach 1e-10; what a wrong
  /// gradient misses is 1e-3 and more.
  static final double TOLERANCE = 1e-6;

  /// Truncation is about STEP⁴ = 6e-14, rounding about 1e-16 / STEP = 2e-13, times what f brings.
  private static final double STEP = 5e-4;

  /// The step where there are kinks: it meets fewer of them, for more rounding.
  private static final double STEP_AMONG_KINKS = 5e-5;

  /// Errors are relative to the largest entry of a tensor, but to no less than this.
  private static final double SMALLEST_SCALE = 1e-8;

  /// Entries smaller than this part of the largest one are not compared relative to themselves.
  private static final double SMALLEST_ENTRY = 1e-3;

  /// Of larger tensors as many entries as this are drawn.
  private static final int ENTRIES_AT_MOST = 80;

  /// Where the two differences disagree by more than this, there is a kink between them.
  private static final double KINK = 1e-5;

  /// The part of all entries that may lie so close to a kink that they cannot be measured.
  private static final double KINKS_AT_MOST = 0.2;

  private static final long TAPE_KEY = 77;

  /// From inputs and parameters to results.
  @FunctionalInterface
  interface Program {
    List<Variable> on(Tape tape, Inputs inputs);
  }

  /// The inputs of one run as variables of its tape.
  static final class Inputs {
    private final Map<String, Variable> variables = new LinkedHashMap<>();

    Variable get(String name) {
      var variable = variables.get(name);
      if (variable == null) {
        throw new IllegalArgumentException("no input " + name);
      }
      return variable;
    }
  }

  /// The largest error of any tensor.
  ///
  /// @param tensor where it was found
  /// @param error relative, see [GradientCheck]
  record Worst(String tensor, double error) {}

  private final Backend backend = Backend.float64(Threads.one());
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();
  private final CounterRandom random;
  private final Parameters parameters = new Parameters(backend, arena);
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final List<Parameter> checked = new ArrayList<>();
  private final List<Tensor> upstream = new ArrayList<>();
  private boolean kinksExpected;
  private int entriesSeen;
  private int kinksSeen;

  GradientCheck(long seed) {
    random = new CounterRandom(seed);
  }

  Backend backend() {
    return backend;
  }

  Arena arena() {
    return arena;
  }

  CounterRandom random() {
    return random;
  }

  /// A store whose parameters are all checked.
  Parameters parameters() {
    return parameters;
  }

  /// The program has rectifiers: entries whose own differences show a kink nearby are left out, as
  /// long as they are few. What the tape says has no part in that.
  void expectKinks() {
    kinksExpected = true;
  }

  /// Parameters of another store that are to be checked too.
  void alsoCheck(Parameters store) {
    checked.addAll(store.all());
  }

  /// A normally distributed input of the program; the tensor may be changed before the check.
  Tensor input(String name, int... shape) {
    var tensor = gaussian(shape);
    inputs.put(name, tensor);
    return tensor;
  }

  Tensor gaussian(int... shape) {
    var tensor = Tensor.allocate(arena, backend.type(), shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextGaussian());
      }
    }
    return tensor;
  }

  private Inputs inputsOn(Tape tape) {
    var result = new Inputs();
    inputs.forEach((name, tensor) -> result.variables.put(name, tape.input(tensor)));
    return result;
  }

  private Tape tape() {
    return Tape.record(backend, workspace, new CounterRandom(TAPE_KEY));
  }

  /// Fails if a gradient is wrong; else reports the worst error.
  void assertGradients(String group, String name, Program program) {
    var worst = worst(program);
    GradientReport.add(group, name, worst);
    assertTrue(
        worst.error < TOLERANCE,
        () ->
            "%s, %s: relative error %.2e in %s".formatted(group, name, worst.error, worst.tensor));
  }

  /// The largest error over all inputs and parameters.
  Worst worst(Program program) {
    checked.addAll(parameters.all());
    var analytic = analytic(program);
    var worst = new Worst("nothing", 0);
    for (var entry : inputs.entrySet()) {
      worst = larger(worst, compare(entry.getKey(), entry.getValue(), analytic, program));
    }
    for (var parameter : checked) {
      worst = larger(worst, compare(parameter.name(), parameter.value(), analytic, program));
    }
    assertTrue(
        kinksSeen <= KINKS_AT_MOST * entriesSeen,
        () -> "%d of %d entries are too close to a kink".formatted(kinksSeen, entriesSeen));
    return worst;
  }

  /// NaN counts as larger than anything.
  private static Worst larger(Worst a, Worst b) {
    return b.error <= a.error ? a : b;
  }

  private Map<String, double[]> analytic(Program program) {
    checked.forEach(parameter -> parameter.gradient().clear());
    var gradients = new LinkedHashMap<String, double[]>();
    try (var tape = tape()) {
      var variables = inputsOn(tape);
      var results = program.on(tape, variables);
      for (var result : results) {
        upstream.add(gaussian(result.value().shape()));
      }
      if (results.size() == 1) {
        tape.backward(results.getFirst(), upstream.getFirst());
      } else {
        tape.backward(weighted(tape, results));
      }
      variables.variables.forEach(
          (name, variable) -> gradients.put(name, elements(name, variable.gradient())));
      checked.forEach(p -> gradients.put(p.name(), elements(p.name(), p.gradient())));
    }
    return gradients;
  }

  private Variable weighted(Tape tape, List<Variable> results) {
    Variable sum = null;
    for (int i = 0; i < results.size(); i++) {
      var part = tape.sum(tape.multiply(results.get(i), tape.constant(upstream.get(i))));
      sum = sum == null ? part : tape.add(sum, part);
    }
    return sum;
  }

  private static double[] elements(String name, Tensor gradient) {
    var whole = gradient.columns(0, gradient.stride());
    for (int r = 0; r < whole.rows(); r++) {
      for (int c = gradient.columns(); c < whole.columns(); c++) {
        assertEquals(0.0, whole.get(r, c), "padding of the gradient of " + name);
      }
    }
    return gradient.toArray();
  }

  private Worst compare(
      String name, Tensor tensor, Map<String, double[]> analytic, Program program) {
    double[] gradient = analytic.get(name);
    var entries = entries(gradient.length);
    var differences = new LinkedHashMap<Integer, Difference>();
    double scale = 0;
    for (int i : entries) {
      var difference = difference(tensor, i, program);
      differences.put(i, difference);
      scale = Math.max(scale, Math.max(Math.abs(gradient[i]), Math.abs(difference.narrow)));
    }
    assertTrue(
        !(scale <= SMALLEST_SCALE), "the gradient of " + name + " is zero: nothing was checked");
    double error = 0;
    for (int i : entries) {
      var difference = differences.get(i);
      entriesSeen++;
      if (kinksExpected && Math.abs(difference.wide - difference.narrow) > KINK * scale) {
        kinksSeen++;
        continue;
      }
      double measured = difference.extrapolated();
      double entry = Math.max(Math.abs(gradient[i]), Math.abs(measured));
      double relative =
          Math.abs(gradient[i] - measured) / (entry > SMALLEST_ENTRY * scale ? entry : scale);
      error = relative <= error ? error : relative;
    }
    return new Worst(name, error);
  }

  private Set<Integer> entries(int count) {
    var entries = new LinkedHashSet<Integer>();
    for (int i = 0; i < Math.min(count, ENTRIES_AT_MOST); i++) {
      entries.add(count <= ENTRIES_AT_MOST ? i : random.nextInt(count));
    }
    return entries;
  }

  /// The derivative along one element, measured over a step and half a step.
  private record Difference(double wide, double narrow) {
    double extrapolated() {
      return (4 * narrow - wide) / 3;
    }
  }

  private Difference difference(Tensor tensor, int index, Program program) {
    int row = index / tensor.columns();
    int column = index % tensor.columns();
    double x = tensor.get(row, column);
    double step = (kinksExpected ? STEP_AMONG_KINKS : STEP) * Math.max(1, Math.abs(x));
    double wide = difference(tensor, row, column, x, step, program);
    double narrow = difference(tensor, row, column, x, step / 2, program);
    tensor.set(row, column, x);
    return new Difference(wide, narrow);
  }

  private double difference(
      Tensor tensor, int row, int column, double x, double step, Program program) {
    tensor.set(row, column, x + step);
    double[] above = results(program);
    tensor.set(row, column, x - step);
    double[] below = results(program);
    double sum = 0;
    int i = 0;
    for (var weights : upstream) {
      for (double weight : weights.toArray()) {
        sum += weight * (above[i] - below[i]);
        i++;
      }
    }
    return sum / ((x + step) - (x - step));
  }

  private double[] results(Program program) {
    try (var tape = tape()) {
      return program.on(tape, inputsOn(tape)).stream()
          .flatMapToDouble(result -> Arrays.stream(result.value().toArray()))
          .toArray();
    }
  }

  @Override
  public void close() {
    workspace.close();
    arena.close();
    backend.close();
  }
}
