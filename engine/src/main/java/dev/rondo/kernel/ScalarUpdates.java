package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// [Updates] in plain loops, row by row over [ScalarScratch].
@SuppressWarnings("cast") // in the float64 twin these cast double to double
final class ScalarUpdates implements Updates {
  @Override
  public void sgd(Tensor value, Tensor gradient, double learningRate, double weightDecay) {
    assert Layout.same(value, gradient);
    float rate = (float) -learningRate;
    float decay = (float) weightDecay;
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      for (int c = 0; c < n; c++) {
        w[c] = Math.fma(rate, Math.fma(decay, w[c], g[c]), w[c]);
      }
      ScalarScratch.store(w, value, r, n);
    }
  }

  @Override
  public void momentum(
      Tensor value,
      Tensor gradient,
      Tensor velocity,
      double learningRate,
      double momentum,
      double dampened,
      boolean nesterov,
      double weightDecay) {
    assert Layout.same(value, gradient, velocity);
    float rate = (float) -learningRate;
    float mu = (float) momentum;
    float share = (float) dampened;
    float decay = (float) weightDecay;
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] v = scratch.row(2, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(velocity, r, v, n);
      for (int c = 0; c < n; c++) {
        g[c] = Math.fma(decay, w[c], g[c]);
        v[c] = Math.fma(mu, v[c], share * g[c]);
      }
      if (nesterov) {
        for (int c = 0; c < n; c++) {
          w[c] = Math.fma(rate, Math.fma(mu, v[c], g[c]), w[c]);
        }
      } else {
        for (int c = 0; c < n; c++) {
          w[c] = Math.fma(rate, v[c], w[c]);
        }
      }
      ScalarScratch.store(w, value, r, n);
      ScalarScratch.store(v, velocity, r, n);
    }
  }

  @Override
  public void adam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, AdamStep step) {
    assert Layout.same(value, gradient, mean, variance);
    float shrink = (float) step.shrink();
    float decay = (float) step.weightDecay();
    float meanShare = (float) (1 - step.beta1());
    float beta2 = (float) step.beta2();
    float varianceShare = (float) (1 - step.beta2());
    float correction = (float) step.correction();
    float epsilon = (float) step.epsilon();
    float size = (float) -step.stepSize();
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
        float denominator = Math.fma((float) Math.sqrt(v[c]), correction, epsilon);
        w[c] = Math.fma(size, m[c] / denominator, w[c]);
      }
      // with an epsilon of 0 the padding is 0/0
      Arrays.fill(w, value.columns(), n, 0f);
      ScalarScratch.store(w, value, r, n);
      ScalarScratch.store(m, mean, r, n);
      ScalarScratch.store(v, variance, r, n);
    }
  }

  @Override
  public void amsgrad(
      Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor largest, AdamStep step) {
    assert Layout.same(value, gradient, mean, variance, largest);
    float shrink = (float) step.shrink();
    float decay = (float) step.weightDecay();
    float meanShare = (float) (1 - step.beta1());
    float beta2 = (float) step.beta2();
    float varianceShare = (float) (1 - step.beta2());
    float correction = (float) step.correction();
    float epsilon = (float) step.epsilon();
    float size = (float) -step.stepSize();
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] w = scratch.row(0, n);
    float[] g = scratch.row(1, n);
    float[] m = scratch.row(2, n);
    float[] v = scratch.row(3, n);
    float[] u = scratch.row(4, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(value, r, w, n);
      ScalarScratch.load(gradient, r, g, n);
      ScalarScratch.load(mean, r, m, n);
      ScalarScratch.load(variance, r, v, n);
      ScalarScratch.load(largest, r, u, n);
      for (int c = 0; c < n; c++) {
        w[c] = shrink * w[c];
        g[c] = Math.fma(decay, w[c], g[c]);
        m[c] = Math.fma(meanShare, g[c] - m[c], m[c]);
        v[c] = Math.fma(varianceShare * g[c], g[c], beta2 * v[c]);
      }
      for (int c = 0; c < n; c++) {
        u[c] = Math.max(u[c], v[c]);
        float denominator = Math.fma((float) Math.sqrt(u[c]), correction, epsilon);
        w[c] = Math.fma(size, m[c] / denominator, w[c]);
      }
      Arrays.fill(w, value.columns(), n, 0f);
      ScalarScratch.store(w, value, r, n);
      ScalarScratch.store(m, mean, r, n);
      ScalarScratch.store(v, variance, r, n);
      ScalarScratch.store(u, largest, r, n);
    }
  }

  @Override
  public void nadam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, NAdamStep step) {
    assert Layout.same(value, gradient, mean, variance);
    ScalarAdaptiveUpdates.nadam(value, gradient, mean, variance, step);
  }

  @Override
  public void adagrad(
      Tensor value,
      Tensor gradient,
      Tensor sum,
      double stepSize,
      double epsilon,
      double weightDecay) {
    assert Layout.same(value, gradient, sum);
    ScalarAdaptiveUpdates.adagrad(
        value, gradient, sum, (float) -stepSize, (float) epsilon, (float) weightDecay);
  }

  @Override
  public void adadelta(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor deltas,
      double learningRate,
      double rho,
      double epsilon,
      double weightDecay) {
    assert Layout.same(value, gradient, squares, deltas);
    ScalarAdaptiveUpdates.adadelta(
        value, gradient, squares, deltas, learningRate, rho, epsilon, weightDecay);
  }

  @Override
  public void rmsProp(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      Tensor velocity,
      RmsPropStep step) {
    assert Layout.same(value, gradient, squares);
    assert mean == null || Layout.same(value, mean);
    assert velocity == null || Layout.same(value, velocity);
    ScalarAdaptiveUpdates.rmsProp(value, gradient, squares, mean, velocity, step);
  }

  @Override
  public void average(Tensor average, Tensor value, double share) {
    assert Layout.same(average, value);
    float part = (float) share;
    int n = Tensor.padded(value.columns());
    var scratch = ScalarScratch.current();
    float[] a = scratch.row(0, n);
    float[] w = scratch.row(1, n);
    for (int r = 0; r < value.rows(); r++) {
      ScalarScratch.load(average, r, a, n);
      ScalarScratch.load(value, r, w, n);
      for (int c = 0; c < n; c++) {
        a[c] = Math.fma(part, w[c] - a[c], a[c]);
      }
      ScalarScratch.store(a, average, r, n);
    }
  }
}
