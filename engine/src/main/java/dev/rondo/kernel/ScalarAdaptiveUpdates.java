package dev.rondo.kernel;

import dev.rondo.kernel.Updates.NAdamStep;
import dev.rondo.kernel.Updates.RmsPropStep;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// The updates of [ScalarUpdates] that divide by a root of squares, except Adam itself.
///
/// With an epsilon of 0 the padding of a quotient is 0/0, so it is cleared before it is stored.
@SuppressWarnings("cast") // in the float64 twin these cast double to double
final class ScalarAdaptiveUpdates {
  private ScalarAdaptiveUpdates() {}

  static void nadam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, NAdamStep step) {
    float shrink = (float) step.shrink();
    float decay = (float) step.weightDecay();
    float meanShare = (float) (1 - step.beta1());
    float beta2 = (float) step.beta2();
    float varianceShare = (float) (1 - step.beta2());
    float correction = (float) step.correction();
    float epsilon = (float) step.epsilon();
    float gradientSize = (float) step.gradientSize();
    float meanSize = (float) step.meanSize();
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] m = scratch.row(2, n);
    float[] v = scratch.row(3, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(mean, r, m, n);
      ScalarScratch.load(variance, r, v, n);
      for (int c = 0; c < n; c++) {
        w[c] = shrink * w[c];
        g[c] = Math.fma(decay, w[c], g[c]);
        m[c] = Math.fma(meanShare, g[c] - m[c], m[c]);
        v[c] = Math.fma(varianceShare * g[c], g[c], beta2 * v[c]);
      }
      for (int c = 0; c < n; c++) {
        float numerator = Math.fma(meanSize, m[c], gradientSize * g[c]);
        float denominator = Math.fma((float) Math.sqrt(v[c]), correction, epsilon);
        w[c] = w[c] - numerator / denominator;
      }
      Arrays.fill(w, value.columns(), n, 0f);
      ScalarScratch.store(w, value, r, n);
      ScalarScratch.store(m, mean, r, n);
      ScalarScratch.store(v, variance, r, n);
    }
  }

  static void adagrad(
      Tensor value, Tensor gradient, Tensor sum, float size, float epsilon, float decay) {
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] s = scratch.row(2, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(sum, r, s, n);
      for (int c = 0; c < n; c++) {
        g[c] = Math.fma(decay, w[c], g[c]);
        s[c] = Math.fma(g[c], g[c], s[c]);
      }
      for (int c = 0; c < n; c++) {
        w[c] = Math.fma(size, g[c] / ((float) Math.sqrt(s[c]) + epsilon), w[c]);
      }
      Arrays.fill(w, value.columns(), n, 0f);
      ScalarScratch.store(w, value, r, n);
      ScalarScratch.store(s, sum, r, n);
    }
  }

  static void adadelta(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor deltas,
      double learningRate,
      double rho,
      double epsilon,
      double weightDecay) {
    float rate = (float) -learningRate;
    float kept = (float) rho;
    float share = (float) (1 - rho);
    float addend = (float) epsilon;
    float decay = (float) weightDecay;
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] s = scratch.row(2, n);
    float[] d = scratch.row(3, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(squares, r, s, n);
      ScalarScratch.load(deltas, r, d, n);
      for (int c = 0; c < n; c++) {
        g[c] = Math.fma(decay, w[c], g[c]);
        s[c] = Math.fma(share * g[c], g[c], kept * s[c]);
      }
      for (int c = 0; c < n; c++) {
        g[c] *= (float) Math.sqrt(d[c] + addend) / (float) Math.sqrt(s[c] + addend);
      }
      Arrays.fill(g, value.columns(), n, 0f);
      for (int c = 0; c < n; c++) {
        d[c] = Math.fma(share * g[c], g[c], kept * d[c]);
        w[c] = Math.fma(rate, g[c], w[c]);
      }
      ScalarScratch.store(w, value, r, n);
      ScalarScratch.store(s, squares, r, n);
      ScalarScratch.store(d, deltas, r, n);
    }
  }

  static void rmsProp(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      Tensor velocity,
      RmsPropStep step) {
    float rate = (float) -step.learningRate();
    float alpha = (float) step.alpha();
    float share = (float) (1 - step.alpha());
    float epsilon = (float) step.epsilon();
    float decay = (float) step.weightDecay();
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] s = scratch.row(2, n);
    float[] m = scratch.row(3, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(squares, r, s, n);
      for (int c = 0; c < n; c++) {
        g[c] = Math.fma(decay, w[c], g[c]);
        s[c] = Math.fma(share * g[c], g[c], alpha * s[c]);
      }
      ScalarScratch.store(s, squares, r, n);
      if (mean != null) {
        ScalarScratch.load(mean, r, m, n);
        for (int c = 0; c < n; c++) {
          m[c] = Math.fma(share, g[c] - m[c], m[c]);
          s[c] = Math.max(Math.fma(-m[c], m[c], s[c]), 0f);
        }
        ScalarScratch.store(m, mean, r, n);
      }
      for (int c = 0; c < n; c++) {
        g[c] = g[c] / ((float) Math.sqrt(s[c]) + epsilon);
      }
      Arrays.fill(g, value.columns(), n, 0f);
      if (velocity != null) {
        follow(velocity, r, g, m, (float) step.momentum(), n);
      }
      for (int c = 0; c < n; c++) {
        w[c] = Math.fma(rate, g[c], w[c]);
      }
      ScalarScratch.store(w, value, r, n);
    }
  }

  /// Adds the step to momentum times row `r` of the velocity; the result is also the new step.
  private static void follow(
      Tensor velocity, int r, float[] step, float[] v, float momentum, int n) {
    ScalarScratch.load(velocity, r, v, n);
    for (int c = 0; c < n; c++) {
      step[c] = Math.fma(momentum, v[c], step[c]);
    }
    ScalarScratch.store(step, velocity, r, n);
  }
}
