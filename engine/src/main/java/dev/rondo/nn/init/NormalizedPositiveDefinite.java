package dev.rondo.nn.init;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// `1/n·RᵀR + 1` divided by its largest eigenvalue. Everything is computed in double, each sum in a
/// fixed order, so the compiler changes no bit.
final class NormalizedPositiveDefinite {
  /// The length grows from step to step, towards the eigenvalue. Once its relative growth is less
  /// than this, the remaining relative error is about this times λ₁/(2·(λ₁ - λ₂)), too small for a
  /// float.
  private static final double GROWTH = 1e-13;

  /// Reached only if the two largest eigenvalues are almost equal; then either one will do.
  private static final int STEPS_AT_MOST = 20_000;

  private NormalizedPositiveDefinite() {}

  static void fill(Tensor target, CounterRandom random) {
    int n = target.columns();
    if (target.rank() != 2 || target.rows() != n) {
      throw new IllegalArgumentException(
          "target is %s, expected a square matrix".formatted(target));
    }
    if (n == 0) {
      return;
    }
    double[][] a = gram(random, n);
    double eigenvalue = largestEigenvalue(a);
    for (int r = 0; r < n; r++) {
      for (int c = 0; c < n; c++) {
        target.set(r, c, a[r][c] / eigenvalue);
      }
    }
  }

  private static double[][] gram(CounterRandom random, int n) {
    var a = new double[n][n];
    var row = new double[n];
    for (int k = 0; k < n; k++) {
      Arrays.setAll(row, _ -> random.nextGaussian());
      for (int r = 0; r < n; r++) {
        for (int c = 0; c < n; c++) {
          a[r][c] = Math.fma(row[r], row[c], a[r][c]);
        }
      }
    }
    for (int r = 0; r < n; r++) {
      for (int c = 0; c < n; c++) {
        a[r][c] = a[r][c] / n + (r == c ? 1 : 0);
      }
    }
    return a;
  }

  /// Power iteration; the length of `A·v` for a `v` of length 1 never falls.
  private static double largestEigenvalue(double[][] a) {
    int n = a.length;
    var v = new double[n];
    // Not orthogonal to any eigenvector, except by an accident that no seed will meet.
    Arrays.setAll(v, i -> 1 + 0.5 * StrictMath.cos(i));
    scale(v, 1 / length(v));
    double eigenvalue = 0;
    for (int step = 0; step < STEPS_AT_MOST; step++) {
      var next = new double[n];
      for (int r = 0; r < n; r++) {
        double sum = 0;
        for (int c = 0; c < n; c++) {
          sum = Math.fma(a[r][c], v[c], sum);
        }
        next[r] = sum;
      }
      double stretched = length(next);
      boolean settled = stretched - eigenvalue <= GROWTH * stretched;
      eigenvalue = stretched;
      if (settled) {
        break;
      }
      scale(next, 1 / stretched);
      v = next;
    }
    return eigenvalue;
  }

  private static double length(double[] v) {
    double sum = 0;
    for (double element : v) {
      sum = Math.fma(element, element, sum);
    }
    return StrictMath.sqrt(sum);
  }

  private static void scale(double[] v, double factor) {
    for (int i = 0; i < v.length; i++) {
      v[i] *= factor;
    }
  }
}
