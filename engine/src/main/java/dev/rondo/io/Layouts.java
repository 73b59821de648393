package dev.rondo.io;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Conversion between elements in a file, which are little-endian, and elements of tensors, which
/// are in the machine's order. Counts and positions are in elements.
final class Layouts {
  static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble F64 =
      ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort BITS16 =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Layouts() {}

  /// Copies `count` elements of `staged`, from element `from` on, to a part of a row. Float32 and
  /// smaller types are widened where `target` is float64.
  static void load(
      DataType type,
      MemorySegment staged,
      int from,
      Tensor target,
      int row,
      int column,
      int count) {
    long to = target.byteOffset(row, column);
    if (type == DataType.F64) {
      MemorySegment.copy(
          staged,
          F64,
          (long) from * Double.BYTES,
          target.segment(),
          ValueLayout.JAVA_DOUBLE,
          to,
          count);
    } else if (type == DataType.F32 && target.type() == ElementType.FLOAT32) {
      MemorySegment.copy(
          staged,
          F32,
          (long) from * Float.BYTES,
          target.segment(),
          ValueLayout.JAVA_FLOAT,
          to,
          count);
    } else if (target.type() == ElementType.FLOAT32) {
      for (int i = 0; i < count; i++) {
        target
            .segment()
            .set(
                ValueLayout.JAVA_FLOAT,
                to + (long) i * Float.BYTES,
                asFloat(type, staged, from + i));
      }
    } else {
      for (int i = 0; i < count; i++) {
        target.set(row, column + i, asFloat(type, staged, from + i));
      }
    }
  }

  private static float asFloat(DataType type, MemorySegment staged, int index) {
    return switch (type) {
      case F32 -> staged.getAtIndex(F32, index);
      case F16 -> Float.float16ToFloat(staged.getAtIndex(BITS16, index));
      case BF16 -> Float.intBitsToFloat(staged.getAtIndex(BITS16, index) << 16);
      default -> throw new AssertionError(type);
    };
  }

  /// Copies `count` elements of a row to `staged`, from element `to` on, in the tensor's own type.
  static void store(Tensor source, int row, int column, MemorySegment staged, int to, int count) {
    long from = source.byteOffset(row, column);
    switch (source.type()) {
      case FLOAT32 ->
          MemorySegment.copy(
              source.segment(),
              ValueLayout.JAVA_FLOAT,
              from,
              staged,
              F32,
              (long) to * Float.BYTES,
              count);
      case FLOAT64 ->
          MemorySegment.copy(
              source.segment(),
              ValueLayout.JAVA_DOUBLE,
              from,
              staged,
              F64,
              (long) to * Double.BYTES,
              count);
    }
  }
}
