package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Radius and norm of matrices whose spectrum is known, and of random ones against slower ways.
class EigenvaluesTest {
  private static final double EPSILON = 0x1p-52;

  /// Of the size of the matrix, times ε.
  private static final double TOLERANCE = 1e-13;

  private static double[][] random(int rows, int columns, long seed) {
    var random = new CounterRandom(seed);
    var matrix = new double[rows][columns];
    for (var row : matrix) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return matrix;
  }

  private static double[][] product(double[][] a, double[][] b) {
    var c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < c[i].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] transposed(double[][] a) {
    var t = new double[a[0].length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < t.length; j++) {
        t[j][i] = a[i][j];
      }
    }
    return t;
  }

  private static double frobenius(double[][] a) {
    double squares = 0;
    for (var row : a) {
      for (double element : row) {
        squares += element * element;
      }
    }
    return Math.sqrt(squares);
  }

  /// Gelfand's formula, ‖A^n‖^(1/n) for n = 2^k, with the powers kept near 1.
  private static double gelfand(double[][] matrix, int squarings) {
    var a = matrix;
    double logarithm = 0;
    double share = 1;
    for (int k = 0; k <= squarings; k++) {
      double size = frobenius(a);
      logarithm += share * Math.log(size);
      share /= 2;
      for (var row : a) {
        for (int j = 0; j < row.length; j++) {
          row[j] /= size;
        }
      }
      a = product(a, a);
    }
    return Math.exp(logarithm);
  }

  @Test
  void aScaledRotationHasItsScale() {
    double angle = 0.7;
    double[][] a = {
      {0.9 * Math.cos(angle), -0.9 * Math.sin(angle)},
      {0.9 * Math.sin(angle), 0.9 * Math.cos(angle)}
    };
    assertEquals(0.9, Eigenvalues.radius(a), TOLERANCE);
    assertEquals(0.9, Eigenvalues.norm(a), TOLERANCE);
  }

  /// Eigenvalues on the diagonal; the norm of [[a, b], [0, c]] has 2σ² = s + √(s² - 4a²c²), s = a²
  /// + b² + c².
  @Test
  void aTriangularMatrixHasItsDiagonal() {
    assertEquals(3, Eigenvalues.radius(new double[][] {{2, 7, 1}, {0, -3, 5}, {0, 0, 1}}), 1e-12);
    double s = 4 + 49 + 9;
    double norm = Math.sqrt((s + Math.sqrt(s * s - 4 * 4 * 9)) / 2);
    assertEquals(norm, Eigenvalues.norm(new double[][] {{2, 7}, {0, -3}}), norm * TOLERANCE);
  }

  /// The companion of (x - 1)(x - 2)(x - 3)(x² + 16): a pair ±4i is the largest.
  @Test
  void aComplexPairIsFoundAmongRealEigenvalues() {
    // x⁵ - 6x⁴ + 27x³ - 102x² + 176x - 96
    double[][] a = {
      {6, -27, 102, -176, 96}, {1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}
    };
    assertEquals(4, Eigenvalues.radius(a), 1e-11);
  }

  @Test
  void aCyclicShiftHasAllItsEigenvaluesOnTheUnitCircle() {
    var a = new double[7][7];
    for (int i = 0; i < 7; i++) {
      a[i][(i + 1) % 7] = 1;
    }
    assertEquals(1, Eigenvalues.radius(a), TOLERANCE);
    assertEquals(1, Eigenvalues.norm(a), TOLERANCE);
  }

  /// A defective eigenvalue: of n of them together an error of ε costs ε^(1/n), and no more.
  @Test
  void aNilpotentMatrixHasAlmostNoRadius() {
    int n = 6;
    var a = new double[n][n];
    for (int i = 0; i + 1 < n; i++) {
      a[i + 1][i] = 1;
    }
    var q = orthogonal(n, 3);
    double radius = Eigenvalues.radius(product(product(q, a), transposed(q)));
    assertTrue(radius < 4 * Math.pow(EPSILON, 1.0 / n), "radius " + radius);
  }

  /// A product of reflections.
  private static double[][] orthogonal(int n, long seed) {
    var q = new double[n][n];
    for (int i = 0; i < n; i++) {
      q[i][i] = 1;
    }
    for (int k = 0; k < n; k++) {
      var v = random(1, n, seed + k)[0];
      double squares = 0;
      for (double element : v) {
        squares += element * element;
      }
      for (var row : q) {
        double dot = 0;
        for (int j = 0; j < n; j++) {
          dot += row[j] * v[j];
        }
        for (int j = 0; j < n; j++) {
          row[j] -= 2 * dot / squares * v[j];
        }
      }
    }
    return q;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 17, 40})
  void anOrthogonalMatrixHasRadiusAndNormOne(int n) {
    assertEquals(1, Eigenvalues.radius(orthogonal(n, 11)), n * TOLERANCE);
    assertEquals(1, Eigenvalues.norm(orthogonal(n, 11)), n * TOLERANCE);
  }

  /// 2^26 factors leave of the constants in Gelfand's formula a share of 1e-7.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 17, 40})
  void theRadiusOfARandomMatrixIsGelfands(int n) {
    for (long seed = 0; seed < 10; seed++) {
      double radius = Eigenvalues.radius(random(n, n, seed));
      assertEquals(gelfand(random(n, n, seed), 26), radius, 1e-6 * radius, "seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 17, 40})
  void theNormIsThatOfPowersOfTheGramMatrix(int n) {
    for (long seed = 0; seed < 5; seed++) {
      var a = random(n, n / 2 + 1, seed);
      double norm = Eigenvalues.norm(a);
      double expected = Math.sqrt(gelfand(product(transposed(a), a), 26));
      assertEquals(expected, norm, 1e-6 * norm, "seed " + seed);
    }
  }

  @Test
  void scaleIsNoLimit() {
    double[][] small = {{0, -1e-200}, {1e-200, 0}};
    assertEquals(1e-200, Eigenvalues.radius(small), 1e-213);
    assertEquals(1e-200, Eigenvalues.norm(small), 1e-213);
    double[][] large = {{0, -1e200}, {1e200, 0}};
    assertEquals(1e200, Eigenvalues.norm(large), 1e187);
    assertEquals(0, Eigenvalues.radius(new double[3][3]));
    assertEquals(0, Eigenvalues.norm(new double[3][2]));
    assertEquals(Double.NaN, Eigenvalues.radius(new double[][] {{1, Double.NaN}, {0, 1}}));
    double infinite = Double.POSITIVE_INFINITY;
    assertEquals(Double.NaN, Eigenvalues.norm(new double[][] {{1, infinite}, {0, 1}}));
  }
}
