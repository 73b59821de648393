package dev.rondo.nn.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Cross-entropy worked by hand, and what it refuses.
class CrossEntropyTest {
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

  /// Rows whose softmax is (3/5, 1/5, 1/5) and (1/2, 1/4, 1/4).
  private Tensor logits() {
    float ln2 = (float) StrictMath.log(2);
    float ln3 = (float) StrictMath.log(3);
    return Tensor.of(arena, new float[][] {{ln3, 0, 0}, {5 + ln2, 5, 5}, {7, 8, 9}});
  }

  private Tokens targets(int... values) {
    var tokens = new int[values.length][1];
    for (int t = 0; t < values.length; t++) {
      tokens[t][0] = values[t];
    }
    return Tokens.of(arena, tokens);
  }

  private Tape record() {
    return Tape.record(backend, workspace, new CounterRandom(1));
  }

  /// Targets 0 and 2, the third row ignored: the losses are ln(5/3) and ln 4; gradients are softmax
  /// - onehot.
  @Test
  void theLossAndItsGradientAreTheOnesWorkedByHand() {
    double sum = StrictMath.log(5.0 / 3) + StrictMath.log(4);
    try (var tape = record()) {
      var x = tape.input(logits());
      var loss = CrossEntropy.sum(tape, x, targets(0, 2, Tokens.IGNORED));
      assertEquals(sum, loss.value().scalar(), TOLERANCE);
      tape.backward(loss);
      assertGradient(x, 1, new double[][] {{-0.4, 0.2, 0.2}, {0.5, 0.25, -0.75}, {0, 0, 0}});
    }
    try (var tape = record()) {
      var x = tape.input(logits());
      var loss = CrossEntropy.mean(tape, x, targets(0, 2, Tokens.IGNORED));
      assertEquals(sum / 2, loss.value().scalar(), TOLERANCE);
      tape.backward(loss);
      assertGradient(x, 0.5, new double[][] {{-0.4, 0.2, 0.2}, {0.5, 0.25, -0.75}, {0, 0, 0}});
    }
  }

  private static void assertGradient(Variable x, double factor, double[][] expected) {
    for (int r = 0; r < expected.length; r++) {
      for (int c = 0; c < expected[r].length; c++) {
        assertEquals(factor * expected[r][c], x.gradient().get(r, c), TOLERANCE);
      }
    }
  }

  @Test
  void whereAllTargetsAreIgnoredLossAndGradientAreZero() {
    try (var tape = record()) {
      var x = tape.input(logits());
      int none = Tokens.IGNORED;
      var loss = CrossEntropy.mean(tape, x, targets(none, none, none));
      tape.backward(loss);
      assertEquals(0.0, loss.value().scalar());
      assertGradient(x, 1, new double[3][3]);
    }
  }

  /// NaN in a row that is ignored must not come through.
  @Test
  void anIgnoredRowMayHoldAnything() {
    var values = logits();
    values.rows(2, 1).fill(Double.NaN);
    try (var tape = record()) {
      var x = tape.input(values);
      var loss = CrossEntropy.sum(tape, x, targets(0, 2, Tokens.IGNORED));
      tape.backward(loss);
      assertEquals(StrictMath.log(20.0 / 3), loss.value().scalar(), TOLERANCE);
      assertGradient(x, 1, new double[][] {{-0.4, 0.2, 0.2}, {0.5, 0.25, -0.75}, {0, 0, 0}});
    }
  }

  @Test
  void wrongTargetsAreNamedWithTheRuleAndTheValue() {
    try (var tape = record()) {
      var x = tape.input(logits());
      assertMessage(
          "targets are [2, 1] tokens, expected 3 in all",
          () -> CrossEntropy.mean(tape, x, targets(0, 1)));
      assertMessage(
          "target 1 is 3, expected 0 to 2", () -> CrossEntropy.mean(tape, x, targets(0, 3, 1)));
      assertMessage(
          "target 2 is -1, expected 0 to 2", () -> CrossEntropy.sum(tape, x, targets(0, 1, -1)));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
