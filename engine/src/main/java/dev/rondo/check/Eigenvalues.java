package dev.rondo.check;

import java.util.Arrays;

/// Magnitudes of the eigenvalues of a real square matrix, complex pairs among them: Householder
/// reflections to Hessenberg form, then Francis's double-shifted QR steps (Golub and Van Loan,
/// Matrix Computations, 7.4 and 7.5).
///
/// Backward stable: the eigenvalues are those of a matrix within a few ε·‖A‖ of A, ε = 2⁻⁵². About
/// 10·n³ operations.
final class Eigenvalues {
  private static final double EPSILON = 0x1p-52;

  /// Number of QR steps on one eigenvalue after which the shifts are exceptional: with the usual
  /// ones, symmetric matrices may cycle.
  private static final int PATIENCE = 10;

  /// Far more steps than any matrix tried has needed: two or three are usual.
  private static final int MOST_STEPS = 300;

  private final double[][] a;
  private final int n;
  private final double[] sums;
  private double negligible;
  private double largest;

  private Eigenvalues(double[][] a) {
    this.a = a;
    this.n = a.length;
    this.sums = new double[n];
  }

  /// The largest magnitude of an eigenvalue; NaN if an element is not finite.
  static double radius(double[][] matrix) {
    double scale = scale(matrix);
    if (scale == 0 || !Double.isFinite(scale)) {
      return scale == 0 ? 0 : Double.NaN;
    }
    var copy = new double[matrix.length][];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = matrix[i].clone();
      for (int j = 0; j < copy.length; j++) {
        copy[i][j] /= scale;
      }
    }
    var values = new Eigenvalues(copy);
    values.negligible = EPSILON * frobenius(copy);
    values.toHessenberg();
    values.deflate();
    return values.largest * scale;
  }

  /// ‖A‖₂, the square root of the spectral radius of AᵀA. That matrix is symmetric, so no
  /// eigenvalue moves by more than the norm of the perturbation, and the relative error is a few ε.
  static double norm(double[][] matrix) {
    double scale = scale(matrix);
    if (scale == 0 || !Double.isFinite(scale)) {
      return scale == 0 ? 0 : Double.NaN;
    }
    int columns = matrix[0].length;
    var product = new double[columns][columns];
    for (var row : matrix) {
      for (int i = 0; i < columns; i++) {
        double left = row[i] / scale;
        for (int j = 0; j < columns; j++) {
          product[i][j] += left * (row[j] / scale);
        }
      }
    }
    return Math.sqrt(radius(product)) * scale;
  }

  private static double scale(double[][] matrix) {
    double scale = 0;
    for (var row : matrix) {
      for (double element : row) {
        scale = Math.max(scale, Math.abs(element)); // NaN stays
      }
    }
    return scale;
  }

  private static double frobenius(double[][] matrix) {
    double squares = 0;
    for (var row : matrix) {
      for (double element : row) {
        squares += element * element;
      }
    }
    return Math.sqrt(squares);
  }

  /// Makes A a similar matrix with zeros below the first subdiagonal.
  private void toHessenberg() {
    var v = new double[n];
    for (int k = 0; k < n - 2; k++) {
      double length = 0;
      for (int i = k + 1; i < n; i++) {
        v[i] = a[i][k];
        length = Math.hypot(length, v[i]);
      }
      if (length == 0) {
        continue;
      }
      double head = v[k + 1] < 0 ? -length : length;
      v[k + 1] += head;
      double beta = 1 / (head * v[k + 1]); // 2 / vᵀv
      reflectRows(v, beta, k + 1, n, k, n);
      reflectColumns(v, beta, k + 1, n, 0, n);
      for (int i = k + 2; i < n; i++) {
        a[i][k] = 0;
      }
    }
  }

  /// Computes `A = (I - β·v·vᵀ)·A` in rows `from` to `to`, columns `left` to `right`.
  private void reflectRows(double[] v, double beta, int from, int to, int left, int right) {
    Arrays.fill(sums, left, right, 0);
    for (int i = from; i < to; i++) {
      for (int j = left; j < right; j++) {
        sums[j] += v[i] * a[i][j];
      }
    }
    for (int i = from; i < to; i++) {
      double factor = beta * v[i];
      for (int j = left; j < right; j++) {
        a[i][j] -= factor * sums[j];
      }
    }
  }

  /// Computes `A = A·(I - β·v·vᵀ)` in columns `from` to `to`, rows `top` to `bottom`.
  private void reflectColumns(double[] v, double beta, int from, int to, int top, int bottom) {
    for (int i = top; i < bottom; i++) {
      double sum = 0;
      for (int j = from; j < to; j++) {
        sum += a[i][j] * v[j];
      }
      sum *= beta;
      for (int j = from; j < to; j++) {
        a[i][j] -= sum * v[j];
      }
    }
  }

  /// Splits off eigenvalues from the lower end, one or two at a time.
  private void deflate() {
    int high = n - 1;
    int steps = 0;
    while (high >= 0) {
      int low = lowEnd(high);
      if (low == high) {
        take(Math.abs(a[high][high]));
        high--;
        steps = 0;
      } else if (low == high - 1) {
        takePair(high);
        high -= 2;
        steps = 0;
      } else {
        if (steps == MOST_STEPS) {
          throw new ArithmeticException("no eigenvalue found in " + steps + " QR steps");
        }
        steps++;
        step(low, high, steps % PATIENCE == 0);
      }
    }
  }

  /// The first row of the unreduced block that ends at `high`.
  private int lowEnd(int high) {
    int low = high;
    while (low > 0) {
      if (Math.abs(a[low][low - 1]) <= negligible) {
        a[low][low - 1] = 0;
        break;
      }
      low--;
    }
    return low;
  }

  private void take(double magnitude) {
    largest = Math.max(largest, magnitude);
  }

  /// Takes the eigenvalues of the 2×2 block that ends at `i`.
  private void takePair(int i) {
    double half = (a[i - 1][i - 1] - a[i][i]) / 2;
    double product = a[i - 1][i] * a[i][i - 1];
    double discriminant = half * half + product;
    double middle = a[i][i] + half;
    if (discriminant >= 0) {
      take(Math.abs(middle) + Math.sqrt(discriminant));
    } else {
      take(Math.hypot(middle, Math.sqrt(-discriminant)));
    }
  }

  /// Performs one double-shifted step on the block from `low` to `high`. The rest of A does not
  /// affect the eigenvalues of the block and is not changed.
  private void step(int low, int high, boolean exceptional) {
    double here = a[high][high];
    double above = a[high - 1][high - 1];
    double product = a[high][high - 1] * a[high - 1][high];
    if (exceptional) {
      double size = Math.abs(a[high][high - 1]) + Math.abs(a[high - 1][high - 2]);
      here += 0.75 * size;
      above = here;
      product = -0.4375 * size * size;
    }
    // The first column of (A - s₁)·(A - s₂), divided by its subdiagonal element. The shifts s are
    // the eigenvalues of the last block. Computed from differences, because eigenvalues may lie
    // close together.
    here -= a[low][low];
    above -= a[low][low];
    double x = (here * above - product) / a[low + 1][low] + a[low][low + 1];
    double y = (a[low + 1][low + 1] - a[low][low]) - here - above;
    double z = a[low + 2][low + 1];
    var v = new double[n];
    for (int k = low; k < high; k++) {
      int end = Math.min(k + 3, high + 1);
      double length = end - k == 3 ? Math.hypot(x, Math.hypot(y, z)) : Math.hypot(x, y);
      if (length > 0) {
        double head = x < 0 ? -length : length;
        v[k] = x + head;
        v[k + 1] = y;
        if (end - k == 3) {
          v[k + 2] = z;
        }
        double beta = 1 / (head * v[k]);
        reflectRows(v, beta, k, end, Math.max(low, k - 1), high + 1);
        reflectColumns(v, beta, k, end, low, Math.min(k + 4, high + 1));
      }
      x = a[k + 1][k];
      y = k + 2 <= high ? a[k + 2][k] : 0;
      z = k + 3 <= high ? a[k + 3][k] : 0;
    }
    // what remains of the bulge below the subdiagonal is rounding
    for (int i = low + 2; i <= high; i++) {
      for (int j = Math.max(low, i - 3); j < i - 1; j++) {
        a[i][j] = 0;
      }
    }
  }
}
