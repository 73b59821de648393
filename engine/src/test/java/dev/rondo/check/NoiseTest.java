package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is measured of rounding.
class NoiseTest {
  /// Sixth differences of a polynomial of degree 5 are zero. Those of 0, 0, 0, 0, 1, 0, 0, 0, 0 are
  /// 15, -20 and 15, with a mean square of 850/3; that of noise with σ = 1 is 12!/(6!)² = 924.
  @Test
  void onlyWhatIsNotSmoothIsNoise() {
    var points = new double[2 * Noise.SIDE + 1][2];
    for (int i = 0; i < points.length; i++) {
      points[i][0] = 3 + i - 2 * i * i + Math.pow(i, 5);
    }
    points[4][1] = 1;
    assertArrayEquals(new double[] {0, Math.sqrt(850 / 3.0 / 924)}, Noise.scatter(points), 1e-14);
  }

  /// Of x + c - c the noise is that of c, of which nothing is left in the result.
  private static Noise noise(double x, double c) {
    try (var check = new GradientCheck(1);
        var workspace = new Workspace()) {
      var tensor = check.input("x", 1);
      tensor.set(0, 0, x);
      var constant = check.gaussian(1);
      constant.set(0, 0, c);
      var function =
          new CheckedFunction(
              (tape, in) -> {
                var shift = tape.constant(constant);
                return List.of(tape.subtract(tape.add(in.get("x"), shift), shift));
              },
              check.backend(),
              workspace,
              check.arena(),
              1,
              Map.of("x", tensor),
              List.of());
      var here = function.results();
      var random = new CounterRandom(1);
      var noise = Noise.measure(function, here, List.of(tensor), new Observed(null), random);
      assertEquals(x, tensor.get(0, 0));
      return noise;
    }
  }

  @Test
  void whatIsRoundedOnTheWayIsMeasured() {
    double place = Math.ulp(1e6);
    double measured = noise(0.7, 1e6).likely()[0];
    assertTrue(measured > place && measured < 8 * place, () -> measured + " of " + place);
    assertEquals(measured, noise(0.7, 1e6).possible()[0]);
  }

  /// A result of 0.7 by itself, and as a part of something of size 1.
  @Test
  void aResultIsRoundedAtLeastByItsSize() {
    assertEquals(8 * 0x1p-53 * 0.7, noise(0.7, 0).likely()[0], 1e-18);
    assertEquals(8 * 0x1p-53, noise(0.7, 0).possible()[0]);
    assertEquals(8 * 0x1p-53 * 7, noise(7, 0).possible()[0], 1e-17);
  }

  @Test
  void largerResultsBesideCount() {
    var beside =
        Noise.beside(
            new double[] {1, 1, 1},
            new double[] {0x1p53, 0, Double.NaN},
            new double[] {0, 0x1p40, 1});
    assertArrayEquals(new double[] {8, 1, 1}, beside);
  }
}
