package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSameBits;
import static dev.rondo.optim.OptimFixtures.randomize;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Gradients add up until they are cleared: over tapes, and over the losses of one tape. The layer
/// is tanh(x·w), written with the tape's own operations.
class GradientAccumulationTest {
  private static final int INPUT_SIZE = 5;
  private static final int OUTPUT_SIZE = 19;

  /// Sums of a few numbers about 1 in another order.
  private static final double ROUNDING = 1e-14;

  private static Parameters store(Backend backend, Arena memory) {
    var parameters = new Parameters(backend, memory);
    randomize(parameters.create("w", INPUT_SIZE, OUTPUT_SIZE).value(), new CounterRandom(3));
    return parameters;
  }

  private static Tensor batch(Backend backend, Arena memory, int rows) {
    var x = Tensor.allocate(memory, backend.type(), rows, INPUT_SIZE);
    randomize(x, new CounterRandom(4));
    return x;
  }

  private static Variable squares(Tape tape, Parameters parameters, Tensor x) {
    var y = tape.tanh(tape.matmul(tape.constant(x), tape.parameter(parameters.get("w"))));
    return tape.sum(tape.multiply(y, y));
  }

  private static Variable sum(Tape tape, Parameters parameters, Tensor x) {
    return tape.sum(tape.matmul(tape.constant(x), tape.parameter(parameters.get("w"))));
  }

  /// What turns a batch into a loss.
  private interface Loss {
    Variable of(Tape tape, Parameters parameters, Tensor x);
  }

  private static void backward(
      Parameters parameters, Workspace workspace, Tensor x, Loss... losses) {
    try (var tape = Tape.record(parameters.backend(), workspace, new CounterRandom(1))) {
      Variable total = null;
      for (var loss : losses) {
        var part = loss.of(tape, parameters, x);
        total = total == null ? part : tape.add(total, part);
      }
      tape.backward(total);
    }
  }

  /// The gradient of a parameter is a sum over rows in their order, which goes on where the first
  /// half left it: not nearly the same gradient, the same.
  @Tag("kernel")
  @Test
  void twoHalvesOfABatchGiveTheBitsOfTheWhole() {
    try (var memory = Arena.ofShared();
        var workspace = new Workspace()) {
      for (var backend : OptimFixtures.floatBackends()) {
        try (backend) {
          var x = batch(backend, memory, 14);
          var whole = store(backend, memory);
          backward(whole, workspace, x, GradientAccumulationTest::squares);
          Optimizer.of(whole, Adam.of(0.1)).step();

          var halves = store(backend, memory);
          backward(halves, workspace, x.rows(0, 7), GradientAccumulationTest::squares);
          backward(halves, workspace, x.rows(7, 7), GradientAccumulationTest::squares);
          Optimizer.of(halves, Adam.of(0.1)).step();
          assertSameBits(whole.get("w").gradient(), halves.get("w").gradient(), backend.name());
          assertSameBits(whole.get("w").value(), halves.get("w").value(), backend.name());
        }
      }
    }
  }

  @Test
  void twoLossesOfOneTapeGiveTheSumOfTheirGradients() {
    try (var memory = Arena.ofConfined();
        var workspace = new Workspace();
        var backend = Backend.float64(Threads.one())) {
      var x = batch(backend, memory, 6);
      var first = store(backend, memory);
      backward(first, workspace, x, GradientAccumulationTest::squares);
      var second = store(backend, memory);
      backward(second, workspace, x, GradientAccumulationTest::sum);
      double[] expected = first.get("w").gradient().toArray();
      double[] other = second.get("w").gradient().toArray();
      for (int i = 0; i < expected.length; i++) {
        expected[i] += other[i];
      }

      var together = store(backend, memory);
      backward(
          together, workspace, x, GradientAccumulationTest::squares, GradientAccumulationTest::sum);
      assertArrayEquals(expected, together.get("w").gradient().toArray(), ROUNDING);

      var inTurn = store(backend, memory);
      backward(inTurn, workspace, x, GradientAccumulationTest::squares);
      backward(inTurn, workspace, x, GradientAccumulationTest::sum);
      assertArrayEquals(expected, inTurn.get("w").gradient().toArray(), ROUNDING);
    }
  }

  /// Two tapes before one step are one step along the sum: 0.25·(g + g) = 0.5·g.
  @Test
  void twoTapesBeforeOneStepAddUp() {
    try (var memory = Arena.ofConfined();
        var workspace = new Workspace();
        var backend = Backend.float64(Threads.one())) {
      var x = batch(backend, memory, 6);
      var once = store(backend, memory);
      backward(once, workspace, x, GradientAccumulationTest::squares);
      Optimizer.of(once, Sgd.of(0.5)).step();
      var twice = store(backend, memory);
      backward(twice, workspace, x, GradientAccumulationTest::squares);
      backward(twice, workspace, x, GradientAccumulationTest::squares);
      Optimizer.of(twice, Sgd.of(0.25)).step();
      assertArrayEquals(
          once.get("w").value().toArray(), twice.get("w").value().toArray(), ROUNDING);

      twice.clearGradients();
      assertArrayEquals(new double[INPUT_SIZE * OUTPUT_SIZE], twice.get("w").gradient().toArray());
    }
  }
}
