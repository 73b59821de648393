package dev.rondo.io;

import java.util.Arrays;

/// The header's entry of a tensor. [SafeTensors] reads its values.
public final class TensorInfo {
  private final String name;
  private final DataType type;
  private final long[] shape;
  private final long byteOffset;
  private final long byteSize;

  TensorInfo(String name, DataType type, long[] shape, long byteOffset, long byteSize) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.byteOffset = byteOffset;
    this.byteSize = byteSize;
  }

  /// The name; any text, unique in its file.
  public String name() {
    return name;
  }

  /// The type of the elements in the file.
  public DataType type() {
    return type;
  }

  /// The dimensions, a copy; empty for a scalar.
  public long[] shape() {
    return shape.clone();
  }

  /// The number of dimensions; 0 for a scalar.
  public int rank() {
    return shape.length;
  }

  /// The number of elements: the product of the dimensions, 1 for a scalar.
  public long size() {
    long size = 1;
    for (long dimension : shape) {
      size *= dimension;
    }
    return size;
  }

  /// The position of the elements, in bytes from the start of the file.
  public long byteOffset() {
    return byteOffset;
  }

  /// The bytes that the elements occupy in the file.
  public long byteSize() {
    return byteSize;
  }

  /// Whether the dimensions are exactly these.
  boolean hasShape(int[] expected) {
    return Arrays.equals(shape, Arrays.stream(expected).asLongStream().toArray());
  }

  /// Name, shape and type: `head.bias [4] F32`.
  @Override
  public String toString() {
    return name + " " + Arrays.toString(shape) + " " + type;
  }
}
