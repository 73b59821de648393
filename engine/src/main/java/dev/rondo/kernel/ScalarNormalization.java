package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// The part of [ScalarRows] that normalizes rows.
@SuppressWarnings("cast") // in the float64 twin these cast double to double
final class ScalarNormalization {
  private ScalarNormalization() {}

  static void normalize(
      Tensor x, int blocks, int size, double epsilon, Tensor y, Tensor statistics) {
    assert epsilon > 0 : epsilon;
    assert Layout.same(x, y) && Layout.isBlocks(x, blocks, size);
    assert Layout.isColumnOf(statistics, x);
    int n = Tensor.padded(x.columns());
    int count = blocks * size;
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    for (int r = 0; r < x.rows(); r++) {
      ScalarScratch.load(x, r, v, n);
      clearPadding(v, blocks, size);
      float mean = ScalarRows.sum(v, n, scratch.partials()) / count;
      for (int c = 0; c < n; c++) {
        v[c] = v[c] - mean;
      }
      clearPadding(v, blocks, size);
      float squares = ScalarRows.dot(v, v, n, scratch.partials());
      float factor = reciprocalDeviation(squares, count, epsilon);
      for (int c = 0; c < n; c++) {
        v[c] = factor * v[c];
      }
      clearPadding(v, blocks, size);
      ScalarScratch.store(v, y, r, n);
      ScalarSoftmax.setColumn(statistics, r, factor, scratch);
    }
  }

  /// The reciprocal square root of the mean of `count` squares plus `epsilon`.
  static float reciprocalDeviation(float squares, int count, double epsilon) {
    return (float) (1 / Math.sqrt((double) squares / count + epsilon));
  }

  static void normalizeBackward(
      Tensor y, Tensor statistics, int blocks, int size, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target) && Layout.isBlocks(y, blocks, size);
    assert Layout.isColumnOf(statistics, y);
    int n = Tensor.padded(y.columns());
    int count = blocks * size;
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    for (int r = 0; r < y.rows(); r++) {
      ScalarScratch.load(y, r, v, n);
      ScalarScratch.load(gradient, r, g, n);
      float mean = ScalarRows.sum(g, n, scratch.partials()) / count;
      float along = ScalarRows.dot(g, v, n, scratch.partials()) / count;
      float factor = ScalarScratch.get(statistics, r, 0);
      for (int c = 0; c < n; c++) {
        g[c] = factor * Math.fma(-along, v[c], g[c] - mean);
      }
      clearPadding(g, blocks, size);
      ScalarScratch.store(g, target, r, n);
    }
  }

  private static void clearPadding(float[] row, int blocks, int size) {
    int padded = Tensor.padded(size);
    for (int block = 0; block < blocks; block++) {
      Arrays.fill(row, block * padded + size, (block + 1) * padded, 0f);
    }
  }
}
