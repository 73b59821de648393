package dev.rondo.io;

/// The element types of the safetensors format, by their names in the file.
///
/// All types are listed. Those that this engine computes with can be read: see [#isReadable()].
public enum DataType {
  /// 64-bit IEEE 754; read and written as float64 tensors.
  F64(64),
  /// 32-bit IEEE 754; read and written as float32 tensors.
  F32(32),
  /// 16-bit IEEE 754; read into float32, which is exact.
  F16(16),
  /// The upper half of a float32; read into float32, which is exact.
  BF16(16),
  /// Signed 32-bit integers; read and written as tokens.
  I32(32),
  /// A boolean in one byte.
  BOOL(8),
  /// Unsigned 8-bit integers.
  U8(8),
  /// Signed 8-bit integers.
  I8(8),
  /// Unsigned 16-bit integers.
  U16(16),
  /// Signed 16-bit integers.
  I16(16),
  /// Unsigned 32-bit integers.
  U32(32),
  /// Unsigned 64-bit integers.
  U64(64),
  /// Signed 64-bit integers.
  I64(64),
  /// Two float32, real and imaginary.
  C64(64),
  /// 8 bits: 5 of exponent, 2 of mantissa.
  F8_E5M2(8),
  /// 8 bits: 4 of exponent, 3 of mantissa.
  F8_E4M3(8),
  /// 8 bits: 5 of exponent, 2 of mantissa, no infinity and no negative zero.
  F8_E5M2FNUZ(8),
  /// 8 bits: 4 of exponent, 3 of mantissa, no infinity and no negative zero.
  F8_E4M3FNUZ(8),
  /// 8 bits of exponent: a scale.
  F8_E8M0(8),
  /// 6 bits: 2 of exponent, 3 of mantissa.
  F6_E2M3(6),
  /// 6 bits: 3 of exponent, 2 of mantissa.
  F6_E3M2(6),
  /// 4 bits: 2 of exponent, 1 of mantissa.
  F4(4);

  private final int bits;

  DataType(int bits) {
    this.bits = bits;
  }

  /// The number of bits of one element. Elements of less than a byte are packed.
  public int bits() {
    return bits;
  }

  /// Whether [SafeTensors] can read tensors of this type.
  public boolean isReadable() {
    return switch (this) {
      case F64, F32, F16, BF16, I32 -> true;
      default -> false;
    };
  }
}
