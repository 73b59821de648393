package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Weights in fewer bits: which number each becomes.
class QuantizationTest {
  /// Lower halves around a tie, and around the next number.
  private static final int[] LOWER_HALVES = {
    0, 1, 2, 0x3FFF, 0x7FFE, 0x7FFF, 0x8000, 0x8001, 0xC000, 0xFFFE, 0xFFFF
  };

  private static final double BFLOAT16_ERROR = 0x1p-8;

  /// A quotient of up to 127 is rounded before it is rounded to a whole number.
  private static final double ROUNDING = 127 * 0x1p-23;

  private static float stored(float weight) {
    return Quantization.fromBfloat16(Quantization.toBfloat16(weight));
  }

  /// All 65536 upper halves of a float: every sign and exponent, NaN and infinity among them.
  @Test
  void bfloat16IsTheNearestAndTheEvenOneOfTwo() {
    for (int upper = 0; upper < 1 << 16; upper++) {
      for (int lower : LOWER_HALVES) {
        float weight = Float.intBitsToFloat(upper << 16 | lower);
        int expected = Float.floatToIntBits(Nearest.bfloat16(weight));
        if (Float.floatToIntBits(stored(weight)) != expected) {
          assertEquals(Float.intBitsToFloat(expected), stored(weight), "of " + weight);
        }
      }
    }
  }

  /// The reference itself, on values worked out by hand: steps of 2^-7 above 1.
  @Test
  void theReferenceRoundsAsItShould() {
    assertEquals(1f, Nearest.bfloat16(1 + 0x1p-8f), "a tie, down to an even 1");
    assertEquals(1 + 0x1p-6f, Nearest.bfloat16(1 + 0x1p-7f + 0x1p-8f), "a tie, up to an even one");
    assertEquals(1 + 0x1p-7f, Nearest.bfloat16(1 + 0x1p-8f + 0x1p-20f));
    assertEquals(-1f, Nearest.bfloat16(-1 - 0x1p-9f));
    assertEquals(Float.POSITIVE_INFINITY, Nearest.bfloat16(Float.MAX_VALUE));
    assertEquals(0x1.FEp127f, Nearest.bfloat16(0x1.FEFFp127f));
  }

  @Test
  void bfloat16KeepsSignsOfZeroAndIsWithinHalfAStep() {
    assertEquals(Float.floatToRawIntBits(-0f), Float.floatToRawIntBits(stored(-0f)));
    var random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float weight = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(200) - 100));
      double error = Math.abs((double) stored(weight) - weight);
      assertTrue(error <= BFLOAT16_ERROR * Math.abs(weight), () -> "of " + weight);
    }
  }

  /// Every row reaches 127, nothing is further off than half the scale.
  @ParameterizedTest
  @ValueSource(doubles = {1, 1e-30, 1e30, 0x1p-110})
  void int8IsWithinHalfTheScale(double size) {
    var random = new Random(2);
    for (int row = 0; row < 500; row++) {
      var weights = new float[1 + random.nextInt(200)];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (size * random.nextGaussian());
      }
      float scale = Quantization.scale(weights, weights.length);
      int largest = 0;
      for (float weight : weights) {
        int q = Quantization.toInt8(weight, scale);
        double error = Math.abs(weight - (double) q * scale);
        assertTrue(error <= (0.5 + ROUNDING) * scale, () -> weight + " is " + q + "·" + scale);
        largest = Math.max(largest, Math.abs(q));
      }
      assertEquals(127, largest);
    }
  }

  @Test
  void int8RoundsHalfToEvenAndIsSymmetric() {
    float[] weights = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -127, 0, -0f, 126.4f};
    int[] expected = {127, 0, 2, 2, 0, -2, -127, 0, 0, 126};
    float scale = Quantization.scale(weights, weights.length);
    assertEquals(1f, scale);
    for (int i = 0; i < weights.length; i++) {
      assertEquals(expected[i], Quantization.toInt8(weights[i], scale));
    }
  }

  /// A row of zeros has no scale, and neither has one of the smallest numbers: both become zeros.
  @Test
  void rowsThatHaveNoScaleBecomeZeros() {
    float[] zeros = {0, -0f, 0};
    assertEquals(0f, Quantization.scale(zeros, 3));
    float[] tiny = {Float.MIN_VALUE, -Float.MIN_VALUE, 0};
    float scale = Quantization.scale(tiny, 3);
    for (float weight : tiny) {
      assertEquals(0, Quantization.toInt8(weight, scale));
    }
  }

  /// Where the scale itself is subnormal it is coarse, and the largest weight would not fit.
  @Test
  void subnormalRowsNeverLeaveTheRange() {
    var random = new Random(3);
    for (int largest = 64; largest < 100_000; largest += 1 + random.nextInt(50)) {
      float[] weights = {largest * Float.MIN_VALUE, -largest * Float.MIN_VALUE};
      float scale = Quantization.scale(weights, 2);
      int q = Quantization.toInt8(weights[0], scale);
      assertTrue(q >= 0 && q <= 127, "q is " + q);
      assertEquals(-q, Quantization.toInt8(weights[1], scale));
    }
  }

  @Test
  void aFormatSaysHowManyBytesAWeightHas() {
    assertEquals(4, WeightFormat.FLOAT32.bytes());
    assertEquals(2, WeightFormat.BFLOAT16.bytes());
    assertEquals(1, WeightFormat.INT8.bytes());
  }

  /// The rest of the array is not looked at.
  @Test
  void weightsThatAreNotFiniteAreRefused() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] weights = {1, bad};
      var e = assertThrows(IllegalArgumentException.class, () -> Quantization.scale(weights, 2));
      assertEquals("weights must be finite to be stored as int8, one was " + bad, e.getMessage());
      assertEquals(1f / 127, Quantization.scale(weights, 1));
    }
  }
}
