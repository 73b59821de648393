package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// The part of [ScalarActivations] that compares logits with probabilities.
final class ScalarBinaryCrossEntropy {
  private ScalarBinaryCrossEntropy() {}

  static void losses(Tensor logits, Tensor targets, Tensor losses, Tensor gradient) {
    assert Layout.same(logits, targets, losses, gradient);
    int columns = logits.columns();
    int n = Tensor.padded(columns);
    var scratch = ScalarScratch.current();
    float[] x = scratch.row(0, n);
    float[] t = scratch.row(1, n);
    for (int r = 0; r < logits.rows(); r++) {
      ScalarScratch.load(logits, r, x, n);
      ScalarScratch.load(targets, r, t, n);
      lossRow(x, t, n);
      Arrays.fill(x, columns, n, 0f);
      Arrays.fill(t, columns, n, 0f);
      ScalarScratch.store(x, losses, r, n);
      ScalarScratch.store(t, gradient, r, n);
    }
  }

  /// Replaces logits by losses, and targets by the gradient.
  private static void lossRow(float[] x, float[] t, int n) {
    for (int c = 0; c < n; c++) {
      float e = FloatMath.exp(-Math.abs(x[c]));
      float loss = Math.fma(-x[c], t[c], Math.max(x[c], 0f)) + FloatMath.logOnePlus(e);
      t[c] = (x[c] >= 0f ? 1f : e) / (1f + e) - t[c];
      x[c] = loss;
    }
  }
}
