package dev.rondo.nn.init;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The initializers by fan, truncated and logarithmic distributions, and matrices for rectifiers.
class FurtherInitializersTest {
  private final Arena memory = Arena.ofConfined();

  @AfterEach
  void close() {
    memory.close();
  }

  private Tensor filled(Initializer initializer, int... shape) {
    var result = Tensor.allocate(memory, ElementType.FLOAT64, shape);
    initializer.fill(result, new CounterRandom(1));
    return result;
  }

  private static double[] times(double factor, Tensor tensor) {
    return Arrays.stream(tensor.toArray()).map(x -> factor * x).toArray();
  }

  /// Of [6, 24] the fan in is 24, out 6. Gain √2: in a = √2·√(3/24) = 1/2, out √2·√(3/6) = 1.
  @Test
  void kaimingUniformHasTheBoundOfItsFan() {
    double gain = Math.sqrt(2);
    var unit = filled(Initializer.uniform(-1, 1), 6, 24);
    assertArrayEquals(
        times(0.5, unit), filled(Initializer.kaimingUniform(gain, Fan.IN), 6, 24).toArray(), 1e-15);
    assertArrayEquals(
        times(1, unit), filled(Initializer.kaimingUniform(gain, Fan.OUT), 6, 24).toArray(), 1e-15);
  }

  /// Gain 3: in 3/√36 = 1/2, out 3/√9 = 1.
  @Test
  void kaimingNormalHasTheDeviationOfItsFan() {
    var unit = filled(Initializer.normal(0, 1), 9, 36);
    assertArrayEquals(
        times(0.5, unit), filled(Initializer.kaimingNormal(3, Fan.IN), 9, 36).toArray(), 1e-15);
    assertArrayEquals(
        times(1, unit), filled(Initializer.kaimingNormal(-3, Fan.OUT), 9, 36).toArray(), 1e-15);
  }

  /// [2, 3, 2, 2] reads 3·4 = 12 elements: a = √(3/12) = 1/2, deviation √(1/12).
  @Test
  void lecunCountsWhatAUnitReads() {
    assertArrayEquals(
        times(0.5, filled(Initializer.uniform(-1, 1), 2, 3, 2, 2)),
        filled(Initializer.lecunUniform(), 2, 3, 2, 2).toArray(),
        1e-15);
    assertArrayEquals(
        times(Math.sqrt(1.0 / 12), filled(Initializer.normal(0, 1), 2, 3, 2, 2)),
        filled(Initializer.lecunNormal(), 2, 3, 2, 2).toArray(),
        1e-15);
  }

  /// Φ⁻¹ is where the distribution function, integrated by Simpson's rule, reaches p.
  @ParameterizedTest
  @CsvSource({
    "0.0228",
    "0.07",
    "0.0750001",
    "0.3",
    "0.5",
    "0.7",
    "0.925",
    "0.93",
    "0.9772",
    "1e-9"
  })
  void quantilesAreWhereTheDistributionReachesThem(double p) {
    double z = NormalQuantile.of(p);
    int intervals = 20_000;
    double width = z / intervals;
    double sum = 0;
    for (int i = 0; i <= intervals; i++) {
      double x = i * width;
      int weight = i == 0 || i == intervals ? 1 : 2 + 2 * (i % 2);
      sum += weight * Math.exp(-x * x / 2);
    }
    double reached = 0.5 + sum * width / 3 / Math.sqrt(2 * Math.PI);
    assertEquals(p, reached, 1e-14);
  }

  /// Nothing is further out than two deviations; the variance is 1 - 2·2·φ(2)/(Φ(2) - Φ(-2)) of the
  /// whole distribution's, 0.77374, 0.8796².
  @Test
  void aTruncatedNormalEndsAtTwoDeviations() {
    double[] elements = filled(Initializer.truncatedNormal(1, 0.5), 300, 200).toArray();
    double furthest = Arrays.stream(elements).map(x -> Math.abs(x - 1)).max().orElseThrow();
    assertTrue(furthest <= 1 && furthest > 0.999, "furthest " + furthest);
    double mean = Arrays.stream(elements).average().orElseThrow();
    double variance = Arrays.stream(elements).map(x -> (x - 1) * (x - 1)).average().orElseThrow();
    assertEquals(1, mean, 4.5 * 0.44 / Math.sqrt(60_000));
    assertEquals(0.25 * 0.77374, variance, 4.5 * 0.25 * 0.77374 * Math.sqrt(2.0 / 60_000));
  }

  /// e^element is uniform in [1, 9): mean 5, variance 64/12.
  @Test
  void logUniformIsTheLogarithmOfAUniformNumber() {
    double[] elements = filled(Initializer.logUniform(1, 9), 200, 100).toArray();
    double[] inner = Arrays.stream(elements).map(Math::exp).toArray();
    assertTrue(Arrays.stream(elements).allMatch(x -> x >= 0 && x < Math.log(9)));
    double error = Math.sqrt(64.0 / 12 / inner.length);
    assertEquals(5, Arrays.stream(inner).average().orElseThrow(), 4.5 * error);
  }

