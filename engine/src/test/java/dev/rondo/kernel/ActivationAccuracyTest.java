package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.rondo.kernel.ActivationSweep.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The accuracy that [FloatMath] states, on a sample of all floats; the figures come from
/// [ActivationExhaustionTest], which takes all of them.
@Tag("kernel")
class ActivationAccuracyTest {
  /// A prime, so that all low bits of the pattern occur: about a million floats.
  private static final int STRIDE = 4099;

  private static final int NEIGHBOURS = 500;

  /// Where a branch of the functions, or of the number format, begins.
  private static final float[] BORDERS = {
    0f,
    Float.MIN_NORMAL,
    FloatMath.SMALLEST_STATE,
    0x1p-24f,
    0.3465736f,
    1f,
    FloatMath.TANH_LIMIT,
    87.33654f,
    88.72284f,
    FloatMath.EXP_HIGH,
    103.97208f,
    -FloatMath.EXP_LOW,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN
  };

  @Test
  void expIsWithinOneUnitInTheLastPlace() {
    assertExp(sample(Function.EXP));
  }

  @Test
  void tanhIsWithinItsStatedError() {
    assertTanh(sample(Function.TANH));
  }

  @Test
  void sigmoidIsWithinItsStatedError() {
    assertSigmoid(sample(Function.SIGMOID));
  }

  @Test
  void softsignIsWithinItsStatedError() {
    assertSoftsign(sample(Function.SOFTSIGN));
  }

  @Test
  void eluIsWithinItsStatedError() {
    assertElu(sample(Function.ELU));
  }

  @Test
  void softplusIsWithinItsStatedError() {
    assertSoftplus(sample(Function.SOFTPLUS));
  }

  @Test
  void thresholdedReluIsExact() {
    assertThresholdedRelu(sample(Function.THRESHOLDED_RELU));
  }

  @Test
  void scaledTanhIsWithinItsStatedError() {
    assertScaledTanh(sample(Function.SCALED_TANH));
  }

  @Test
  void flushChangesNothingButSmallState() {
    assertFlush(sample(Function.FLUSH));
  }

  static void assertExp(ActivationSweep sweep) {
    assertTrue(sweep.ulps() < 1, sweep::toString);
    assertTrue(sweep.relative() < 8e-8, sweep::toString);
    assertTrue(sweep.subnormalSteps() < 1, sweep::toString);
  }

  static void assertTanh(ActivationSweep sweep) {
    assertTrue(sweep.absolute() < 3e-7, sweep::toString);
  }

  static void assertSigmoid(ActivationSweep sweep) {
    assertTrue(sweep.relative() < 1.6e-7, sweep::toString);
    assertTrue(sweep.absolute() < 9e-8, sweep::toString);
    // exp(-x) overflows before 1/exp(-x) leaves the subnormals
    assertTrue(sweep.subnormalSteps() * Float.MIN_VALUE < 3e-39, sweep::toString);
  }

  static void assertSoftsign(ActivationSweep sweep) {
    assertTrue(sweep.ulps() < 1.5, sweep::toString);
    assertTrue(sweep.subnormalSteps() < 1, sweep::toString);
  }

  static void assertElu(ActivationSweep sweep) {
    assertTrue(sweep.ulps() < 2, sweep::toString);
    assertTrue(sweep.subnormalSteps() < 1, sweep::toString);
  }

  static void assertSoftplus(ActivationSweep sweep) {
    assertTrue(sweep.ulps() < 3.7, sweep::toString);
    assertTrue(sweep.relative() < 2.8e-7, sweep::toString);
    assertTrue(sweep.subnormalSteps() < 2, sweep::toString);
  }

  static void assertThresholdedRelu(ActivationSweep sweep) {
    assertEquals(0, sweep.absolute(), sweep::toString);
  }

  static void assertScaledTanh(ActivationSweep sweep) {
    // 1.7159 times the error of tanh, and two roundings
    assertTrue(sweep.absolute() < 7e-7, sweep::toString);
  }

  static void assertFlush(ActivationSweep sweep) {
    assertEquals(0, sweep.absolute(), sweep::toString);
  }

  /// Every 97th float of [0, 1].
  @Test
  void logOnePlusIsWithinItsStatedError() {
    for (int bits = 0; bits <= Float.floatToIntBits(1f); bits += 97) {
      float u = Float.intBitsToFloat(bits);
      double exact = StrictMath.log1p(u);
      double error = Math.abs(FloatMath.logOnePlus(u) - exact);
      if (error > 3 * Math.ulp((float) exact)) {
        fail("log(1 + %s) is %s, expected %s".formatted(u, FloatMath.logOnePlus(u), exact));
      }
    }
  }

  private static ActivationSweep sample(Function function) {
    var sweep = new ActivationSweep(function).over(0, 1L << Integer.SIZE, STRIDE);
    for (float border : BORDERS) {
      long bits = Float.floatToRawIntBits(border);
      long negative = bits | (1L << (Integer.SIZE - 1));
      sweep.over(Math.max(0, bits - NEIGHBOURS), bits + NEIGHBOURS, 1);
      sweep.over(negative - NEIGHBOURS, negative + NEIGHBOURS, 1);
    }
    return sweep;
  }
}
