package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.Tokens;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class SoftmaxTest {
  private static final Implementations<Rows> KERNELS =
      new Implementations<>(new ScalarRows(), new VectorRows(), new DoubleRows());

  /// softmax(ln 1, ln 2, ln 5) = 1/8, 2/8, 5/8, and their logSumExp is ln 8.
  private static final double[] LOGITS = {Math.log(1), Math.log(2), Math.log(5)};

  @Test
  void softmaxGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.softmax(o.source(), o.written());
      var target = o.updated();
      kernel.softmax(target, target);
    });
  }

  @Test
  void softmaxBackwardGivesTheSameBits() {
    KERNELS.assertSameBits(
        (kernel, o) -> kernel.softmaxBackward(o.source(), o.source(), o.updated()));
  }

  @Test
  void logSumExpGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.logSumExp(o.source(), o.written(o.rows, 1)));
  }

  @Test
  void crossEntropyGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      var targets = o.tokens(2, o.columns, true);
      kernel.crossEntropy(o.source(), targets, 2, o.written(o.rows, 1), o.written());
      var logits = o.updated();
      kernel.crossEntropy(logits, targets, 1, o.written(o.rows, 1), logits);
    });
  }

  @Test
  void knownLogitsGiveKnownProbabilities() {
    KERNELS.forEach(run -> {
      var x = run.of(LOGITS);
      var y = run.zeros(1, 3);
      run.kernel().softmax(x, y);
      run.assertValues(y, row(0.125, 0.25, 0.625));

      var sum = run.zeros(1, 1);
      run.kernel().logSumExp(x, sum);
      run.assertValues(sum, row(Math.log(8)));

      // Σ g·y = 8·0.125 + 4·0.25 = 2, so 1 + y∘(g - 2)
      var gradient = run.of(row(1, 1, 1));
      run.kernel().softmaxBackward(y, run.of(row(8, 4, 0)), gradient);
      run.assertValues(gradient, row(1.75, 1.5, -0.25));
    });
  }

  @Test
  void crossEntropyOfKnownLogits() {
    KERNELS.forEach(run -> {
      var logits = run.of(LOGITS, LOGITS, LOGITS);
      var targets = Tokens.of(run.arena(), new int[][] {{9, 1, Tokens.IGNORED, 2}});
      var losses = run.zeros(3, 1);
      var gradient = run.zeros(3, 3);
      run.kernel().crossEntropy(logits, targets, 1, losses, gradient);
      run.assertValues(losses, row(Math.log(4)), row(0), row(Math.log(8.0 / 5)));
      run.assertValues(gradient, row(0.125, -0.75, 0.625), row(0, 0, 0), row(0.125, 0.25, -0.375));
    });
  }

  @Test
  void probabilitiesSumToOneAndIgnoreAShift() {
    KERNELS.forEach(run -> {
      int columns = 33;
      var x = run.zeros(2, columns);
      for (int c = 0; c < columns; c++) {
        x.set(0, c, Math.sin(c));
        x.set(1, c, Math.sin(c));
      }
      var y = run.zeros(2, columns);
      run.kernel().addColumn(run.of(row(0), row(-64)), x);
      run.kernel().softmax(x, y);
      double sum = 0;
      for (int c = 0; c < columns; c++) {
        sum += y.get(0, c);
        // sin(c) - 64 rounds to 2^-18 in float32
        assertEquals(y.get(0, c), y.get(1, c), 4e-6 * y.get(0, c));
      }
      assertEquals(1, sum, 1e-6);
    });
  }

  @Test
  void theZerosOfThePaddingAreNoLogits() {
    KERNELS.forEach(run -> {
      var x = run.of(row(-1000, -1000 + Math.log(3)));
      var y = run.zeros(1, 2);
      run.kernel().softmax(x, y);
      // -1000 + ln 3 rounds to 2^-14 in float32
      assertEquals(0.75, y.get(0, 1), 3e-5);
      var sum = run.zeros(1, 1);
      run.kernel().logSumExp(x, sum);
      assertEquals(-1000 + Math.log(4), sum.scalar(), 1e-4);
    });
  }

  @Test
  void aMaskedLogitHasProbabilityZero() {
    KERNELS.forEach(run -> {
      var y = run.of(row(0, Double.NEGATIVE_INFINITY, 0));
      run.kernel().softmax(y, y);
      run.assertValues(y, row(0.5, 0, 0.5));
    });
  }

  @Test
  void infiniteRowsHaveInfiniteSums() {
    double infinity = Double.POSITIVE_INFINITY;
    KERNELS.forEach(run -> {
      var sums = run.zeros(3, 1);
      run.kernel()
          .logSumExp(
              run.of(row(-infinity, -infinity), row(0, infinity), row(Double.NaN, infinity)), sums);
      run.assertValues(sums, row(-infinity), row(infinity), row(Double.NaN));
    });
  }

  @Test
  void oneNaNLogitMakesTheLossNaN() {
    KERNELS.forEach(run -> {
      for (int at = 0; at < 19; at++) {
        var logits = run.zeros(1, 19);
        logits.set(0, at, Double.NaN);
        var losses = run.zeros(1, 1);
        var targets = Tokens.of(run.arena(), new int[][] {{3}});
        run.kernel().crossEntropy(logits, targets, 0, losses, logits);
        assertTrue(Double.isNaN(losses.scalar()), "NaN at " + at);
      }
    });
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    double step = 1e-5;
    int columns = 21;
    KERNELS.onFloat64(run -> {
      var x = run.zeros(1, columns);
      for (int c = 0; c < columns; c++) {
        x.set(0, c, 2 * Math.sin(3 * c));
      }
      var weights = run.zeros(1, columns);
      for (int c = 0; c < columns; c++) {
        weights.set(0, c, Math.cos(c));
      }
      var targets = Tokens.of(run.arena(), new int[][] {{4}});
      var losses = run.zeros(1, 1);
      var ceGradient = run.zeros(1, columns);
      run.kernel().crossEntropy(x, targets, 0, losses, ceGradient);
      var y = run.zeros(1, columns);
      run.kernel().softmax(x, y);
      var softmaxGradient = run.zeros(1, columns);
      run.kernel().softmaxBackward(y, weights, softmaxGradient);

      var ignored = run.zeros(1, columns);
      for (int c = 0; c < columns; c++) {
        double at = x.get(0, c);
        double[] loss = new double[2];
        double[] weighted = new double[2];
        for (int side = 0; side < 2; side++) {
          x.set(0, c, at + (side == 0 ? step : -step));
          run.kernel().crossEntropy(x, targets, 0, losses, ignored);
          loss[side] = losses.scalar();
          run.kernel().softmax(x, y);
          var dot = run.zeros(1, 1);
          run.kernel().dot(y, weights, dot);
          weighted[side] = dot.scalar();
        }
        x.set(0, c, at);
        // central differences: the error is of the order of step²
        assertEquals((loss[0] - loss[1]) / (2 * step), ceGradient.get(0, c), 1e-9);
        assertEquals((weighted[0] - weighted[1]) / (2 * step), softmaxGradient.get(0, c), 1e-9);
      }
    });
  }
}
