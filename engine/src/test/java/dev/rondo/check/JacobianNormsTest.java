package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Estimates of how the last state depends on those before, where they follow from the input, the
/// state and the directions.
class JacobianNormsTest {
  private final Arena arena = Arena.ofConfined();
  private final Backend backend = Backend.float64(Threads.one());

  @AfterEach
  void close() {
    backend.close();
    arena.close();
  }

  private Tensor zeros(int... shape) {
    return Tensor.allocate(arena, backend.type(), shape);
  }

  /// `h = tanh(h₋₁/2 + x)` from h = 0 over x = (0, 1): dh_2/dh_1 = (1 - tanh²(1))/2.
  @Test
  void theSlopeIsThatOfTheInput() {
    var parameters = new Parameters(backend, arena);
    var rnn = Rnn.of(1, 1).create(parameters, new CounterRandom(1));
    parameters.all().forEach(parameter -> parameter.value().clear());
    parameters.get("weight_ih_l0").value().set(0, 0, 1);
    parameters.get("weight_hh_l0").value().set(0, 0, 0.5);
    var x = zeros(2, 1, 1);
    x.set(1, 0, 1);
    var norms = GradientFlow.jacobians(rnn, x, 1, 1).getFirst();
    double h = Math.tanh(1);
    assertEquals((1 - h * h) / 2, norms.norms()[1], 1e-7);
    assertEquals("weight_hh_l0", norms.name());
    assertEquals(
        """
        weight_hh_l0: |dh_T/dh_t| ±71 %% %s
          by lag  0: 1.00  1: 0.210
        """
            .formatted(norms.verdict()),
        norms.toString());
  }

  /// Of U = [[1, 1], [0, 1]] and v of two signs, ‖Uᵀ·v‖² is 1 or 5; the mean of two directions may
  /// be 3.
  @Test
  void thereAreAsManyDirectionsAsAskedFor() {
    var parameters = new Parameters(backend, arena);
    var linear = Rnn.options(Activation.affine(1, 0));
    var rnn = Rnn.of(1, 2, linear).create(parameters, new CounterRandom(1));
    parameters.all().forEach(parameter -> parameter.value().clear());
    var u = parameters.get("weight_hh_l0").value();
    u.set(0, 0, 1);
    u.set(0, 1, 1);
    u.set(1, 1, 1);
    boolean three = false;
    for (int seed = 0; seed < 20; seed++) {
      double one = squareOf(rnn, 1, seed);
      assertTrue(Math.abs(one - 1) < 1e-12 || Math.abs(one - 5) < 1e-12, "seed " + seed);
      three |= Math.abs(squareOf(rnn, 2, seed) - 3) < 1e-12;
    }
    assertTrue(three);
  }

  private double squareOf(Recurrent rnn, int directions, long seed) {
    double norm =
        GradientFlow.jacobians(rnn, zeros(2, 1, 1), directions, seed).getFirst().norms()[1];
    return norm * norm;
  }

  /// The last three steps of five, from the state after two.
  @Test
  void aSequenceGoesOnFromAState() {
    var lstm = Lstm.of(2, 3).create(new Parameters(backend, arena), new CounterRandom(4));
    var random = new CounterRandom(5);
    var x = zeros(5, 2, 2);
    for (int row = 0; row < x.rows(); row++) {
      x.set(row, 0, 3 * random.nextGaussian());
      x.set(row, 1, 3 * random.nextGaussian());
    }
    var state = lstm.newState(2, arena);
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var first = tape.constant(x.rows(0, 4).reshape(2, 2, 2));
      lstm.forward(tape, first).lastState().copyTo(state);
    }
    var rest = x.rows(4, 6).reshape(3, 2, 2);
    double[] whole = GradientFlow.jacobians(lstm, x, 2, 9).getFirst().norms();
    double[] part = GradientFlow.jacobians(lstm, rest, null, state, 2, 9).getFirst().norms();
    double[] anew = GradientFlow.jacobians(lstm, rest, 2, 9).getFirst().norms();
    assertEquals(3, part.length);
    for (int lag = 0; lag < 3; lag++) {
      assertEquals(whole[lag], part[lag], 1e-14);
    }
    assertNotEquals(whole[2], anew[2], 1e-6);
  }
}
