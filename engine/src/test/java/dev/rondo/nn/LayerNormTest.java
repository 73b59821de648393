package dev.rondo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Layer normalization worked by hand, and what it refuses.
class LayerNormTest {
  private static final double TOLERANCE = 1e-6;

  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();
  private final Parameters parameters = new Parameters(backend, arena);

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  private Tensor row(float... values) {
    return Tensor.of(arena, new float[][] {values});
  }

  /// Row 1, 2, 3, 6: mean 3, variance (4 + 1 + 0 + 9)/4 = 3.5; with epsilon 0.5 the deviation is 2,
  /// so n = -1, -½, 0, 1½. Times 2, 1, 1, -1, plus 0, 0, 1, ½.
  ///
  /// Back: the gradient times the weight is d = 1, 0, 2, 5, whose mean is 2 and whose mean product
  /// with n is (-1 + 7½)/4 = 1.625; dx = (d - 2 - 1.625·n)/2. dweight is the gradient times n.
  @Test
  void theResultAndItsGradientsAreTheOnesWorkedByHand() {
    var layer = LayerNorm.of(4).epsilon(0.5).create(parameters);
    var weight = parameters.get("weight");
    var bias = parameters.get("bias");
    weight.value().copyFrom(row(2, 1, 1, -1));
    bias.value().copyFrom(row(0, 0, 1, 0.5f));
    try (var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var x = tape.input(row(1, 2, 3, 6));
      var y = layer.forward(tape, x);
      assertArrayEquals(new double[] {-2, -0.5, 1, -1}, y.value().toArray(), TOLERANCE);
      tape.backward(y, row(0.5f, 0, 2, -5));
      assertArrayEquals(
          new double[] {0.3125, -0.59375, 0, 0.28125}, x.gradient().toArray(), TOLERANCE);
      assertArrayEquals(new double[] {-0.5, 0, 0, -7.5}, weight.gradient().toArray(), TOLERANCE);
      assertArrayEquals(new double[] {0.5, 0, 2, -5}, bias.gradient().toArray(), TOLERANCE);
    }
  }

  /// The two values of each row are c ± d: n = ±d/√(d² + 1e-5), of all leading dimensions.
  @Test
  void atFirstItOnlyNormalizes() {
    var layer = LayerNorm.of(2).create(parameters);
    var values = new float[][] {{5, 3}, {0, 8}, {-1, -1}, {2, 3}, {7, 1}, {0, 0.002f}};
    try (var tape = Tape.evaluate(backend, workspace)) {
      var x = Tensor.of(arena, values).reshape(3, 2, 2);
      var y = layer.forward(tape, tape.constant(x)).value();
      assertArrayEquals(new int[] {3, 2, 2}, y.shape());
      for (int r = 0; r < values.length; r++) {
        double d = (values[r][0] - values[r][1]) / 2.0;
        double n = d / StrictMath.sqrt(d * d + 1e-5);
        assertEquals(n, y.get(r, 0), TOLERANCE);
        assertEquals(-n, y.get(r, 1), TOLERANCE);
      }
    }
  }

  /// The row has n₀ = -2/√3.5, the gradient mean ¼ and n₀/4: dx₀ = (1 - ¼ - n₀²/4)/√3.5, where
  /// n₀²/4 is 2/7.
  @Test
  void frozenParametersGetNoGradient() {
    var layer = LayerNorm.of(4).create(parameters);
    parameters.all().forEach(parameter -> parameter.setTrainable(false));
    try (var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var x = tape.input(row(1, 2, 3, 6));
      tape.backward(layer.forward(tape, x), row(1, 0, 0, 0));
      assertEquals(0.0, parameters.get("weight").gradient().get(0, 0));
      assertEquals(0.0, parameters.get("bias").gradient().get(0, 0));
      // rows of dx add up to nothing: a constant added to x changes no result
      double sum = 0;
      for (double element : x.gradient().toArray()) {
        sum += element;
      }
      assertEquals(0, sum, TOLERANCE);
      double expected = (0.75 - 2 / 7.0) / StrictMath.sqrt(3.5);
      assertEquals(expected, x.gradient().get(0, 0), 1e-5);
    }
  }

  @Test
  void wrongValuesAreNamedWithTheRule() {
    assertMessage("size must be positive, was 0", () -> LayerNorm.of(0));
    assertMessage("epsilon must be positive, was 0.0", () -> LayerNorm.of(3).epsilon(0));
    assertMessage("epsilon must be positive, was NaN", () -> LayerNorm.of(3).epsilon(Double.NaN));
    var layer = LayerNorm.of(4).create(parameters);
    try (var tape = Tape.evaluate(backend, workspace)) {
      assertMessage(
          "x is [1, 3] FLOAT32, expected [..., 4]",
          () -> layer.forward(tape, tape.constant(row(1, 2, 3))));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
