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

/// Binary cross-entropy worked by hand, and what it refuses.
class BinaryCrossEntropyTest {
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

  private static final float LN3 = (float) StrictMath.log(3);

  /// σ is ¾, ¾ and ¼. With targets 1, 0 and ½ the losses are ln(4/3), ln 4 and half of each; the
  /// gradient is σ - target.
  @Test
  void theLossAndItsGradientAreTheOnesWorkedByHand() {
    double ln4 = StrictMath.log(4);
    double sum = (ln4 - LN3) + ln4 + (ln4 - LN3 / 2);
    var targets = rows(row(1, 0, 0.5f));
    try (var tape = record()) {
      var x = tape.input(rows(row(LN3, LN3, -LN3)));
      var loss = BinaryCrossEntropy.sum(tape, x, targets);
      assertEquals(sum, loss.value().scalar(), TOLERANCE);
      tape.backward(loss);
      assertArrayEquals(new double[] {-0.25, 0.75, -0.25}, x.gradient().toArray(), TOLERANCE);
    }
    try (var tape = record()) {
      var x = tape.input(rows(row(LN3, LN3, -LN3)));
      var loss = BinaryCrossEntropy.mean(tape, x, targets);
      assertEquals(sum / 3, loss.value().scalar(), TOLERANCE);
      tape.backward(tape.scale(3, loss));
      assertArrayEquals(new double[] {-0.25, 0.75, -0.25}, x.gradient().toArray(), TOLERANCE);
    }
  }

  @Test
  void largeLogitsOverflowNowhere() {
    try (var tape = record()) {
      var x = tape.input(rows(row(1e4f, -1e4f, 1e30f)));
      var loss = BinaryCrossEntropy.sum(tape, x, rows(row(0, 1, 1)));
      assertEquals(2e4, loss.value().scalar());
      tape.backward(loss);
      assertArrayEquals(new double[] {1, -1, 0}, x.gradient().toArray());
    }
  }

  /// Only ln(4/3) and ln 2 count.
  @Test
  void whatCountsNothingMayHoldAnything() {
    var targets = rows(row(1, Float.NaN), row(0, 5));
    var counted = rows(row(1, 0), row(-1, 0));
    try (var tape = record()) {
      var x = tape.input(rows(row(LN3, Float.NaN), row(0, Float.NEGATIVE_INFINITY)));
      double sum = StrictMath.log(4.0 / 3) + StrictMath.log(2);
      var loss = BinaryCrossEntropy.mean(tape, x, targets, counted);
      assertEquals(sum / 2, loss.value().scalar(), TOLERANCE);
      tape.backward(loss);
      assertArrayEquals(new double[] {-0.125, 0, 0.25, 0}, x.gradient().toArray(), TOLERANCE);
      assertEquals(
          sum, BinaryCrossEntropy.sum(tape, x, targets, counted).value().scalar(), TOLERANCE);
    }
  }

  @Test
  void wrongShapesAreNamedWithTheRuleAndTheValue() {
    try (var tape = record()) {
      var x = tape.input(rows(row(1, 2), row(3, 4)));
      assertMessage(
          "targets is [1, 2] FLOAT32, expected the shape of logits, [2, 2] FLOAT32",
          () -> BinaryCrossEntropy.mean(tape, x, rows(row(1, 2))));
      assertMessage(
          "counted is [1, 2] FLOAT32, expected the shape of logits, [2, 2] FLOAT32",
          () -> BinaryCrossEntropy.sum(tape, x, x.value(), rows(row(1, 2))));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
