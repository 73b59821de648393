package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// What the tests of this package share.
final class OptimFixtures {
  /// A few roundings of numbers about 1.
  static final double ROUNDING = 2e-15;

  private OptimFixtures() {}

  /// An optimizer to be made, by name, so that a failing test says which it was.
  ///
  /// @param decays whether it pulls values towards zero as well
  record Contender(String name, boolean decays, Function<Parameters, Optimizer> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  /// Every formula that the optimizers know: those below, and what else is registered, with its
  /// defaults.
  static Stream<Contender> contenders() {
    var known = Stream.of(gradientDescents(), adams(), others()).flatMap(some -> some).toList();
    var names = known.stream().map(Contender::name).toList();
    var further =
        Algorithms.names().stream()
            .filter(name -> !names.contains(name))
            .map(name ->
                new Contender(name, false, p -> Optimizer.of(p, Algorithms.of(name, 0.05))));
    return Stream.concat(known.stream(), further);
  }

  private static Stream<Contender> gradientDescents() {
    return Stream.of(
        new Contender("sgd", false, p -> Optimizer.of(p, Sgd.of(0.05))),
        new Contender("sgd, decay", true, p -> Optimizer.of(p, Sgd.of(0.05).weightDecay(0.01))),
        new Contender(
            "momentum", false, p -> Optimizer.of(p, Sgd.of(0.02).momentum(0.9).dampening(0.1))),
        new Contender(
            "nesterov",
            true,
            p -> Optimizer.of(p, Sgd.of(0.02).momentum(0.9).nesterov(true).weightDecay(0.01))));
  }

  private static Stream<Contender> adams() {
    return Stream.of(
        new Contender("adam", false, p -> Optimizer.of(p, Adam.of(0.05))),
        new Contender("adam, decay", true, p -> Optimizer.of(p, Adam.of(0.05).weightDecay(0.01))),
        new Contender("amsgrad", false, p -> Optimizer.of(p, Adam.of(0.05).amsgrad(true))),
        new Contender("adamw", true, p -> Optimizer.of(p, AdamW.of(0.05))),
        new Contender("adamw, amsgrad", true, p -> Optimizer.of(p, AdamW.of(0.05).amsgrad(true))),
        new Contender("nadam", false, p -> Optimizer.of(p, NAdam.of(0.05))),
        new Contender("nadam, decay", true, p -> Optimizer.of(p, NAdam.of(0.05).weightDecay(0.01))),
        new Contender(
            "nadam, decoupled",
            true,
            p -> Optimizer.of(p, NAdam.of(0.05).weightDecay(0.01).decoupled(true))),
        new Contender("radam", false, p -> Optimizer.of(p, RAdam.of(0.05))),
        new Contender("radam, decay", true, p -> Optimizer.of(p, RAdam.of(0.05).weightDecay(0.01))),
        new Contender(
            "radam, decoupled",
            true,
            p -> Optimizer.of(p, RAdam.of(0.05).weightDecay(0.01).decoupled(true))));
  }

  private static Stream<Contender> others() {
    return Stream.of(
        new Contender("adagrad", false, p -> Optimizer.of(p, Adagrad.of(0.5))),
        new Contender(
            "adagrad, decay",
            true,
            p -> Optimizer.of(p, Adagrad.of(0.5).weightDecay(0.01).learningRateDecay(1e-3))),
        new Contender("adadelta", false, p -> Optimizer.of(p, Adadelta.of(1).epsilon(1e-3))),
        new Contender(
            "adadelta, decay",
            true,
            p -> Optimizer.of(p, Adadelta.of(1).epsilon(1e-3).weightDecay(0.01))),
        new Contender("rmsprop", false, p -> Optimizer.of(p, RmsProp.of(0.02))),
        new Contender(
            "rmsprop, decay", true, p -> Optimizer.of(p, RmsProp.of(0.02).weightDecay(0.01))),
        new Contender(
            "rmsprop, centred", false, p -> Optimizer.of(p, RmsProp.of(0.02).centred(true))),
        new Contender(
            "rmsprop, momentum", false, p -> Optimizer.of(p, RmsProp.of(0.005).momentum(0.9))),
        new Contender(
            "rmsprop, centred, momentum",
            false,
            p -> Optimizer.of(p, RmsProp.of(0.005).momentum(0.9).centred(true))));
  }

  /// Takes one parameter from 1 along the gradients, one step each, and compares its value after
  /// each.
  static void assertSteps(
      Function<Parameters, Optimizer> make, double[] gradients, double... expected) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      w.value().set(0, 0, 1);
      var optimizer = make.apply(parameters);
      for (int i = 0; i < expected.length; i++) {
        w.gradient().set(0, 0, gradients[i]);
        optimizer.step();
        assertEquals(expected[i], w.value().scalar(), ROUNDING, "step " + (i + 1));
      }
    }
  }

  static double[] gradients(double... gradients) {
    return gradients;
  }

  /// The names of the state that an optimizer has for a parameter `w`.
  static List<String> stateOf(Function<Parameters, Optimizer> make) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      parameters.create("w", 3, 5);
      return List.copyOf(make.apply(parameters).state().keySet());
    }
  }

  /// All float32 backends, the vector one where it can run.
  static List<Backend> floatBackends() {
    var scalar = Backend.scalar(Threads.one());
    return Backend.vectorAvailable()
        ? List.of(scalar, Backend.vector(Threads.one()), Backend.vector(Threads.of(2)))
        : List.of(scalar, Backend.scalar(Threads.of(2)));
  }

  /// Uniform in [-1, 1).
  static void randomize(Tensor target, CounterRandom random) {
    for (int r = 0; r < target.rows(); r++) {
      for (int c = 0; c < target.columns(); c++) {
        target.set(r, c, 2 * random.nextDouble() - 1);
      }
    }
  }

  static void assertSameBits(Tensor expected, Tensor actual, String message) {
    assertEquals(expected.toString(), actual.toString(), message);
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        double e = expected.get(r, c);
        double a = actual.get(r, c);
        if (Double.doubleToLongBits(e) != Double.doubleToLongBits(a)) {
          fail("%s at [%d, %d] is %s, expected %s".formatted(message, r, c, a, e));
        }
      }
    }
  }

  static void assertPaddingIsZero(Tensor tensor, String message) {
    var rows = tensor.columns(0, tensor.stride());
    for (int r = 0; r < rows.rows(); r++) {
      for (int c = tensor.columns(); c < rows.columns(); c++) {
        if (rows.get(r, c) != 0) {
          fail("%s: padding [%d, %d] is %s".formatted(message, r, c, rows.get(r, c)));
        }
      }
    }
  }
}
