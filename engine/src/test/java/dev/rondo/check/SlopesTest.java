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
    return slopes(f, STEP);
  }

  private static Slopes slopes(DoubleUnaryOperator f, double step) {
    double here = Math.abs(f.applyAsDouble(0));
    return Slopes.measure(
        s -> new double[] {f.applyAsDouble(s)},
        new double[] {f.applyAsDouble(0)},
        new Noise(
            new double[] {8 * 0x1p-53 * here}, new double[] {8 * 0x1p-53 * Math.max(here, 1)}),
        step,
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

  /// Beyond where f changes its scale differences double as steps are halved.
  @Test
  void whatDoesNotConvergeIsNoSlope() {
    DoubleUnaryOperator narrow = s -> Math.tanh(s / 1e-9);
    assertFalse(slopes(narrow).converges(0));
    assertFalse(slopes(narrow).excludes(0, 1e9));
    assertTrue(slopes(narrow, 1e-11).converges(0));
    assertFalse(slopes(narrow, 1e-11).excludes(0, 1e9));
    assertTrue(slopes(narrow, 1e-11).excludes(0, 1.01e9));
  }

  /// Of a kink that is too small to be one, either side's slope may be said.
  @Test
  void bothSidesOfASmallKinkAreWithinTheUncertainty() {
    var small = slopes(s -> s + 1e-7 * Math.abs(s));
    assertFalse(small.jump(0, 1));
    assertFalse(small.excludes(0, 1 + 1e-7));
    assertFalse(small.excludes(0, 1 - 1e-7));
    assertTrue(small.excludes(0, 1 + 3e-7));
  }

  /// A jump of 1 over the larger step is not ruled out where rounding is as large as that.
  @Test
  void aKinkMayHideBelowRounding() {
    var kink = slopes(Math::abs);
    assertTrue(slopes(s -> s, 1e-15).mayHide(0, kink));
    assertFalse(slopes(s -> s, 1e-9).mayHide(0, kink));
  }

  @Test
  void whatDoesNotMoveIsFlat() {
    assertTrue(slopes(s -> 1e16 + s).isFlat(0));
    assertFalse(slopes(s -> s).isFlat(0));
    assertTrue(slopes(s -> s + 1e-3 * s * s * s).isAlike(0, 1.1, 0.2));
    assertFalse(slopes(s -> s).isAlike(0, 1.3, 0.2));
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
