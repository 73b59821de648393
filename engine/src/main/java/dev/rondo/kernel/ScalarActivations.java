package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// [Activations] in plain loops, row by row over [ScalarScratch].
final class ScalarActivations implements Activations {
  @Override
  public void exp(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < columns; c++) {
        x[c] = FloatMath.exp(x[c]);
      }
      Arrays.fill(x, columns, n, 0f);
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void tanh(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int n = Tensor.padded(target.columns());
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < n; c++) {
        x[c] = FloatMath.tanh(x[c]);
      }
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void sigmoid(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < columns; c++) {
        x[c] = FloatMath.sigmoid(x[c]);
      }
      Arrays.fill(x, columns, n, 0f);
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void relu(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int n = Tensor.padded(target.columns());
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      for (int c = 0; c < n; c++) {
        x[c] = Math.max(x[c], 0f);
      }
      ScalarScratch.store(x, target, r, n);
    }
  }

  @Override
  public void tanhBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(y, r, v, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < n; c++) {
        t[c] = Math.fma(g[c], Math.fma(-v[c], v[c], 1f), t[c]);
      }
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void sigmoidBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(y, r, v, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < n; c++) {
        t[c] = Math.fma(g[c], v[c] * (1f - v[c]), t[c]);
      }
      ScalarScratch.store(t, target, r, n);
    }
  }

  @Override
  public void reluBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int n = Tensor.padded(target.columns());
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] t = scratch.row(2, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(y, r, v, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(target, r, t, n);
      for (int c = 0; c < n; c++) {
        t[c] = v[c] > 0f ? t[c] + g[c] : t[c];
      }
      ScalarScratch.store(t, target, r, n);
    }
  }
}
