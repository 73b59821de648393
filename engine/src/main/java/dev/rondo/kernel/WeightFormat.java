package dev.rondo.kernel;

/// How the weights of products are stored where a model only computes and no longer learns.
/// Activations and sums are float32 with each of them; so are biases, and tables whose rows are
/// looked up.
public enum WeightFormat {
  /// As they were learned.
  FLOAT32(4),
  /// The upper half of a float32, rounded to the nearest, to even where two are as near: relative
  /// errors of up to 2^-8. A product has the bits of a float32 product with the rounded weights.
  BFLOAT16(2),
  /// Whole numbers q from -127 to 127 times one scale for each output: errors of up to half the
  /// scale, which is the largest weight of the output over 127. A product is `start + scale·Σ x·q`,
  /// the sum a chain of fused multiply-adds from 0, the rest one more.
  INT8(1);

  private final int bytes;

  WeightFormat(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of a weight.
  public int bytes() {
    return bytes;
  }
}
