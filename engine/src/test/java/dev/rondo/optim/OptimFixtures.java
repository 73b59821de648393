package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// What the tests of this package share.
final class OptimFixtures {
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

  /// Every formula that the optimizers know.
  static Stream<Contender> contenders() {
    return Stream.of(
        new Contender("sgd", false, p -> Sgd.of(p, 0.05)),
        new Contender("sgd, decay", true, p -> Sgd.of(p, Sgd.options(0.05).weightDecay(0.01))),
        new Contender(
            "momentum", false, p -> Sgd.of(p, Sgd.options(0.02).momentum(0.9).dampening(0.1))),
        new Contender(
            "nesterov",
            true,
            p -> Sgd.of(p, Sgd.options(0.02).momentum(0.9).nesterov(true).weightDecay(0.01))),
        new Contender("adam", false, p -> Adam.of(p, 0.05)),
        new Contender("adam, decay", true, p -> Adam.of(p, Adam.options(0.05).weightDecay(0.01))),
        new Contender("adamw", true, p -> AdamW.of(p, 0.05)));
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
        assertEquals(
            Double.doubleToLongBits(expected.get(r, c)),
            Double.doubleToLongBits(actual.get(r, c)),
            "%s at [%d, %d]".formatted(message, r, c));
      }
    }
  }

  static void assertPaddingIsZero(Tensor tensor, String message) {
    var rows = tensor.columns(0, tensor.stride());
    for (int r = 0; r < rows.rows(); r++) {
      for (int c = tensor.columns(); c < rows.columns(); c++) {
        assertEquals(0.0, rows.get(r, c), "%s at [%d, %d]".formatted(message, r, c));
      }
    }
  }
}
