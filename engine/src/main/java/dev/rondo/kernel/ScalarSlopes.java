package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// The part of [ScalarActivations] that multiplies by the derivative of an [Activation].
@SuppressWarnings("cast") // in the float64 twin these cast double to double
final class ScalarSlopes {
  private ScalarSlopes() {}

  static void multiply(Activation f, Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int columns = target.columns();
    int n = Tensor.padded(columns);
    float alpha = (float) f.alpha();
    float beta = (float) f.beta();
    var scratch = ScalarScratch.current();
    float[] v = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    for (int r = 0; r < target.rows(); r++) {
      ScalarScratch.load(y, r, v, n);
      ScalarScratch.load(gradient, r, g, n);
      multiplyRow(f.function(), alpha, beta, v, g, n);
      Arrays.fill(g, columns, n, 0f);
      ScalarScratch.store(g, target, r, n);
    }
  }

  private static void multiplyRow(
      Activation.Function function, float alpha, float beta, float[] y, float[] g, int n) {
    switch (function) {
      case SIGMOID -> {
        for (int c = 0; c < n; c++) {
          g[c] = g[c] * (y[c] * (1f - y[c]));
        }
      }
      case TANH -> {
        for (int c = 0; c < n; c++) {
          g[c] = g[c] * (1f - y[c] * y[c]);
        }
      }
      case RELU, THRESHOLDED_RELU -> {
        for (int c = 0; c < n; c++) {
          g[c] = y[c] == 0f ? 0f : g[c];
        }
      }
      case HARD_SIGMOID -> {
        for (int c = 0; c < n; c++) {
          g[c] = y[c] == 0f || y[c] == 1f ? 0f : alpha * g[c];
        }
      }
      case SOFTSIGN -> {
        for (int c = 0; c < n; c++) {
          float slope = 1f - Math.abs(y[c]);
          g[c] = g[c] * (slope * slope);
        }
      }
      case ELU -> {
        for (int c = 0; c < n; c++) {
          g[c] = y[c] > 0f ? g[c] : g[c] * (y[c] + alpha);
        }
      }
      case AFFINE -> {
        for (int c = 0; c < n; c++) {
          g[c] = alpha * g[c];
        }
      }
      case LEAKY_RELU -> {
        for (int c = 0; c < n; c++) {
          g[c] = y[c] > 0f ? g[c] : alpha * g[c];
        }
      }
      case SOFTPLUS -> {
        for (int c = 0; c < n; c++) {
          // 1 - e^-y without cancellation where y is near 0
          g[c] = g[c] * -FloatMath.elu(-y[c], 1f);
        }
      }
      case SCALED_TANH -> {
        float steepest = alpha * beta;
        for (int c = 0; c < n; c++) {
          float t = y[c] / alpha;
          g[c] = g[c] * (steepest * (1f - t * t));
        }
      }
    }
  }
}
