package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertPaddingIsZero;
import static dev.rondo.optim.OptimFixtures.assertSameBits;
import static dev.rondo.optim.OptimFixtures.randomize;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GradientClippingTest {
  /// Some roundings of a float32.
  private static final double FLOAT_ROUNDING = 4 * 0x1p-24;

  private final Arena memory = Arena.ofShared();
  private final Backend backend = Backend.best();
  private final Parameters parameters = new Parameters(backend, memory);

  @AfterEach
  void close() {
    backend.close();
    memory.close();
  }

  private double[] gradient(String name) {
    return parameters.get(name).gradient().toArray();
  }

  /// √(3² + 4²) = 5 over both parameters; 1/(5 + 1e-6) = 0.19999996.
  @Test
  void theNormIsThatOfAllParametersTogether() {
    parameters.create("a", 1).gradient().fill(3);
    parameters.create("b", 1).gradient().fill(4);
    assertEquals(5, GradientClipping.byGlobalNorm(parameters, 1));
    assertEquals(3 * 0.19999996, gradient("a")[0], FLOAT_ROUNDING);
    assertEquals(4 * 0.19999996, gradient("b")[0], FLOAT_ROUNDING);
  }

  @Test
  void gradientsWithinTheMaximumKeepTheirBits() {
    parameters.create("a", 3, 5);
    randomize(parameters.get("a").gradient(), new CounterRandom(1));
    var before = gradient("a");
    double norm = GradientClipping.byGlobalNorm(parameters, 100);
    assertArrayEquals(before, gradient("a"));
    assertEquals(norm, GradientClipping.byGlobalNorm(parameters, Double.POSITIVE_INFINITY));
    assertArrayEquals(before, gradient("a"));
  }

  /// Four times 1e30, whose squares are far beyond a float32: the norm is 2e30.
  @Test
  void squaresOfHugeGradientsDoNotOverflow() {
    parameters.create("a", 4).gradient().fill(1e30);
    assertEquals(2e30, GradientClipping.byGlobalNorm(parameters, 1), 2e30 * FLOAT_ROUNDING);
    assertArrayEquals(new double[] {0.5, 0.5, 0.5, 0.5}, gradient("a"), FLOAT_ROUNDING);
  }

  /// The coefficient, 1e-5/6e38, is no normal float32: as one it would be 0.
  @Test
  void coefficientsBelowAFloatDoNotVanish() {
    parameters.create("a", 4).gradient().fill(3e38);
    double norm = GradientClipping.byGlobalNorm(parameters, 1e-5);
    assertEquals(6e38, norm, 6e38 * FLOAT_ROUNDING);
    assertEquals(1e-5, GradientClipping.byGlobalNorm(parameters, 1), 1e-5 * FLOAT_ROUNDING);
  }

  @Test
  void anInfiniteGradientIsReportedAndNothingIsScaled() {
    parameters.create("a", 2).gradient().fill(8);
    parameters.create("b", 2).gradient().set(0, 1, Double.NEGATIVE_INFINITY);
    assertEquals(Double.POSITIVE_INFINITY, GradientClipping.byGlobalNorm(parameters, 1));
    assertArrayEquals(new double[] {8, 8}, gradient("a"));
    assertArrayEquals(new double[] {0, Double.NEGATIVE_INFINITY}, gradient("b"));
    assertSame(parameters.get("b"), GradientClipping.firstNonFinite(parameters));
  }

  @Test
  void aNanIsReportedAndNothingIsScaled() {
    parameters.create("a", 2).gradient().fill(8);
    parameters.create("b", 3, 17).gradient().set(2, 16, Double.NaN);
    parameters.create("c", 2).gradient().fill(Double.NaN);
    assertEquals(Double.NaN, GradientClipping.byGlobalNorm(parameters, 1));
    assertArrayEquals(new double[] {8, 8}, gradient("a"));
    assertSame(parameters.get("b"), GradientClipping.firstNonFinite(parameters));
  }

  @Test
  void finiteGradientsAreNotReported() {
    assertNull(GradientClipping.firstNonFinite(parameters));
    parameters.create("a", 2).gradient().fill(3e38);
    assertNull(GradientClipping.firstNonFinite(parameters));
  }

  /// In float64 the sum may overflow without any gradient being infinite: it is left alone, and no
  /// parameter is blamed.
  @Test
  void anOverflowInFloat64IsNotBlamedOnAParameter() {
    try (var float64 = Backend.float64(Threads.one())) {
      var large = new Parameters(float64, memory);
      large.create("a", 2).gradient().fill(1e200);
      assertEquals(Double.POSITIVE_INFINITY, GradientClipping.byGlobalNorm(large, 1));
      assertArrayEquals(new double[] {1e200, 1e200}, large.get("a").gradient().toArray());
      assertNull(GradientClipping.firstNonFinite(large));
    }
  }

  @Test
  void frozenParametersNeitherCountNorChange() {
    parameters.create("a", 2).gradient().fill(3);
    parameters.create("b", 1).gradient().fill(Double.NaN);
    parameters.get("b").setTrainable(false);
    assertEquals(Math.sqrt(18), GradientClipping.byGlobalNorm(parameters, 100));
    assertNull(GradientClipping.firstNonFinite(parameters));
    parameters.get("b").gradient().fill(7);
    GradientClipping.byValue(parameters, 2);
    GradientClipping.byGlobalNorm(parameters, 1);
    assertArrayEquals(new double[] {7}, gradient("b"));
  }

  @Test
  void valuesAreLimitedOnBothSides() {
    parameters.create("a", 6);
    double[] values = {-3, -0.5, 0, 2, Double.POSITIVE_INFINITY, Double.NaN};
    for (int i = 0; i < values.length; i++) {
      parameters.get("a").gradient().set(0, i, values[i]);
    }
    GradientClipping.byValue(parameters, 1);
    assertArrayEquals(new double[] {-1, -0.5, 0, 1, 1, Double.NaN}, gradient("a"));
  }

  @Tag("kernel")
  @Test
  void allBackendsAndThreadsGiveTheSameBits() {
    Parameters expected = null;
    for (var each : OptimFixtures.floatBackends()) {
      try (each) {
        var clipped = new Parameters(each, memory);
        var random = new CounterRandom(3);
        int[][] shapes = {{1, 1}, {5, 17}, {37}, {2, 3, 9}, {301, 131}};
        for (int i = 0; i < shapes.length; i++) {
          randomize(clipped.create("p" + i, shapes[i]).gradient(), random);
        }
        GradientClipping.byGlobalNorm(clipped, 3);
        GradientClipping.byValue(clipped, 0.02);
        if (expected == null) {
          expected = clipped;
        }
        for (var parameter : clipped.all()) {
          assertSameBits(
              expected.get(parameter.name()).gradient(), parameter.gradient(), each.name());
          assertPaddingIsZero(parameter.gradient(), each.name());
        }
      }
    }
  }

  @Test
  void limitsAreChecked() {
    assertEquals(
        "maximum must be positive, was 0.0",
        assertThrows(
                IllegalArgumentException.class, () -> GradientClipping.byGlobalNorm(parameters, 0))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> GradientClipping.byGlobalNorm(parameters, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> GradientClipping.byValue(parameters, -1));
  }
}
