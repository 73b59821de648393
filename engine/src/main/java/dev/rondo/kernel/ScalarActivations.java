package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// [Activations] in plain loops, row by row over [ScalarScratch].
@SuppressWarnings("cast") // in the float64 twin these cast double to double
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
  public void apply(Activation f, Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float alpha = (float) f.alpha();
    float beta = (float) f.beta();
    float[] x = ScalarScratch.current().row(0, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(source, r, x, n);
      applyRow(f.function(), alpha, beta, x, n);
      Arrays.fill(x, columns, n, 0f);
      ScalarScratch.store(x, target, r, n);
    }
  }

  private static void applyRow(
      Activation.Function function, float alpha, float beta, float[] x, int n) {
    switch (function) {
      case SIGMOID -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.sigmoid(x[c]);
        }
      }
      case TANH -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.tanh(x[c]);
        }
      }
      case RELU -> {
        for (int c = 0; c < n; c++) {
          x[c] = Math.max(x[c], 0f);
        }
      }
      case HARD_SIGMOID -> {
        for (int c = 0; c < n; c++) {
          x[c] = Math.min(Math.max(Math.fma(alpha, x[c], beta), 0f), 1f);
        }
      }
      case SOFTSIGN -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.softsign(x[c]);
        }
      }
      case ELU -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.elu(x[c], alpha);
        }
      }
      case AFFINE -> {
        for (int c = 0; c < n; c++) {
          x[c] = Math.fma(alpha, x[c], beta);
        }
      }
      case LEAKY_RELU -> {
        for (int c = 0; c < n; c++) {
          x[c] = x[c] > 0f ? x[c] : alpha * x[c];
        }
      }
      case SOFTPLUS -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.softplus(x[c]);
        }
      }
      case THRESHOLDED_RELU -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.thresholdedRelu(x[c], alpha);
        }
      }
      case SCALED_TANH -> {
        for (int c = 0; c < n; c++) {
          x[c] = FloatMath.scaledTanh(x[c], alpha, beta);
        }
      }
    }
  }

  @Override
  public void backward(Activation f, Tensor y, Tensor gradient, Tensor target) {
    ScalarSlopes.multiply(f, y, gradient, target);
  }

  @Override
  public void binaryCrossEntropy(Tensor logits, Tensor targets, Tensor losses, Tensor gradient) {
    ScalarBinaryCrossEntropy.losses(logits, targets, losses, gradient);
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
