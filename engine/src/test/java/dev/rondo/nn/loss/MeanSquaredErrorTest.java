package dev.rondo.nn.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The squared error worked by hand, and what it refuses.
class MeanSquaredErrorTest {
  private static final double TOLERANCE = 1e-6;

  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  private Tensor rows(float[]... values) {
    return Tensor.of(arena, values);
  }

  private static float[] row(float... values) {
    return values;
  }

  private Tape record() {
    return Tape.record(backend, workspace, new CounterRandom(1));
  }

  /// Differences 0, 2, -3 and 0, 1, 2: squares 4 + 9 + 1 + 4 = 18, their mean 3; the gradient of
  /// the sum is twice the difference.
  @Test
  void theLossAndItsGradientAreTheOnesWorkedByHand() {
    var targets = rows(row(1, 0, 6), row(4, 4, 4));
    try (var tape = record()) {
      var x = tape.input(rows(row(1, 2, 3), row(4, 5, 6)));
      var loss = MeanSquaredError.sum(tape, x, targets);
      assertEquals(18, loss.value().scalar(), TOLERANCE);
      tape.backward(loss);
      assertArrayEquals(new double[] {0, 4, -6, 0, 2, 4}, x.gradient().toArray(), TOLERANCE);
    }
    try (var tape = record()) {
      var x = tape.input(rows(row(1, 2, 3), row(4, 5, 6)));
      var loss = MeanSquaredError.mean(tape, x, targets);
      assertEquals(3, loss.value().scalar(), TOLERANCE);
      tape.backward(tape.scale(6, loss));
      assertArrayEquals(new double[] {0, 4, -6, 0, 2, 4}, x.gradient().toArray(), TOLERANCE);
    }
  }

  /// Of the differences 1, NaN and 3, -1 the first, third and last count: (1 + 9 + 1)/3.
  @Test
  void whatCountsNothingMayHoldAnything() {
    var targets = rows(row(1, Float.NaN), row(0, 5));
    var counted = rows(row(1, 0), row(-1, 0.5f));
    try (var tape = record()) {
      var x = tape.input(rows(row(2, Float.POSITIVE_INFINITY), row(3, 4)));
      var loss = MeanSquaredError.mean(tape, x, targets, counted);
      assertEquals(11 / 3.0, loss.value().scalar(), TOLERANCE);
      tape.backward(loss);
      assertArrayEquals(new double[] {2 / 3.0, 0, 2, -2 / 3.0}, x.gradient().toArray(), TOLERANCE);
      assertEquals(11, MeanSquaredError.sum(tape, x, targets, counted).value().scalar(), TOLERANCE);
    }
  }

  @Test
  void whereNothingCountsTheLossIsZero() {
    try (var tape = record()) {
      var x = tape.input(rows(row(2, 3)));
      var loss = MeanSquaredError.mean(tape, x, rows(row(0, 0)), rows(row(0, 0)));
      tape.backward(loss);
      assertEquals(0.0, loss.value().scalar());
      assertArrayEquals(new double[2], x.gradient().toArray());
    }
  }

  @Test
  void wrongShapesAreNamedWithTheRuleAndTheValue() {
    try (var tape = record()) {
      var x = tape.input(rows(row(1, 2), row(3, 4)));
      assertMessage(
          "targets is [1, 2] FLOAT32, expected the shape of prediction, [2, 2] FLOAT32",
          () -> MeanSquaredError.mean(tape, x, rows(row(1, 2))));
      assertMessage(
          "counted is [1, 2] FLOAT32, expected the shape of prediction, [2, 2] FLOAT32",
          () -> MeanSquaredError.sum(tape, x, x.value(), rows(row(1, 2))));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
