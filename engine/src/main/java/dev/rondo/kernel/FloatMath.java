package dev.rondo.kernel;

/// The float32 functions of the engine, one element at a time: the scalar kernels call these, and
/// [VectorMath] does the same operations in the same order, so both give the same bits.
///
/// The errors stated here are the largest errors relative to `StrictMath` over all 2³² floats, as
/// measured in `docs/results/activations-exhaustive.txt`; those of softsign and elu are bounds,
/// checked on a million floats.
public final class FloatMath {
  /// Recurrent state smaller than this becomes +0. 2^-100: far above the subnormals, which slow
  /// some processors down, and far too small to change a float32 sum with 1.
  public static final float SMALLEST_STATE = 0x1p-100f;

  // tanh: x·P(x²)/Q(x²), degree 13 over 6, minimax on [-TANH_LIMIT, TANH_LIMIT]; beyond the limit
  // the quotient would leave [-1, 1].
  static final float TANH_LIMIT = 7.905311f;
  static final float TANH_P1 = 0.0048935246f;
  static final float TANH_P3 = 6.3726195e-4f;
  static final float TANH_P5 = 1.48572235e-5f;
  static final float TANH_P7 = 5.1222973e-8f;
  static final float TANH_P9 = -8.604672e-11f;
  static final float TANH_P11 = 2.000188e-13f;
  static final float TANH_P13 = -2.7607684e-16f;
  static final float TANH_Q0 = 0.004893525f;
  static final float TANH_Q2 = 0.0022684347f;
  static final float TANH_Q4 = 1.1853471e-4f;
  static final float TANH_Q6 = 1.1982584e-6f;

  // exp: 2^n·p(r) with n = round(x / ln 2), r = x - n·ln 2 in two parts; p is the Taylor
  // polynomial of degree 7, whose error on |r| <= ln(2)/2 is below half an ulp.
  // Below EXP_LOW the result is 0, above EXP_HIGH infinite, whatever x.
  static final float EXP_LOW = -104f;
  static final float EXP_HIGH = 89f;
  // 2^n is a normal float from here on; e^x - 1 has long been -1
  static final float EXP_NORMAL_LOW = -87f;
  static final float LOG2_E = 1.442695f;
  static final float LN2_HIGH = 0.69314575f;
  static final float LN2_LOW = 1.4286068e-6f;
  // 1.5·2^23: adding it leaves the nearest integer in the low bits of the sum.
  static final float ROUND = 12582912f;
  static final int ROUND_BITS = 0x4B400000;
  static final int EXPONENT_BIAS = 127;
  static final int MANTISSA_BITS = 23;
  static final float EXP_C2 = 0.5f;
  static final float EXP_C3 = 0.16666667f;
  static final float EXP_C4 = 0.041666668f;
  static final float EXP_C5 = 0.008333334f;
  static final float EXP_C6 = 0.0013888889f;
  static final float EXP_C7 = 0.0001984127f;

  // artanh(s) = s·(1 + s²/3 + s⁴/5 + ...)
  static final float ARTANH_3 = 1f / 3f;
  static final float ARTANH_5 = 1f / 5f;
  static final float ARTANH_7 = 1f / 7f;
  static final float ARTANH_9 = 1f / 9f;
  static final float ARTANH_11 = 1f / 11f;
  static final float ARTANH_13 = 1f / 13f;

  private FloatMath() {}

  /// e^x; within 0.94 ulp (7.9e-8 of the result), and within one step of 2^-149 where the result is
  /// subnormal. NaN gives NaN.
  public static float exp(float x) {
    float clamped = Math.min(Math.max(x, EXP_LOW), EXP_HIGH);
    float shifted = Math.fma(clamped, LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_HIGH, clamped);
    r = Math.fma(n, -LN2_LOW, r);
    float p = EXP_C7;
    p = Math.fma(p, r, EXP_C6);
    p = Math.fma(p, r, EXP_C5);
    p = Math.fma(p, r, EXP_C4);
    p = Math.fma(p, r, EXP_C3);
    p = Math.fma(p, r, EXP_C2);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    // 2^n in two factors, since n reaches from -150 to 128 and one float holds -126 to 127
    int whole = Float.floatToRawIntBits(shifted) - ROUND_BITS;
    int half = whole >> 1;
    float first = Float.intBitsToFloat((half + EXPONENT_BIAS) << MANTISSA_BITS);
    float second = Float.intBitsToFloat((whole - half + EXPONENT_BIAS) << MANTISSA_BITS);
    return p * first * second;
  }

