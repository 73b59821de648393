package dev.rondo.bench.array;

import dev.rondo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// A learned matrix as rows of `float[]`, with its gradient and Adam's moments.
public final class ArrayParameter {
  private final float[][] value;
  private final float[][] gradient;
  private final float[][] mean;
  private final float[][] variance;

  /// A copy of `tensor`, of any shape seen as rows.
  public ArrayParameter(Tensor tensor) {
    value = rowsOf(tensor);
    gradient = new float[tensor.rows()][tensor.columns()];
    mean = new float[tensor.rows()][tensor.columns()];
    variance = new float[tensor.rows()][tensor.columns()];
  }

  /// The elements of a tensor, row by row.
  public static float[][] rowsOf(Tensor tensor) {
    var rows = new float[tensor.rows()][tensor.columns()];
    for (int r = 0; r < rows.length; r++) {
      for (int c = 0; c < rows[r].length; c++) {
        rows[r][c] = (float) tensor.get(r, c);
      }
    }
    return rows;
  }

  /// The value, row by row.
  public float[][] value() {
    return value;
  }

  /// The gradient, row by row.
  public float[][] gradient() {
    return gradient;
  }

  /// Sets the gradient to zero.
  public void clearGradient() {
    for (float[] row : gradient) {
      Arrays.fill(row, 0f);
    }
  }

  /// Rows `from` to `from + count` of a matrix, not copied.
  static float[][] rows(float[][] matrix, int from, int count) {
    return Arrays.copyOfRange(matrix, from, from + count);
  }

  /// A copy of `source` with rows and columns exchanged.
  public static float[][] transposed(float[][] source) {
    var target = new float[source[0].length][source.length];
    transpose(source, target);
    return target;
  }

  /// `target[c][r] = source[r][c]`.
  static void transpose(float[][] source, float[][] target) {
    for (int r = 0; r < source.length; r++) {
      float[] row = source[r];
      for (int c = 0; c < row.length; c++) {
        target[c][r] = row[c];
      }
    }
  }

  /// One step of Adam; `t` counts from 1.
  public void adam(double learningRate, double beta1, double beta2, double epsilon, long t) {
    float size = (float) (-learningRate / (1 - Math.pow(beta1, (double) t)));
    float correction = (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) t)));
    for (int r = 0; r < value.length; r++) {
      adamRow(
          value[r],
          gradient[r],
          mean[r],
          variance[r],
          size,
          correction,
          (float) (1 - beta1),
          (float) beta2,
          (float) epsilon);
    }
  }

  private static void adamRow(
      float[] w,
      float[] g,
      float[] m,
      float[] v,
      float size,
      float correction,
      float meanShare,
      float beta2,
      float epsilon) {
    float varianceShare = 1f - beta2;
    for (int i = 0; i < w.length; i++) {
      float gi = g[i];
      float mi = Math.fma(meanShare, gi - m[i], m[i]);
      float vi = Math.fma(varianceShare * gi, gi, beta2 * v[i]);
      m[i] = mi;
      v[i] = vi;
      w[i] = Math.fma(size, mi / Math.fma((float) Math.sqrt(vi), correction, epsilon), w[i]);
    }
  }

  /// `value = shrink·value`: the weight decay of AdamW, before Adam's step.
  public void shrink(float factor) {
    scale(value, factor);
  }

  /// One step of plain gradient descent.
  public void sgd(float learningRate) {
    for (int r = 0; r < value.length; r++) {
      float[] w = value[r];
      float[] g = gradient[r];
      for (int i = 0; i < w.length; i++) {
        w[i] = Math.fma(-learningRate, g[i], w[i]);
      }
    }
  }

  /// Scales all gradients so that their common norm is at most `maximum`.
  ///
  /// @return the norm before
  public static double clip(List<ArrayParameter> parameters, double maximum) {
    double squares = 0;
    for (var parameter : parameters) {
      squares += sumOfSquares(parameter.gradient);
    }
    double norm = Math.sqrt(squares);
    double coefficient = maximum / (norm + 1e-6);
    if (coefficient < 1) {
      for (var parameter : parameters) {
        scale(parameter.gradient, (float) coefficient);
      }
    }
    return norm;
  }

  /// Sums in double, with one partial sum per column: a single sum would be one chain, which
  /// nothing vectorizes.
  private static double sumOfSquares(float[][] rows) {
    var sums = new double[rows[0].length];
    for (float[] row : rows) {
      for (int i = 0; i < sums.length; i++) {
        double g = row[i];
        sums[i] = Math.fma(g, g, sums[i]);
      }
    }
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    return total;
  }

  private static void scale(float[][] rows, float factor) {
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] *= factor;
      }
    }
  }
}
