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
import java.util.Set;
import java.util.function.IntFunction;

/// Compares the gradients of a function that is recorded on the tape with finite differences of its
/// results, in float64.
///
///     try (var check = new GradientCheck(42)) {
///       check.input("x", 5, 3, 4);
///       var lstm = Lstm.of(4, 6).create(check.parameters().at("lstm"), check.random());
///       check.run((tape, in) -> List.of(lstm.forward(tape, in.get("x")).output())).assertPasses();
///     }
///
/// For small functions, every element of the Jacobian dresult/dtensor is checked, for every input
/// and every parameter. For larger ones, seeded random directions are: for random u and v, both
/// with entries of either sign, `<v, J·u>` is measured and compared with `<Jᵀ·v, u>` from the tape.
/// Each tensor is moved along 8 directions of all its elements, 8 of some rows each, 8 of some
/// columns each, and 8 of a single element, and each is compared for 8 combinations v of the
/// results.
///
/// The probability of missing a mistake is known. If the gradient is wrong by a fraction r of its
/// norm, one direction of all elements misses the mistake with a probability of about
/// 0.8·tolerance/r, and 8 directions miss it with the eighth power of that. If a single one of
/// 10,000 elements of equal size is wrong by a fraction e, r is e/100: with a tolerance of 1e-6, an
/// e of 1e-3 is missed once in 10⁹ checks, one of 2e-4 once in 2,000. Mistakes in elements that are
/// small compared with others are found in the directions of their rows or columns, where errors
/// are relative to these only, as long as the elements are more than a thousandth of the others.
///
/// Differences are central, at a step that follows the size of the values, and extrapolated
/// (Richardson). The uncertainty of a measurement is the disagreement of the extrapolations plus
/// the rounding of the results, which is measured. If the uncertainty is too large for the
/// tolerance, or slopes seem to jump, steps 64 times smaller, 4,096 times smaller and so on are
/// tried, as far as rounding allows. If slopes jump or disagree at every step, however small, f has
/// a kink (relu, hard sigmoid, a limit). Such derivatives are counted and left out, whatever the
/// tape's values. No gradient is reported as wrong before it has been measured again, over steps
/// close to the best one and below it.
///
/// The function is run many times and must compute the same results each time. Random numbers come
/// from the tape, whose generator restarts with each run, so masks are frozen. Use [Inputs#held]
/// for a state that truncated BPTT holds constant.
public final class GradientCheck implements AutoCloseable {
  /// The default of the largest error that passes. Measurements of smooth functions are correct to
  /// 1e-7 or better, and a wrong gradient is off by 1e-3 or more.
  public static final double TOLERANCE = 1e-6;

  /// The truncation error is about STEP⁶ = 1e-18, the rounding error about 1e-16 / (STEP / 4) =
  /// 4e-13, each times a factor that depends on f. Smaller steps avoid nearby kinks, and suit
  /// functions that change within 1e-3, at the cost of a rounding error of 3e-11, 2e-9 and so on.
  private static final double STEP = 1e-3;

  /// The largest number of elements of all tensors for which the whole Jacobian is checked.
  private static final int JACOBIAN_ELEMENTS = 600;

  /// The largest number of elements of all results for which the whole Jacobian is checked.
  private static final int JACOBIAN_RESULTS = 120;

  /// Number of directions of each kind, and of combinations of results, for a large Jacobian.
  private static final int DIRECTIONS = 8;

  /// A function from inputs and parameters to results.
  @FunctionalInterface
  public interface Program {
    /// Computes the results; must record the same operations each time.
    List<Variable> on(Tape tape, Inputs inputs);
  }

  /// The inputs of one run as variables of its tape.
  public static final class Inputs {
    final Map<String, Variable> variables = new LinkedHashMap<>();
    private final Map<String, Tensor> held;
    private final Tape tape;
    private final Arena arena;

    Inputs(Map<String, Tensor> held, Tape tape, Arena arena) {
      this.held = held;
      this.tape = tape;
      this.arena = arena;
    }

    /// Returns the input of this name.
    ///
    /// @throws IllegalArgumentException if there is none
    public Variable get(String name) {
      var variable = variables.get(name);
      if (variable == null) {
        throw new IllegalArgumentException("no input " + name + " in " + variables.keySet());
      }
      return variable;
    }

