package dev.rondo.nn.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// AR and TAR worked by hand, and what they refuse.
class ActivationRegularizationTest {
  private static final double TOLERANCE = 1e-6;
  private static final double NAN = Double.NaN;

  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  /// `[3, 2, 1]`: three steps of two sequences.
  private Tensor steps(double... values) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, 3, 2, 1);
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, 0, values[i]);
    }
    return tensor;
  }

  private Tape record() {
    return Tape.record(backend, workspace, new CounterRandom(1));
  }

  private static void assertLoss(
      Tape tape, double expected, Variable loss, Variable x, double... gradient) {
    assertEquals(expected, loss.value().scalar(), TOLERANCE);
    tape.backward(loss);
    assertArrayEquals(gradient, x.gradient().toArray(), TOLERANCE);
  }

  /// Squares 1 + 4 + 9 + 16 + 0 + 36 = 66 of six elements: 3·66/6 = 33; the gradient is 2·3/6 = 1
  /// times the element.
  @Test
  void activationsAreTheOnesWorkedByHand() {
    try (var tape = record()) {
      var x = tape.input(steps(1, -2, 3, 4, 0, 6));
      var loss = ActivationRegularization.activations(tape, x, 3);
      assertLoss(tape, 33, loss, x, 1, -2, 3, 4, 0, 6);
    }
  }

  /// Of the first sequence one step is real, of the second two: squares 1 + 4 + 16 = 21 of three
  /// elements, 3/2·21/3 = 10.5; the gradient is 2·1.5/3 = 1 times the element.
  @Test
  void activationsOfPaddedStepsDoNotCount() {
    try (var tape = record()) {
      var x = tape.input(steps(1, -2, NAN, 4, NAN, NAN));
      var loss = ActivationRegularization.activations(tape, x, Lengths.of(1, 2), 1.5);
      assertLoss(tape, 10.5, loss, x, 1, -2, 0, 4, 0, 0);
    }
  }

  /// Differences 2, 6 and -3, 2: squares 4 + 36 + 9 + 4 = 53 of four; 2·53/4 = 26.5. The gradient
  /// is 2·2/4 = 1 times the difference to the step before less that of the step after.
  @Test
  void changesAreTheOnesWorkedByHand() {
    try (var tape = record()) {
      var x = tape.input(steps(1, -2, 3, 4, 0, 6));
      var loss = ActivationRegularization.changes(tape, x, 2);
      assertLoss(tape, 26.5, loss, x, -2, -6, 2 + 3, 6 - 2, -3, 2);
    }
  }

  /// Of lengths 1 and 2 there is one pair, with the difference 6: ½·36 = 18, and a gradient of ±6.
  @Test
  void changesIntoPaddingDoNotCount() {
    try (var tape = record()) {
      var x = tape.input(steps(1, -2, NAN, 4, NAN, NAN));
      var loss = ActivationRegularization.changes(tape, x, Lengths.of(1, 2), 0.5);
      assertLoss(tape, 18, loss, x, 0, -6, 0, 6, 0, 0);
    }
  }

  /// A step that is missing has no neighbours: of the first sequence nothing is left, of the second
  /// -2, 4, 6 with squares 36 + 4 of two.
  @Test
  void changesAcrossAGapDoNotCount() {
    boolean[][] real = {{true, true}, {false, true}, {true, true}};
    for (var gap : Lengths.Gap.values()) {
      try (var tape = record()) {
        var x = tape.input(steps(1, -2, NAN, 4, 0, 6));
        var lengths = Lengths.ofMask(real, gap);
        var loss = ActivationRegularization.changes(tape, x, lengths, 1);
        assertLoss(tape, 20, loss, x, 0, -6, 0, 6 - 2, 0, 2);
      }
    }
  }

  @Test
  void whereNothingCountsTheyAreZero() {
    try (var tape = record()) {
      var x = tape.input(steps(NAN, NAN, NAN, NAN, NAN, NAN));
      var none = Lengths.of(0, 0);
      assertEquals(0.0, ActivationRegularization.activations(tape, x, none, 2).value().scalar());
      assertEquals(0.0, ActivationRegularization.changes(tape, x, none, 2).value().scalar());
      assertEquals(0.0, ActivationRegularization.activations(tape, x, 0).value().scalar());
      assertEquals(0.0, ActivationRegularization.changes(tape, x, 0).value().scalar());
    }
    try (var tape = record()) {
      var x = tape.input(steps(1, 2, 3, 4, 5, 6).rows(0, 2).reshape(1, 2, 1));
      var loss = ActivationRegularization.changes(tape, x, 2);
      assertLoss(tape, 0, loss, x, 0, 0);
    }
  }

  @Test
  void evaluatingTapesKnowNothingOfThem() {
    try (var tape = Tape.evaluate(backend, workspace)) {
      var x = tape.constant(steps(1, -2, 3, 4, 0, 6));
      assertEquals(0.0, ActivationRegularization.activations(tape, x, 2).value().scalar());
      assertEquals(0.0, ActivationRegularization.changes(tape, x, 1).value().scalar());
    }
  }

  @Test
  void wrongArgumentsAreNamedWithTheRuleAndTheValue() {
    try (var tape = record()) {
      var x = tape.input(steps(1, -2, 3, 4, 0, 6));
      var matrix = tape.input(steps().rows(0, 2));
      assertMessage(
          "output is [2, 1] FLOAT32, expected [steps, batchSize, n]",
          () -> ActivationRegularization.activations(tape, matrix, 1));
      assertMessage(
          "lengths are of 3 rows, expected 2",
          () -> ActivationRegularization.changes(tape, x, Lengths.of(1, 2, 3), 1));
      assertMessage(
          "lengths reach 4 steps, output has 3",
          () -> ActivationRegularization.activations(tape, x, Lengths.of(1, 4), 1));
      assertMessage(
          "alpha must be finite and not negative, was -1.0",
          () -> ActivationRegularization.activations(tape, x, -1));
      assertMessage(
          "beta must be finite and not negative, was NaN",
          () -> ActivationRegularization.changes(tape, x, NAN));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
