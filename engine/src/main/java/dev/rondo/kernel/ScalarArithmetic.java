package dev.rondo.kernel;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [Arithmetic] in plain loops, row by row over [ScalarScratch].
@SuppressWarnings("cast") // in the float64 twin these cast double to double
final class ScalarArithmetic implements Arithmetic {
  @Override
  public void copy(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int bytes = Layout.rowBytes(target);
    for (int r = 0; r < target.rows(); r++) {
      MemorySegment.copy(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      for (int c = 0; c < n; c++) {
        y[c] = x[c] + y[c];
      }
      ScalarScratch.store(y, target, r, n);
    }
  }

  @Override
  public void subtract(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      for (int c = 0; c < n; c++) {
        y[c] = x[c] - y[c];
      }
      ScalarScratch.store(y, target, r, n);
    }
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      for (int c = 0; c < n; c++) {
        y[c] = x[c] * y[c];
      }
      ScalarScratch.store(y, target, r, n);
    }
  }

  @Override
  public void divide(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      for (int c = 0; c < n; c++) {
        y[c] = x[c] / y[c];
      }
      Arrays.fill(y, target.columns(), n, 0f);
      ScalarScratch.store(y, target, r, n);
    }
  }

  @Override
  public void scale(double factor, Tensor source, Tensor target) {
    assert Layout.same(source, target);
    float f = (float) factor;
    int n = Tensor.padded(target.columns());
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < n; c++) {
        x[c] = f * x[c];
      }
      clearUnlessFinite(f, x, target.columns(), n);
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void accumulate(Tensor source, Tensor target) {
    add(target, source, target);
  }

  @Override
  public void accumulateScaled(double factor, Tensor source, Tensor target) {
    assert Layout.same(source, target);
    float f = (float) factor;
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < n; c++) {
        t[c] = Math.fma(f, x[c], t[c]);
      }
      clearUnlessFinite(f, t, target.columns(), n);
      ScalarScratch.store(t, target, r, n);
    }
  }

  // infinity times the zeros of the padding is NaN
  private static void clearUnlessFinite(float factor, float[] row, int columns, int n) {
    if (!Float.isFinite(factor)) {
      Arrays.fill(row, columns, n, 0f);
    }
  }

  @Override
  public void accumulateProduct(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] y = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < n; c++) {
        t[c] = Math.fma(x[c], y[c], t[c]);
      }
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void clamp(double limit, Tensor source, Tensor target) {
    assert limit >= 0 : limit;
    assert Layout.same(source, target);
    float high = (float) limit;
    float low = -high;
    int n = Tensor.padded(target.columns());
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < n; c++) {
        x[c] = Math.min(Math.max(x[c], low), high);
      }
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void clampBackward(double limit, Tensor y, Tensor gradient, Tensor target) {
    assert limit >= 0 : limit;
    assert Layout.same(y, gradient, target);
    float high = (float) limit;
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(y, r, x, n);
      ScalarScratch.load(gradient, r, g, n);
      for (int c = 0; c < n; c++) {
        g[c] = Math.abs(x[c]) >= high ? 0f : g[c];
      }
      ScalarScratch.store(g, target, r, n);
    }
  }

  @Override
  public void oneMinus(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < n; c++) {
        x[c] = 1f - x[c];
      }
      Arrays.fill(x, columns, n, 0f);
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void settle(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int n = Tensor.padded(target.columns());
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < n; c++) {
        x[c] = FloatMath.flush(x[c]);
      }
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void select(Tensor condition, Tensor a, Tensor b, Tensor target) {
    assert Layout.same(condition, a, b, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] x = scratch.row(1, n);
    float[] y = scratch.row(2, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(condition, r, w, n);
      ScalarScratch.load(a, r, x, n);
      ScalarScratch.load(b, r, y, n);
      for (int c = 0; c < n; c++) {
        y[c] = w[c] != 0f ? x[c] : y[c];
      }
      ScalarScratch.store(y, target, r, n);
    }
  }

  @Override
  public void dropout(Tensor source, Tensor target, double keep, long key, long counter) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float factor = (float) (1 / keep);
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      dropRow(x, columns, factor, keep, key, counter + (long) r * columns);
      Arrays.fill(x, columns, n, 0f);
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void accumulateDropout(Tensor source, Tensor target, double keep, long key, long counter) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float factor = (float) (1 / keep);
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      ScalarScratch.load(target, r, t, n);
      dropRow(x, columns, factor, keep, key, counter + (long) r * columns);
      for (int c = 0; c < columns; c++) {
        t[c] = t[c] + x[c];
      }
      ScalarScratch.store(t, target, r, n);
    }
  }

  private static void dropRow(
      float[] x, int columns, float factor, double keep, long key, long counter) {
    int threshold = threshold(keep);
    for (int c = 0; c < columns; c++) {
      boolean kept = (CounterRandom.bits(key, counter + c) >>> 8) < threshold;
      x[c] = kept ? factor * x[c] : 0f;
    }
  }

  /// The smallest integer that is not below `keep·2²⁴`: an integer is below this one exactly when
  /// it is below `keep·2²⁴`.
  static int threshold(double keep) {
    return (int) Math.ceil(keep * 0x1p24);
  }
}
