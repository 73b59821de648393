package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.Arrays;

/// The part of [ScalarRows] that takes exponentials along rows.
@SuppressWarnings("cast") // in the float64 twin these cast double to double
final class ScalarSoftmax {
  private ScalarSoftmax() {}

  static void softmax(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      exponentials(x, max(x, columns), columns, n);
      divideBySum(x, ScalarRows.sum(x, n, scratch.partials()), columns);
      ScalarScratch.store(x, target, r, n);
    }
  }

  static void softmaxBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(y, r, v, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(target, r, t, n);
      float dot = ScalarRows.dot(g, v, n, scratch.partials());
      for (int c = 0; c < n; c++) {
        t[c] = Math.fma(v[c], g[c] - dot, t[c]);
      }
      // an infinite sum times the zeros of the padding is NaN
      Arrays.fill(t, columns, n, 0f);
      ScalarScratch.store(t, target, r, n);
    }
  }

  static void logSumExp(Tensor source, Tensor target) {
    assert Layout.isColumnOf(target, source);
    int columns = source.columns();
    int n = Tensor.padded(columns);
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    for (int r = 0; r < source.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      float shift = finiteShift(max(x, columns));
      exponentials(x, shift, columns, n);
      float sum = ScalarRows.sum(x, n, scratch.partials());
      setColumn(target, r, (float) (StrictMath.log(sum) + shift), scratch);
    }
  }

  static void crossEntropy(
      Tensor logits, Tokens targets, int first, Tensor losses, Tensor gradient) {
    assert Layout.same(logits, gradient) && Layout.isColumnOf(losses, logits);
    int columns = logits.columns();
    int n = Tensor.padded(columns);
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    for (int r = 0; r < logits.rows(); r++) {
      int t = targets.get(first + r);
      float loss = 0f;
      if (t == Tokens.IGNORED) {
        Arrays.fill(x, 0, n, 0f);
      } else {
        assert 0 <= t && t < columns : t;
        ScalarScratch.load(logits, r, x, n);
        float max = max(x, columns);
        float chosen = x[t];
        exponentials(x, max, columns, n);
        float sum = ScalarRows.sum(x, n, scratch.partials());
        divideBySum(x, sum, columns);
        x[t] -= 1f;
        loss = (float) (StrictMath.log(sum) + max - chosen);
      }
      ScalarScratch.store(x, gradient, r, n);
      setColumn(losses, r, loss, scratch);
    }
  }

  /// The shift with which a row of infinities has the mathematically correct sum: log of 0 is
  /// -infinity, and infinity stays.
  static float finiteShift(float max) {
    return Float.isInfinite(max) ? 0f : max;
  }

  private static float max(float[] x, int columns) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < columns; c++) {
      max = Math.max(max, x[c]);
    }
    return max;
  }

  private static void exponentials(float[] x, float shift, int columns, int n) {
    for (int c = 0; c < columns; c++) {
      x[c] = FloatMath.exp(x[c] - shift);
    }
    Arrays.fill(x, columns, n, 0f);
  }

  private static void divideBySum(float[] x, float sum, int columns) {
    float inverse = 1f / sum;
    for (int c = 0; c < columns; c++) {
      x[c] = inverse * x[c];
    }
  }

  /// Writes element (r, 0) of a column and clears the padding beside it.
  static void setColumn(Tensor target, int r, float value, ScalarScratch scratch) {
    float[] row = scratch.row(1, Tensor.ROW_ALIGNMENT);
    Arrays.fill(row, 0, Tensor.ROW_ALIGNMENT, 0f);
    row[0] = value;
    ScalarScratch.store(row, target, r, Tensor.ROW_ALIGNMENT);
  }
}
