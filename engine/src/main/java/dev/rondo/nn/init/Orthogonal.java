package dev.rondo.nn.init;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// Random orthonormal matrices: modified Gram-Schmidt, applied twice to a matrix of normal numbers.
///
/// One pass leaves an error that grows with the condition number of the matrix, which may be large
/// for a square one. The second pass starts from a matrix that is nearly orthonormal. The diagonal
/// of R holds lengths, so it is positive and Q is unique.
final class Orthogonal {
  private Orthogonal() {}

  static void fill(Tensor target, CounterRandom random, double gain) {
    if (target.rank() < 2) {
      throw new IllegalArgumentException(
          "target is %s, expected [out, in] or more dimensions".formatted(target));
    }
    if (target.size() == 0) {
      return;
    }
    int out = target.dimension(0);
    int in = Math.toIntExact(target.size() / out);
    boolean wide = in > out;
    double[][] q = wide ? new double[in][out] : new double[out][in];
    for (int r = 0; r < out; r++) {
      for (int c = 0; c < in; c++) {
        double element = random.nextGaussian();
        if (wide) {
          q[c][r] = element;
        } else {
          q[r][c] = element;
        }
      }
    }
    orthonormalize(q);
    orthonormalize(q);
    long i = 0;
    for (int r = 0; r < target.rows(); r++) {
      for (int c = 0; c < target.columns(); c++, i++) {
        int row = (int) (i / in);
        int column = (int) (i % in);
        target.set(r, c, gain * (wide ? q[column][row] : q[row][column]));
      }
    }
  }

  /// Makes the columns of `a` orthonormal, in their order.
  ///
  /// The inner loops run along a row, over the remaining columns. Each dot product is one chain
  /// over the rows, in order, so vectorization by the compiler changes no bit.
  private static void orthonormalize(double[][] a) {
    int columns = a[0].length;
    var dots = new double[columns];
    for (int k = 0; k < columns; k++) {
      Arrays.fill(dots, k, columns, 0);
      for (double[] row : a) {
        addScaled(row[k], row, dots, k);
      }
      double squared = dots[k];
      double length = StrictMath.sqrt(squared);
      for (int c = k + 1; c < columns; c++) {
        dots[c] = -dots[c] / squared;
      }
      for (double[] row : a) {
        addScaled(row[k], dots, row, k + 1);
        row[k] /= length;
      }
    }
  }

  /// `target[c] = fma(factor, source[c], target[c])` for `c >= from`.
  private static void addScaled(double factor, double[] source, double[] target, int from) {
    for (int c = from; c < target.length; c++) {
      target[c] = Math.fma(factor, source[c], target[c]);
    }
  }
}
