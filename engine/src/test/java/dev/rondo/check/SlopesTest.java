package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// Differences of functions whose derivative at 0 is known.
class SlopesTest {
  private static final double STEP = 1e-3;

  private static Slopes slopes(DoubleUnaryOperator f) {
    return Slopes.measure(
        s -> new double[] {f.applyAsDouble(s)},
        new double[] {f.applyAsDouble(0)},
        STEP,
        s -> 2 * s,
        new Observed(null));
  }

  @Test
  void smoothFunctionsAreMeasuredWithinTheirUncertainty() {
    var exponential = slopes(Math::exp);
    assertEquals(1, exponential.derivative(0), exponential.uncertainty(0));
    assertTrue(exponential.uncertainty(0) < 1e-10);
    assertFalse(exponential.jump(0, 1));
    assertFalse(exponential.disagree(0, 1));
    // 8 roundings of a result of 1000 over a quarter of the step
    var large = slopes(s -> 1000 + s);
    assertEquals(8 * 0x1p-53 * 1000 / (STEP / 4), large.uncertainty(0), 1e-9);
    assertEquals(1, large.derivative(0), large.uncertainty(0));
  }

  /// Of curvature second differences go to zero with the step, however large they are.
  @Test
  void curvatureIsNoKink() {
    var square = slopes(s -> 1e3 * s * s + s);
    assertFalse(square.jump(0, 1));
    assertFalse(square.disagree(0, 1));
    assertEquals(1, square.derivative(0), 1e-9);
  }

  /// A jump counts from 1e-5 of what is expected on.
  @Test
  void slopesJumpAtAKink() {
    assertTrue(slopes(Math::abs).jump(0, 1));
    var small = slopes(s -> s + 1e-4 * Math.abs(s));
    assertTrue(small.jump(0, 1));
    assertTrue(small.jump(0, 19));
    assertFalse(small.jump(0, 21));
  }

  /// A kink between the steps: the extrapolations do not agree.
  @Test
  void aKinkNearbyLeavesADisagreement() {
    var near = slopes(s -> Math.max(s, 0.6 * STEP));
    assertTrue(near.disagree(0, 1));
    assertFalse(near.disagree(0, 1e6));
    assertTrue(near.uncertainty(0) > 0.01);
  }

  @Test
  void whatIsNotFiniteIsUncertain() {
    assertEquals(Double.POSITIVE_INFINITY, slopes(s -> s > 0 ? Double.NaN : s).uncertainty(0));
  }

  /// v·(3, -4) of v = (1, 2) and (-1, 0); rounding of either sign adds up to √(3² + 8²) and 3.
  @Test
  void combinationsAreObserved() {
    var observed = new Observed(new double[][] {{1, 2}, {-1, 0}});
    assertArrayEquals(new double[] {-5, -3}, observed.of(new double[] {3, -4}));
    assertArrayEquals(new double[] {Math.sqrt(73), 3}, observed.sizes(new double[] {3, -4}), 1e-15);
    assertArrayEquals(new double[] {3, 4}, new Observed(null).sizes(new double[] {3, -4}));
  }
}