  /// tanh(x) within 2.92e-7; relative to the result as well while |x| is above 1e-30, where x·P
  /// leaves the subnormals. Odd and in [-1, 1]; 0.99999976 from [#TANH_LIMIT] on; monotone except
  /// for rounding, by which it may fall by up to 4.8e-7. NaN gives NaN.
  public static float tanh(float x) {
    float t = Math.min(Math.max(x, -TANH_LIMIT), TANH_LIMIT);
    float s = t * t;
    float p = TANH_P13;
    p = Math.fma(p, s, TANH_P11);
    p = Math.fma(p, s, TANH_P9);
    p = Math.fma(p, s, TANH_P7);
    p = Math.fma(p, s, TANH_P5);
    p = Math.fma(p, s, TANH_P3);
    p = Math.fma(p, s, TANH_P1);
    float q = TANH_Q6;
    q = Math.fma(q, s, TANH_Q4);
    q = Math.fma(q, s, TANH_Q2);
    q = Math.fma(q, s, TANH_Q0);
    return t * p / q;
  }

  /// 1 / (1 + e^-x) within 8.94e-8, and on both sides within 1.53e-7 of the result where that is
  /// normal (x above -87.33); below x = -88.72 it is 0. In [0, 1]. NaN gives NaN.
  public static float sigmoid(float x) {
    return 1f / (1f + exp(-x));
  }

  /// x / (1 + |x|) within 1.5 units in the last place; odd, in [-1, 1], ±1 at the infinities. NaN
  /// gives NaN.
  public static float softsign(float x) {
    // an infinity over itself would be NaN; the largest float over itself and 1 is 1
    float t = Math.min(Math.max(x, -Float.MAX_VALUE), Float.MAX_VALUE);
    return t / (1f + Math.abs(t));
  }

  /// `x` where positive, else `alpha·(e^x - 1)`, which is within 2 units in the last place for
  /// alpha = 1, near 0 too. NaN gives NaN.
  public static float elu(float x, float alpha) {
    return x > 0f ? x : alpha * expMinusOne(x);
  }

  /// log(1 + e^x), as max(x, 0) + log(1 + e^-|x|), which does not overflow. Within 3.67 ulp (2.8e-7
  /// of the result), and within two steps of 2^-149 where the result is subnormal. NaN gives NaN.
  public static float softplus(float x) {
    return Math.max(x, 0f) + logOnePlus(exp(-Math.abs(x)));
  }

  /// `x` where above `theta`, else +0. NaN stays NaN.
  public static float thresholdedRelu(float x, float theta) {
    return x <= theta ? 0f : x;
  }

  /// `alpha·tanh(beta·x)` within the error of [#tanh] times alpha, and two roundings. NaN gives
  /// NaN.
  public static float scaledTanh(float x, float alpha, float beta) {
    return alpha * tanh(beta * x);
  }

  /// e^x - 1 for x <= 0, as 2^n·(p(r) - 1) + (2^n - 1) in the terms of [#exp]: nothing cancels.
  private static float expMinusOne(float x) {
    float clamped = Math.min(Math.max(x, EXP_NORMAL_LOW), 0f);
    float shifted = Math.fma(clamped, LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_HIGH, clamped);
    r = Math.fma(n, -LN2_LOW, r);
    float p = EXP_C7;
    p = Math.fma(p, r, EXP_C6);
    p = Math.fma(p, r, EXP_C5);
    p = Math.fma(p, r, EXP_C4);
    p = Math.fma(p, r, EXP_C3);
    p = Math.fma(p, r, EXP_C2);
    p = Math.fma(p, r, 1f);
    int whole = Float.floatToRawIntBits(shifted) - ROUND_BITS;
    float scale = Float.intBitsToFloat((whole + EXPONENT_BIAS) << MANTISSA_BITS);
    return Math.fma(scale, p * r, scale - 1f);
  }

  /// log(1 + u) for u in [0, 1], within 3 units in the last place: 2·artanh(s) for s = u/(2 + u), a
  /// series in s² <= 1/9 whose first omitted term is below 1.5e-8 of the sum.
  static float logOnePlus(float u) {
    float s = u / (2f + u);
    float z = s * s;
    float p = ARTANH_13;
    p = Math.fma(p, z, ARTANH_11);
    p = Math.fma(p, z, ARTANH_9);
    p = Math.fma(p, z, ARTANH_7);
    p = Math.fma(p, z, ARTANH_5);
    p = Math.fma(p, z, ARTANH_3);
    p = Math.fma(p, z, 1f);
    return (s + s) * p;
  }

  /// `x`, or +0 where |x| is below [#SMALLEST_STATE]. NaN stays NaN.
  public static float flush(float x) {
    return Math.abs(x) < SMALLEST_STATE ? 0f : x;
  }
}
