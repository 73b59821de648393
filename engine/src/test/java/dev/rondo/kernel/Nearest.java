package dev.rondo.kernel;

/// Rounding to bfloat16 by comparing distances, as a reference for what is done with bits.
final class Nearest {
  private static final int STEP = 1 << 16;

  /// Where the next bfloat16 above the largest one would be.
  private static final double BEYOND = 0x1p128;

  private Nearest() {}

  /// The nearest float whose lower half is zero, that with an even upper half if two are as near;
  /// NaN is NaN.
  static float bfloat16(float value) {
    if (!Float.isFinite(value)) {
      return value;
    }
    int toZero = Float.floatToIntBits(value) & -STEP;
    int away = toZero + STEP;
    double below = Math.abs((double) value - magnitude(toZero) * Math.signum(value));
    double above = Math.abs((double) value - magnitude(away) * Math.signum(value));
    boolean isEven = (toZero & STEP) == 0;
    boolean staysBelow = below < above || (below == above && isEven);
    return Float.intBitsToFloat(staysBelow ? toZero : away);
  }

  private static double magnitude(int bits) {
    float value = Math.abs(Float.intBitsToFloat(bits));
    return value == Float.POSITIVE_INFINITY ? BEYOND : value;
  }
}
