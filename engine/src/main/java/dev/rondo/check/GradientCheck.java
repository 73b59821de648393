package dev.rondo.check;

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
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Compares the gradients of a function that is written on the tape with differences of what it
/// computes, in float64.
///
///     try (var check = new GradientCheck(42)) {
///       check.input("x", 5, 3, 4);
///       var lstm = Lstm.of(4, 6).create(check.parameters().at("lstm"), check.random());
///       check.run((tape, in) -> List.of(lstm.forward(tape, in.get("x")).output())).assertPasses();
///     }
///
/// Small functions are checked whole: every element of the Jacobian dresult/dtensor, of every input
/// and every parameter. Of larger ones several seeded directions are: for random u and v, both of
/// either sign, `<v, J·u>` is measured and `<Jᵀ·v, u>` is what the tape says. A wrong element is then
/// seen if it is as large as the tolerance times the norm of its gradient.
///
/// Differences are central, at a step that follows the size of the value, and extrapolated:
///
///     D(s) = (f(x + s) - f(x - s)) / 2s            error of order s²
///     (4·D(s/2) - D(s)) / 3                         error of order s⁴
///
/// Where D(s) and D(s/2) disagree, and far smaller steps do too, or where the derivatives to the
/// right and to the left differ however small the step, f has a kink (relu, hard sigmoid, a limit):
/// such elements are counted and left out, whatever the tape says of them.
///
/// The function is run many times and must compute the same each time: random numbers come from the
/// tape, whose generator begins anew with each run, so masks are frozen. A state that is held constant,
/// as in truncated BPTT, is a constant of the function.
public final class GradientCheck implements AutoCloseable {
  /// What an error must stay below if nothing else is said. Differences of smooth functions reach
  /// 1e-10, and what a wrong gradient misses is 1e-3 and more.
  public static final double TOLERANCE = 1e-6;

  /// Truncation is about STEP⁴ = 6e-14, rounding about 1e-16 / STEP = 2e-13, times what f brings.
  private static final double STEP = 5e-4;

  /// The step that tells a kink from curvature.
  private static final double SMALL_STEP = STEP / 64;

  /// Elements of all tensors up to which the Jacobian is checked.
  private static final int JACOBIAN_ELEMENTS = 600;

  /// Elements of all results up to which the Jacobian is checked.
  private static final int JACOBIAN_RESULTS = 120;

  /// Directions of each tensor, where the Jacobian is too large.
  private static final int DIRECTIONS = 8;

  /// From inputs and parameters to results.
  @FunctionalInterface
  public interface Program {
    /// Computes the results; must record the same operations each time.
    List<Variable> on(Tape tape, Inputs inputs);
  }

  /// The inputs of one run as variables of its tape.
  public static final class Inputs {
    private final Map<String, Variable> variables = new LinkedHashMap<>();

    private Inputs() {}

    /// The input of a name.
    ///
    /// @throws IllegalArgumentException if there is none
    public Variable get(String name) {
      var variable = variables.get(name);
      if (variable == null) {
        throw new IllegalArgumentException("no input " + name + " in " + variables.keySet());
      }
      return variable;
    }
  }

  private final long seed;
  private final Backend backend = Backend.float64(Threads.one());
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();
  private final CounterRandom random;
  private final Parameters parameters = new Parameters(backend, arena);
  private final List<Parameter> others = new ArrayList<>();
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private double tolerance = TOLERANCE;

  /// A check whose random numbers follow from `seed`.
  public GradientCheck(long seed) {
    this.seed = seed;
    random = new CounterRandom(seed);
  }

  /// The float64 kernels.
  public Backend backend() {
    return backend;
  }

  /// Memory that ends with the check.
  public Arena arena() {
    return arena;
  }

  /// Random numbers, for the parameters of what is checked.
  public CounterRandom random() {
    return random;
  }

  /// A store whose parameters are all checked, but for frozen ones.
  public Parameters parameters() {
    return parameters;
  }