    /// Returns a constant: the unperturbed value of `variable`, the same in every run. It passes on
    /// neither a gradient nor a difference, like the state that truncated BPTT carries from window
    /// to window.
    ///
    /// @param name distinguishes the constants of a function
    public Variable held(String name, Variable variable) {
      return tape.constant(
          held.computeIfAbsent(
              name,
              _ -> {
                var value = variable.value();
                var copy = Tensor.allocate(arena, value.type(), value.shape());
                copy.copyFrom(value);
                return copy;
              }));
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

  /// Memory that lives as long as the check.
  public Arena arena() {
    return arena;
  }

  /// Random numbers, for the parameters of the checked function.
  public CounterRandom random() {
    return random;
  }

  /// A store whose parameters are all checked, except frozen ones.
  public Parameters parameters() {
    return parameters;
  }

  /// Adds the parameters of another float64 store, such as a model's, to those checked.
  public GradientCheck with(Parameters store) {
    others.addAll(store.all());
    return this;
  }

  /// Sets another limit than [#TOLERANCE].
  ///
  /// @throws IllegalArgumentException if it is not positive
  public GradientCheck tolerance(double limit) {
    if (!(limit > 0)) {
      throw new IllegalArgumentException("tolerance must be positive, was " + limit);
    }
    tolerance = limit;
    return this;
  }

  /// Creates a normally distributed input of the function. It may be changed before the check.
  public Tensor input(String name, int... shape) {
    var tensor = gaussian(shape);
    inputs.put(name, tensor);
    return tensor;
  }

  /// Creates a tensor of normally distributed numbers, for values that the function holds constant.
  public Tensor gaussian(int... shape) {
    var tensor = Tensor.allocate(arena, backend.type(), shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextGaussian());
      }
    }
    return tensor;
  }

  /// The checked tensors: inputs, and parameters that are not frozen, by name.
  private Map<String, Tensor> tensors() {
    var result = new LinkedHashMap<>(inputs);
    for (var parameter : checkedParameters()) {
      result.put(parameter.name(), parameter.value());
    }
    result.values().removeIf(tensor -> tensor.size() == 0);
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
    var function =
        new CheckedFunction(program, backend, workspace, arena, seed, inputs, checkedParameters());
    double[] here = function.results();
    if (here.length == 0) {
      throw new IllegalArgumentException("the function has no result to check");
    }
    if (!Arrays.equals(here, function.results())) {
      function.faults().add("the results are others when they are computed again");
    }
    long elements = tensors.values().stream().mapToLong(Tensor::size).sum();
    boolean whole = elements <= JACOBIAN_ELEMENTS && here.length <= JACOBIAN_RESULTS;
    var upstreams = upstreams(here.length, whole);
    var gradients = new ArrayList<Map<String, double[]>>();
    for (double[] upstream : upstreams) {
      gradients.add(function.gradients(upstream));
    }
    compareBits(gradients.getFirst(), function.gradients(upstreams[0]), function.faults());
    var observed = new Observed(whole ? null : upstreams);
    IntFunction<String> names = whole ? function::nameOfResult : k -> "combination " + k;
    var noise = Noise.measure(function, here, tensors.values(), observed, new CounterRandom(seed));
    var reports = new ArrayList<GradientReport.TensorReport>();
    for (var entry : tensors.entrySet()) {
      String name = entry.getKey();
      var tensor = entry.getValue();
      var measurement = measurement(name, function, here, noise, observed, upstreams);
      var comparison = new GradientComparison(name, tensor.shape(), tolerance, names, measurement);
      var directions =
          whole
              ? ProbeDirection.elements(tensor)
              : ProbeDirection.samples(tensor, DIRECTIONS, random);
      for (var direction : directions) {
        comparison.add(probe(direction, name, gradients, noise), STEP * direction.unit());
      }
      reports.add(comparison.report());
    }
    return new GradientReport(whole, seed, tolerance, List.copyOf(function.faults()), reports);
  }

  private static Probe probe(
      ProbeDirection direction, String name, List<Map<String, double[]>> gradients, Noise noise) {
    var said = new double[gradients.size()];
    var expected = new double[said.length];
    for (int k = 0; k < said.length; k++) {
      double[] gradient = gradients.get(k).get(name);
      said[k] = direction.along(gradient);
      expected[k] = direction.norm(gradient);
    }
    return new Probe(direction, said, expected, noise);
  }

  private static Measurement measurement(
      String name,
      CheckedFunction function,
      double[] here,
      Noise noise,
      Observed observed,
      double[][] upstreams) {
    return new Measurement() {
      @Override
      public Slopes over(Probe probe, double step) {
        var direction = probe.direction;
        var slopes =
            Slopes.measure(s -> moved(direction, s), here, noise, step, direction::moved, observed);
        direction.move(0);
        return slopes;
      }

      @Override
      public double[] scatter(Probe probe, double place, double distance) {
        var points = new double[2 * Noise.SIDE + 1][];
        for (int i = 0; i < points.length; i++) {
          double at = place + (i - Noise.SIDE) * distance;
          points[i] = observed.of(moved(probe.direction, at));
        }
        probe.direction.move(0);
        return Noise.scatter(points);
      }

      @Override
      public double said(Probe probe, int k, double place) {
        probe.direction.move(place);
        double[] gradient = function.gradients(upstreams[k]).get(name);
        probe.direction.move(0);
        return probe.direction.along(gradient);
      }

      private double[] moved(ProbeDirection direction, double distance) {
        direction.move(distance);
        return function.results();
      }
    };
  }

  /// Every unit vector, or a few random vectors.
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

  private static void compareBits(
      Map<String, double[]> one, Map<String, double[]> two, Set<String> faults) {
    one.forEach((name, gradient) -> {
      if (!Arrays.equals(gradient, two.get(name))) {
        faults.add(name + ": the gradient has other bits when the backward pass is run again");
      }
    });
  }

  @Override
  public void close() {
    workspace.close();
    arena.close();
    backend.close();
  }
}
