package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Float32 weights in fewer bits; see [WeightFormat].
final class Quantization {
  /// The largest int8 that is used: the range is symmetric.
  private static final int LARGEST = 127;

  private static final int BFLOAT16_SHIFT = 16;

  private Quantization() {}

  /// The bits of the nearest bfloat16; NaN stays NaN.
  static int toBfloat16(float weight) {
    int bits = Float.floatToIntBits(weight);
    if (Float.isNaN(weight)) {
      return bits >>> BFLOAT16_SHIFT;
    }
    int odd = (bits >>> BFLOAT16_SHIFT) & 1;
    return (bits + 0x7FFF + odd) >>> BFLOAT16_SHIFT;
  }

  static float fromBfloat16(int bits) {
    return Float.intBitsToFloat(bits << BFLOAT16_SHIFT);
  }

  /// The scale of the weights of one output; 0 if all weights are 0.
  ///
  /// @throws IllegalArgumentException if a weight is not finite
  static float scale(float[] weights, int count) {
    float largest = 0;
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(weights[i])) {
        throw new IllegalArgumentException(
            "weights must be finite to be stored as int8, one was " + weights[i]);
      }
      largest = Math.max(largest, Math.abs(weights[i]));
    }
    return largest / LARGEST;
  }

  static int toInt8(float weight, float scale) {
    // the scale of subnormal weights may be 0 although they are not
    return scale == 0 ? 0 : Math.clamp((long) Math.rint(weight / scale), -LARGEST, LARGEST);
  }

  /// Reads `count` elements of a row of a matrix into an array.
  static void read(Tensor source, int row, float[] target) {
    MemorySegment.copy(
        source.segment(),
        ValueLayout.JAVA_FLOAT,
        source.byteOffset(row, 0),
        target,
        0,
        source.columns());
  }
}