  /// Off the diagonal the noise, on it the noise and the scale.
  @Test
  void noiseIsAddedToTheIdentity() {
    var noise = filled(Initializer.normal(0, 0.1), 3, 4);
    var noisy = filled(Initializer.identity(2, 0.1), 3, 4);
    for (int r = 0; r < 3; r++) {
      for (int c = 0; c < 4; c++) {
        assertEquals(noise.get(r, c) + (r == c ? 2 : 0), noisy.get(r, c), 1e-15);
      }
    }
  }

  /// n = 1: A = R² + 1 is its own eigenvalue. n = 2: the eigenvalues of a symmetric matrix are
  /// (trace ± √(trace² - 4·determinant)) / 2, of which the larger is 1, the smaller positive.
  @Test
  void smallPositiveDefiniteMatricesAreNormalized() {
    assertArrayEquals(
        new double[] {1}, filled(Initializer.normalizedPositiveDefinite(), 1, 1).toArray());
    double[] w = filled(Initializer.normalizedPositiveDefinite(), 2, 2).toArray();
    assertEquals(w[1], w[2]);
    double trace = w[0] + w[3];
    double root = Math.sqrt(trace * trace - 4 * (w[0] * w[3] - w[1] * w[2]));
    assertEquals(1, (trace + root) / 2, 1e-9);
    assertTrue((trace - root) / 2 > 0);
  }

  /// A vector multiplied again and again ends on the eigenvector of the largest eigenvalue, and
  /// keeps its length there; (1 + 1/n·RᵀR) has all eigenvalues in [1, about 5], so W none below
  /// 0.1.
  @ParameterizedTest
  @CsvSource({"3", "17", "40"})
  void aStateThatIsMultipliedOnAndOnSettles(int n) {
    var w = filled(Initializer.normalizedPositiveDefinite(), n, n);
    var v = new double[n];
    Arrays.fill(v, 1 / Math.sqrt(n));
    double before = 0;
    double after = 0;
    for (int step = 0; step < 5000; step++) {
      var next = new double[n];
      for (int r = 0; r < n; r++) {
        for (int c = 0; c < n; c++) {
          next[r] += w.get(r, c) * v[c];
        }
      }
      before = after;
      after = Math.sqrt(Arrays.stream(next).map(x -> x * x).sum());
      v = next;
    }
    assertEquals(1, after / before, 1e-9);
    assertTrue(after > 1e-3, "what does not decay: " + after);
  }

  /// Two draws for each element; the float32 matrix is the float64 one rounded, and both are
  /// symmetric.
  @Test
  void positiveDefiniteMatricesAreRoundedOnce() {
    var wide = Tensor.allocate(memory, ElementType.FLOAT64, 17, 17);
    var narrow = Tensor.allocate(memory, ElementType.FLOAT32, 17, 17);
    var random = new CounterRandom(6);
    Initializer.normalizedPositiveDefinite().fill(wide, random);
    Initializer.normalizedPositiveDefinite().fill(narrow, new CounterRandom(6));
    assertEquals(2 * 17 * 17, random.counter());
    for (int r = 0; r < 17; r++) {
      for (int c = 0; c < 17; c++) {
        assertEquals((float) wide.get(r, c), narrow.get(r, c));
        assertEquals(wide.get(c, r), wide.get(r, c));
      }
    }
  }

  @Test
  void shapesAndValuesAreChecked() {
    var random = new CounterRandom(1);
    var vector = Tensor.allocate(memory, ElementType.FLOAT64, 8);
    var wide = Tensor.allocate(memory, ElementType.FLOAT64, 2, 3);
    for (var initializer :
        List.of(
            Initializer.lecunUniform(),
            Initializer.kaimingNormal(1, Fan.OUT),
            Initializer.identity(1, 1),
            Initializer.normalizedPositiveDefinite())) {
      assertThrows(IllegalArgumentException.class, () -> initializer.fill(vector, random));
    }
    assertEquals(
        "target is [2, 3] FLOAT64, expected a square matrix",
        assertThrows(
                IllegalArgumentException.class,
                () -> Initializer.normalizedPositiveDefinite().fill(wide, random))
            .getMessage());
    assertEquals(
        "low must be positive and at most high, both finite, were 0.0 and 1.0",
        assertThrows(IllegalArgumentException.class, () -> Initializer.logUniform(0, 1))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> Initializer.truncatedNormal(0, -1));
    assertThrows(IllegalArgumentException.class, () -> Initializer.identity(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> Initializer.identity(1, -1));
    assertThrows(
        IllegalArgumentException.class, () -> Initializer.kaimingUniform(Double.NaN, Fan.IN));
  }
}
