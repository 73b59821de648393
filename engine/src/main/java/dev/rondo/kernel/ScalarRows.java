package dev.rondo.kernel;

import static dev.rondo.kernel.ScalarScratch.PARTIALS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [Rows] in plain loops, row by row over [ScalarScratch].
final class ScalarRows implements Rows {

  @Override
  public void set(Tensor row, Tensor target) {
    assert Layout.isRowOf(row, target);
    int n = Tensor.padded(target.columns());
    float[] x = ScalarScratch.current().row(0, n);
    ScalarScratch.load(row, 0, x, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void add(Tensor row, Tensor target) {
    assert Layout.isRowOf(row, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    ScalarScratch.load(row, 0, x, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(target, r, t, n);
      addRow(t, x, n);
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void sumColumns(Tensor source, Tensor target) {
    assert Layout.isRowOf(target, source);
    int n = Tensor.padded(source.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    ScalarScratch.load(target, 0, t, n);
    for (int r = 0; r < source.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      addRow(t, x, n);
    }
    ScalarScratch.store(t, target, 0, n);
  }

  @Override
  public void sum(Tensor source, Tensor target) {
    assert Layout.isColumnOf(target, source);
    int n = Tensor.padded(source.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    for (int r = 0; r < source.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      float sum = sum(x, n, scratch.partials());
      ScalarScratch.set(target, r, 0, ScalarScratch.get(target, r, 0) + sum);
    }
  }

  @Override
  public void addColumn(Tensor values, Tensor target) {
    assert Layout.isColumnOf(values, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float[] t = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      float value = ScalarScratch.get(values, r, 0);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < columns; c++) {
        t[c] = t[c] + value;
      }
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void accumulateScaledRows(Tensor values, Tensor source, Tensor target) {
    assert Layout.same(source, target) && Layout.isColumnOf(values, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      float value = ScalarScratch.get(values, r, 0);
      ScalarScratch.load(source, r, x, n);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < columns; c++) {
        t[c] = Math.fma(value, x[c], t[c]);
      }
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void dot(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b) && Layout.isColumnOf(target, a);
    int n = Tensor.padded(a.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    for (int r = 0; r < a.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      float dot = dot(x, y, n, scratch.partials());
      ScalarScratch.set(target, r, 0, ScalarScratch.get(target, r, 0) + dot);
    }
  }

  @Override
  public void accumulateScaledColumns(Tensor row, Tensor source, Tensor target) {
    assert Layout.same(source, target) && Layout.isRowOf(row, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] factors = scratch.row(0, n);
    float[] x = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    ScalarScratch.load(row, 0, factors, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      ScalarScratch.load(target, r, t, n);
      accumulateProduct(factors, x, t, n);
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void dotColumns(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b) && Layout.isRowOf(target, a);
    int n = Tensor.padded(a.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    ScalarScratch.load(target, 0, t, n);
    for (int r = 0; r < a.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      accumulateProduct(x, y, t, n);
    }
    ScalarScratch.store(t, target, 0, n);
  }

  private static void accumulateProduct(float[] a, float[] b, float[] target, int n) {
    for (int c = 0; c < n; c++) {
      target[c] = Math.fma(a[c], b[c], target[c]);
    }
  }

  @Override
  public void normalize(
      Tensor x, int blocks, int size, double epsilon, Tensor y, Tensor statistics) {
    ScalarNormalization.normalize(x, blocks, size, epsilon, y, statistics);
  }

  @Override
  public void normalizeBackward(
      Tensor y, Tensor statistics, int blocks, int size, Tensor gradient, Tensor target) {
    ScalarNormalization.normalizeBackward(y, statistics, blocks, size, gradient, target);
  }

  @Override
  public double sumOfSquares(Tensor source) {
    int n = Tensor.padded(source.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    double[] partials = scratch.squarePartials();
    double total = 0;
    for (int r = 0; r < source.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      Arrays.fill(partials, 0);
      for (int c = 0; c < n; c += PARTIALS) {
        for (int i = 0; i < PARTIALS; i++) {
          double v = x[c + i];
          partials[i] = Math.fma(v, v, partials[i]);
        }
      }
      total += ScalarScratch.foldSquares(partials);
    }
    return total;
  }

  @Override
  public void softmax(Tensor source, Tensor target) {
    ScalarSoftmax.softmax(source, target);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor gradient, Tensor target) {
    ScalarSoftmax.softmaxBackward(y, gradient, target);
  }

  @Override
  public void logSumExp(Tensor source, Tensor target) {
    ScalarSoftmax.logSumExp(source, target);
  }

  @Override
  public void crossEntropy(
      Tensor logits, Tokens targets, int first, Tensor losses, Tensor gradient) {
    ScalarSoftmax.crossEntropy(logits, targets, first, losses, gradient);
  }

  @Override
  public void gather(Tensor table, Tokens tokens, int first, Tensor target) {
    assert table.columns() == target.columns();
    int bytes = Layout.rowBytes(target);
    for (int r = 0; r < target.rows(); r++) {
      int token = tokens.get(first + r);
      if (token == Tokens.IGNORED) {
        target.segment().asSlice(target.byteOffset(r, 0), bytes).fill((byte) 0);
      } else {
        copyRow(table, token, target, r, bytes);
      }
    }
  }

  @Override
  public void scatter(Tensor source, Tokens tokens, int first, Tensor table) {
    assert table.columns() == source.columns();
    int bytes = Layout.rowBytes(table);
    for (int r = 0; r < source.rows(); r++) {
      int token = tokens.get(first + r);
      if (token != Tokens.IGNORED) {
        copyRow(source, r, table, token, bytes);
      }
    }
  }

  private static void copyRow(Tensor source, int from, Tensor target, int to, int bytes) {
    assert 0 <= from && from < source.rows() && 0 <= to && to < target.rows() : from + " " + to;
    MemorySegment.copy(
        source.segment(),
        source.byteOffset(from, 0),
        target.segment(),
        target.byteOffset(to, 0),
        bytes);
  }

  @Override
  public void scatterAdd(Tensor source, Tokens tokens, int first, Tensor table) {
    assert table.columns() == source.columns();
    int n = Tensor.padded(table.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    for (int r = 0; r < source.rows(); r++) {
      int token = tokens.get(first + r);
      if (token == Tokens.IGNORED) {
        continue;
      }
      assert 0 <= token && token < table.rows() : token;
      ScalarScratch.load(source, r, x, n);
      ScalarScratch.load(table, token, t, n);
      addRow(t, x, n);
      ScalarScratch.store(t, table, token, n);
    }
  }

  @Override
  public void copyColumns(Tensor source, int sourceFrom, Tensor target, int targetFrom, int count) {
    assert source.rows() == target.rows();
    assert sourceFrom + count <= source.columns() && targetFrom + count <= target.columns();
    long bytes = (long) count * target.type().bytes();
    for (int r = 0; r < target.rows(); r++) {
      MemorySegment.copy(
          source.segment(),
          source.byteOffset(r, sourceFrom),
          target.segment(),
          target.byteOffset(r, targetFrom),
          bytes);
    }
  }

  @Override
  public void accumulateColumns(
      Tensor source, int sourceFrom, Tensor target, int targetFrom, int count) {
    assert source.rows() == target.rows();
    assert sourceFrom + count <= source.columns() && targetFrom + count <= target.columns();
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, count);
    float[] t = scratch.row(1, count);
    for (int r = 0; r < target.rows(); r++) {
      long from = source.byteOffset(r, sourceFrom);
      long at = target.byteOffset(r, targetFrom);
      MemorySegment.copy(source.segment(), JAVA_FLOAT, from, x, 0, count);
      MemorySegment.copy(target.segment(), JAVA_FLOAT, at, t, 0, count);
      addRow(t, x, count);
      MemorySegment.copy(t, 0, target.segment(), JAVA_FLOAT, at, count);
    }
  }

  @Override
  public void accumulateTransposed(Tensor source, Tensor target) {
    assert source.rows() == target.columns() && source.columns() == target.rows();
    for (int r = 0; r < source.rows(); r += Tuning.TRANSPOSED_BLOCK) {
      int rows = Math.min(Tuning.TRANSPOSED_BLOCK, source.rows() - r);
      for (int c = 0; c < source.columns(); c += Tuning.TRANSPOSED_BLOCK) {
        accumulateBlock(
            source, r, rows, target, c, Math.min(Tuning.TRANSPOSED_BLOCK, source.columns() - c));
      }
    }
  }

  /// The part of [#accumulateTransposed] that reads one block of the source.
  static void accumulateBlock(
      Tensor source, int row, int rows, Tensor target, int column, int columns) {
    for (int c = column; c < column + columns; c++) {
      for (int r = row; r < row + rows; r++) {
        float sum = ScalarScratch.get(target, c, r) + ScalarScratch.get(source, r, c);
        ScalarScratch.set(target, c, r, sum);
      }
    }
  }

  private static void addRow(float[] target, float[] row, int n) {
    for (int c = 0; c < n; c++) {
      target[c] = target[c] + row[c];
    }
  }

  /// The sum of `n` elements, a multiple of 16, in 16 partial sums.
  static float sum(float[] x, int n, float[] partials) {
    Arrays.fill(partials, 0f);
    for (int c = 0; c < n; c += PARTIALS) {
      for (int i = 0; i < PARTIALS; i++) {
        partials[i] = partials[i] + x[c + i];
      }
    }
    return ScalarScratch.fold(partials);
  }

  /// The dot product of `n` elements, a multiple of 16, fused into 16 partial sums.
  static float dot(float[] x, float[] y, int n, float[] partials) {
    Arrays.fill(partials, 0f);
    for (int c = 0; c < n; c += PARTIALS) {
      for (int i = 0; i < PARTIALS; i++) {
        partials[i] = Math.fma(x[c + i], y[c + i], partials[i]);
      }
    }
    return ScalarScratch.fold(partials);
  }
}
