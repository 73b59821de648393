package dev.rondo.tensor;

/// The type of a tensor's elements.
public enum ElementType {
  /// 32-bit IEEE 754, the type of production.
  FLOAT32(Float.BYTES),
  /// 64-bit IEEE 754, the type of gradient checks.
  FLOAT64(Double.BYTES);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /// The number of bytes of one element.
  public int bytes() {
    return bytes;
  }
}
