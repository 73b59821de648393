package dev.rondo.kernel;

/// The storage format of the weights of products in a model that only computes and no longer
/// learns. Activations, sums, biases and lookup tables are float32 in every format.
public enum WeightFormat {
  /// The weights as they were learned.
  FLOAT32(4),
  /// The upper half of a float32, rounded to nearest, ties to even: relative errors of up to 2^-8.
  /// A product has the bits of a float32 product with the rounded weights.
  BFLOAT16(2),
  /// Whole numbers q from -127 to 127 times one scale for each output: errors of up to half the
  /// scale, which is the largest weight of the output divided by 127. A product is `start + scale·Σ
  /// x·q`: the sum is a chain of fused multiply-adds from 0, the rest one more fused multiply-add.
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
