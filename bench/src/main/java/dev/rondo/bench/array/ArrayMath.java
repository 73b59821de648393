package dev.rondo.bench.array;

import dev.rondo.kernel.FloatMath;

/// Functions of one element over `float[]`, in forms that the JIT compiler vectorizes where it can.
///
/// tanh is the engine's rational function. σ is computed from it, since the JIT compiler of Java 25
/// vectorizes no reinterpretation of bits, which a fast exponential function needs. The exponential
/// function is therefore the engine's one-element function, not vectorized.
public final class ArrayMath {
  private ArrayMath() {}

  /// `σ(x) = ½ + ½·tanh(x/2)`.
  static float sigmoid(float x) {
    return Math.fma(0.5f, FloatMath.tanh(0.5f * x), 0.5f);
  }

  /// `y = tanh(x)`.
  public static void tanh(float[] x, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = FloatMath.tanh(x[i]);
    }
  }

  /// `y = σ(x)`.
  public static void sigmoid(float[] x, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = sigmoid(x[i]);
    }
  }

  /// `y = exp(x)`.
  public static void exp(float[] x, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = FloatMath.exp(x[i]);
    }
  }

  /// `y = tanh(x)` by `java.lang.Math`, in double.
  public static void mathTanh(float[] x, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) Math.tanh(x[i]);
    }
  }

  /// `y = σ(x)` by `Math.exp`, in double.
  public static void mathSigmoid(float[] x, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) (1 / (1 + Math.exp(-x[i])));
    }
  }

  /// `y = exp(x)` by `java.lang.Math`, in double.
  public static void mathExp(float[] x, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) Math.exp(x[i]);
    }
  }

  /// Turns each of the first rows of `logits` into the gradient of its cross-entropy, divided by
  /// the number of rows.
  ///
  /// @param logits [rows, classes]; overwritten by the gradient
  /// @return the mean loss
  public static double crossEntropy(float[][] logits, int[] targets) {
    double total = 0;
    float scale = 1f / targets.length;
    for (int r = 0; r < targets.length; r++) {
      float[] row = logits[r];
      float max = Float.NEGATIVE_INFINITY;
      for (int c = 0; c < row.length; c++) {
        max = Math.max(max, row[c]);
      }
      double chosen = row[targets[r]];
      float sum = 0;
      for (int c = 0; c < row.length; c++) {
        row[c] = FloatMath.exp(row[c] - max);
        sum += row[c];
      }
      float factor = scale / sum;
      for (int c = 0; c < row.length; c++) {
        row[c] *= factor;
      }
      row[targets[r]] -= scale;
      total += Math.log(sum) + max - chosen;
    }
    return total / targets.length;
  }
}