  /// Parameters of another float64 store, such as a model's, that are to be checked too.
  public GradientCheck with(Parameters store) {
    others.addAll(store.all());
    return this;
  }

  /// With another limit than [#TOLERANCE].
  ///
  /// @throws IllegalArgumentException if it is not positive
  public GradientCheck tolerance(double limit) {
    if (!(limit > 0)) {
      throw new IllegalArgumentException("tolerance must be positive, was " + limit);
    }
    tolerance = limit;
    return this;
  }

  /// An input of the function, normally distributed; the tensor may be changed before the check.
  public Tensor input(String name, int... shape) {
    var tensor = gaussian(shape);
    inputs.put(name, tensor);
    return tensor;
  }

  /// A tensor of normally distributed numbers, for what the function holds constant.
  public Tensor gaussian(int... shape) {
    var tensor = Tensor.allocate(arena, backend.type(), shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextGaussian());
      }
    }
    return tensor;
  }

  /// What is checked: inputs and parameters that are not frozen, by name.
  private Map<String, Tensor> tensors() {
    var result = new LinkedHashMap<>(inputs);
    for (var parameter : checkedParameters()) {
      result.put(parameter.name(), parameter.value());
    }
    return result;
  }

  private List<Parameter> checkedParameters() {
    var result = new ArrayList<>(parameters.all());
    result.addAll(others);
    result.removeIf(parameter -> !parameter.trainable());
    return result;
  }

  /// Checks the gradients of every input and parameter.
  ///
  /// @throws IllegalArgumentException if there is nothing to check
  public GradientReport run(Program program) {
    var tensors = tensors();
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("there is neither an input nor a parameter to check");
    }
    double[] results = results(program);
    long elements = tensors.values().stream().mapToLong(Tensor::size).sum();
    boolean whole = elements <= JACOBIAN_ELEMENTS && results.length <= JACOBIAN_RESULTS;
    var upstreams = upstreams(results.length, whole);
    var gradients = new ArrayList<Map<String, double[]>>();
    for (double[] upstream : upstreams) {
      gradients.add(gradients(program, upstream));
    }
    String unsteady = firstDifference(gradients.getFirst(), gradients(program, upstreams[0]));
    var reports = new ArrayList<GradientReport.TensorReport>();
    for (var entry : tensors.entrySet()) {
      String name = entry.getKey();
      var tensor = entry.getValue();
      reports.add(
          whole
              ? compareJacobian(name, tensor, gradients, program)
              : compareDirections(name, tensor, upstreams, gradients, program));
    }
    return new GradientReport(whole, seed, tolerance, unsteady, reports);
  }

  /// Every unit vector, or a few random ones.
  private double[][] upstreams(int results, boolean whole) {
    var upstreams = new double[whole ? results : DIRECTIONS][results];
    for (int k = 0; k < upstreams.length; k++) {
      if (whole) {
        upstreams[k][k] = 1;
      } else {
        Arrays.setAll(upstreams[k], _ -> random.nextGaussian());
      }
    }
    return upstreams;
  }

  private Tape tape() {
    return Tape.record(backend, workspace, new CounterRandom(seed));
  }

  private Inputs inputsOn(Tape tape) {
    var result = new Inputs();
    inputs.forEach((name, tensor) -> result.variables.put(name, tape.input(tensor)));
    return result;
  }

  private double[] results(Program program) {
    try (var tape = tape()) {
      return program.on(tape, inputsOn(tape)).stream()
          .flatMapToDouble(result -> Arrays.stream(result.value().toArray()))
          .toArray();
    }
  }

  /// What the tape says: `Jᵀ·upstream` of every tensor.
  private Map<String, double[]> gradients(Program program, double[] upstream) {
    var checked = checkedParameters();
    checked.forEach(parameter -> parameter.gradient().clear());
    var gradients = new LinkedHashMap<String, double[]>();
    try (var tape = tape()) {
      var variables = inputsOn(tape);
      tape.backward(weighted(tape, program.on(tape, variables), upstream));
      variables.variables.forEach(
          (name, variable) -> gradients.put(name, variable.gradient().toArray()));
      checked.forEach(parameter -> gradients.put(parameter.name(), parameter.gradient().toArray()));
    }
    return gradients;
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

  /// The first tensor whose gradient has other bits in the second run; null if there is none.
  private static String firstDifference(Map<String, double[]> one, Map<String, double[]> two) {
    for (var entry : one.entrySet()) {
      if (!Arrays.equals(entry.getValue(), two.get(entry.getKey()))) {
        return entry.getKey();
      }
    }
    return null;
  }

  /// Each element of a tensor in turn: a column of the Jacobian.
  private GradientReport.TensorReport compareJacobian(
      String name, Tensor tensor, List<Map<String, double[]>> gradients, Program program) {
    var comparison = new GradientComparison(name, tensor, tolerance);
    int columns = tensor.columns();
    for (int i = 0; i < tensor.size(); i++) {
      var direction = new double[(int) tensor.size()];
      direction[i] = 1;
      double size = Math.max(1, Math.abs(tensor.get(i / columns, i % columns)));
      double[][] measured = measure(tensor, direction, size, program);
      for (int k = 0; k < gradients.size(); k++) {
        double said = gradients.get(k).get(name)[i];
        int result = k;
        comparison.add(result, i, said, column(measured, steps -> steps[result]));
      }
    }
    return comparison.report();
  }

  /// Random directions of a tensor, one for each random combination of results.
  private GradientReport.TensorReport compareDirections(
      String name,
      Tensor tensor,
      double[][] upstreams,
      List<Map<String, double[]>> gradients,
      Program program) {
    var comparison = new GradientComparison(name, tensor, tolerance);
    for (int d = 0; d < upstreams.length; d++) {
      var direction = new double[(int) tensor.size()];
      Arrays.setAll(direction, _ -> random.nextGaussian());
      double[] gradient = gradients.get(d).get(name);
      comparison.expect(Math.sqrt(dot(gradient, gradient)));
      double size = 1 / Math.sqrt(dot(direction, direction));
      double[][] measured = measure(tensor, direction, size, program);
      double[] upstream = upstreams[d];
      comparison.add(
          d,
          GradientComparison.ALL,
          dot(gradient, direction),
          column(measured, steps -> dot(upstream, steps)));
    }
    return comparison.report();
  }

  private static double[] column(double[][] measured, ToDoubleFunction<double[]> one) {
    return Arrays.stream(measured).mapToDouble(one).toArray();
  }

  /// The derivative of every result along a direction over a step, half a step, a small step and
  /// half of that; then by how much the derivatives to the right and to the left differ over the
  /// last two.
  private double[][] measure(Tensor tensor, double[] direction, double size, Program program) {
    double[] steps = {STEP * size, STEP * size / 2, SMALL_STEP * size, SMALL_STEP * size / 2};
    double[] x = tensor.toArray();
    double[] here = results(program);
    var measured = new double[steps.length + 2][here.length];
    for (int i = 0; i < steps.length; i++) {
      double step = steps[i];
      move(tensor, x, direction, step);
      double[] above = results(program);
      move(tensor, x, direction, -step);
      double[] below = results(program);
      Arrays.setAll(measured[i], k -> (above[k] - below[k]) / (2 * step));
      if (i >= 2) {
        Arrays.setAll(measured[i + 2], k -> (above[k] - 2 * here[k] + below[k]) / step);
      }
    }
    move(tensor, x, direction, 0);
    return measured;
  }

  /// `tensor = x + step·direction`.
  private static void move(Tensor tensor, double[] x, double[] direction, double step) {
    int columns = tensor.columns();
    for (int i = 0; i < x.length; i++) {
      tensor.set(i / columns, i % columns, x[i] + step * direction[i]);
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Override
  public void close() {
    workspace.close();
    arena.close();
    backend.close();
  }
}
