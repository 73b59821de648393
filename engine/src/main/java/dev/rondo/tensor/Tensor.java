package dev.rondo.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/// A dense array in native memory, seen as rows. The last dimension is a row of `columns`; the
/// product of all dimensions before it is the number of `rows` (`[T, B, F]` has `T·B` rows of `F`).
///
/// Memory that a tensor allocates starts on 64 bytes. Each row is padded to a multiple of
/// [#ROW_ALIGNMENT] elements, and the padding holds zeros: kernels run whole vectors over it and
/// must leave it zero. A view ([#rows(int, int)], [#columns(int, int)], [#reshape(int...)]) shares
/// the memory. [#get(int, int)] is for single results and tests; kernels read the segment.
///
/// A tensor does not own its memory: whoever opened the arena closes it. Many threads may read it;
/// writes need ordering by the caller.
public final class Tensor {
  /// Rows are padded to a multiple of this many elements: one 512-bit vector of float32.
  public static final int ROW_ALIGNMENT = 16;

  /// Byte alignment of the first element of an allocated tensor: a cache line.
  public static final int BYTE_ALIGNMENT = 64;

  private final MemorySegment segment;
  private final ElementType type;
  private final int[] shape;
  private final int rows;
  private final int columns;
  private final int stride;
  private final long offset;

  private Tensor(
      MemorySegment segment,
      ElementType type,
      int[] shape,
      int rows,
      int columns,
      int stride,
      long offset) {
    this.segment = segment;
    this.type = type;
    this.shape = shape;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
    this.offset = offset;
  }

  /// `columns` rounded up to a multiple of [#ROW_ALIGNMENT].
  public static int padded(int columns) {
    return (columns + ROW_ALIGNMENT - 1) & -ROW_ALIGNMENT;
  }

  /// The number of bytes of native memory for a tensor of this shape, padding included.
  ///
  /// @throws IllegalArgumentException if a dimension is negative or the rows exceed an `int`
  public static long byteSize(ElementType type, int... shape) {
    return rowCount(shape) * padded(columnCount(shape)) * type.bytes();
  }

  /// A tensor of zeros from an arena or another allocator of zeroed memory.
  ///
  /// @param allocator the owner of the memory; must hand out zeroed memory, as arenas do
  /// @throws IllegalArgumentException if a dimension is negative or the rows exceed an `int`
  public static Tensor allocate(SegmentAllocator allocator, ElementType type, int... shape) {
    long bytes = byteSize(type, shape);
    return over(allocator.allocate(Math.max(bytes, BYTE_ALIGNMENT), BYTE_ALIGNMENT), type, shape);
  }

  /// A tensor over existing memory, laid out as [#allocate] would.
  ///
  /// @throws IllegalArgumentException if the segment is on the heap or too small
  public static Tensor over(MemorySegment segment, ElementType type, int... shape) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("segment is on the heap, expected native memory");
    }
    long bytes = byteSize(type, shape);
    if (segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "segment has %d bytes, expected at least %d for %s"
              .formatted(segment.byteSize(), bytes, Arrays.toString(shape)));
    }
    int columns = columnCount(shape);
    return new Tensor(
        segment, type, shape.clone(), (int) rowCount(shape), columns, padded(columns), 0L);
  }

  /// A float32 matrix with a copy of `values`, all of whose rows have the same length.
  public static Tensor of(SegmentAllocator allocator, float[][] values) {
    int columns = values.length == 0 ? 0 : values[0].length;
    var result = allocate(allocator, ElementType.FLOAT32, values.length, columns);
    for (int r = 0; r < values.length; r++) {
      if (values[r].length != columns) {
        throw new IllegalArgumentException(
            "values[%d] has %d columns, expected %d".formatted(r, values[r].length, columns));
      }
      MemorySegment.copy(
          values[r], 0, result.segment, ValueLayout.JAVA_FLOAT, result.byteOffset(r, 0), columns);
    }
    return result;
  }

  private static int columnCount(int[] shape) {
    return shape.length == 0 ? 1 : shape[shape.length - 1];
  }

  private static long rowCount(int[] shape) {
    long rows = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 0) {
        throw new IllegalArgumentException(
            "shape must not be negative, was " + Arrays.toString(shape));
      }
      if (i < shape.length - 1) {
        rows *= shape[i];
        if (rows > Integer.MAX_VALUE) {
          throw new IllegalArgumentException("too many rows in shape " + Arrays.toString(shape));
        }
      }
    }
    return rows;
  }

  /// The memory that holds the elements; native.
  public MemorySegment segment() {
    return segment;
  }

  /// The type of the elements.
  public ElementType type() {
    return type;
  }

  /// The dimensions, a copy.
  public int[] shape() {
    return shape.clone();
  }

  /// The number of dimensions.
  public int rank() {
    return shape.length;
  }

  /// The size of dimension `i`; negative counts from the end.
  public int dimension(int i) {
    return shape[i < 0 ? shape.length + i : i];
  }

  /// The product of all dimensions but the last; 1 for vectors and scalars.
  public int rows() {
    return rows;
  }

  /// The last dimension; 1 for a scalar.
  public int columns() {
    return columns;
  }

  /// The number of elements from the start of one row to the start of the next.
  public int stride() {
    return stride;
  }

  /// The number of elements from the start of the segment to the first element.
  public long offset() {
    return offset;
  }

  /// The number of bytes from the start of the segment to an element.
  public long byteOffset(int row, int column) {
    return (offset + (long) row * stride + column) * type.bytes();
  }

  /// The number of logical elements, without padding.
  public long size() {
    return (long) rows * columns;
  }

  /// Rows `from` to `from + count` as a matrix `[count, columns]` over the same memory.
  public Tensor rows(int from, int count) {
    Objects.checkFromIndexSize(from, count, rows);
    return new Tensor(
        segment,
        type,
        new int[] {count, columns},
        count,
        columns,
        stride,
        offset + (long) from * stride);
  }

  /// Columns `from` to `from + count` as a matrix `[rows, count]` over the same memory.
  ///
  /// `from` must be a multiple of [#ROW_ALIGNMENT]. The view may reach into the padding of a row.
  /// Where it ends inside the row, the elements behind it are not padding: kernels that clear or
  /// fill padding need a view whose `count` is a multiple of [#ROW_ALIGNMENT].
  public Tensor columns(int from, int count) {
    Objects.checkFromIndexSize(from, count, stride);
    if (from % ROW_ALIGNMENT != 0) {
      throw new IllegalArgumentException(
          "from must be a multiple of %d, was %d".formatted(ROW_ALIGNMENT, from));
    }
    return new Tensor(segment, type, new int[] {rows, count}, rows, count, stride, offset + from);
  }

  /// Step `i` of the first dimension: `[T, B, F]` gives `[B, F]`.
  public Tensor at(int i) {
    if (shape.length < 2) {
      throw new IllegalArgumentException("at(i) needs two dimensions, shape is " + this);
    }
    Objects.checkIndex(i, shape[0]);
    int count = rows / shape[0];
    int[] inner = Arrays.copyOfRange(shape, 1, shape.length);
    return new Tensor(
        segment, type, inner, count, columns, stride, offset + (long) i * count * stride);
  }

  /// The same memory under another shape with the same rows and columns.
  public Tensor reshape(int... newShape) {
    if (columnCount(newShape) != columns || rowCount(newShape) != rows) {
      throw new IllegalArgumentException(
          "cannot see %s as %s: the last dimension and the number of rows must stay"
              .formatted(this, Arrays.toString(newShape)));
    }
    return new Tensor(segment, type, newShape.clone(), rows, columns, stride, offset);
  }

  /// One element, widened to double.
  public double get(int row, int column) {
    Objects.checkIndex(row, rows);
    Objects.checkIndex(column, columns);
    long at = byteOffset(row, column);
    return switch (type) {
      case FLOAT32 -> segment.get(ValueLayout.JAVA_FLOAT, at);
      case FLOAT64 -> segment.get(ValueLayout.JAVA_DOUBLE, at);
    };
  }

  /// Sets one element, rounded to the element type.
  public void set(int row, int column, double value) {
    Objects.checkIndex(row, rows);
    Objects.checkIndex(column, columns);
    long at = byteOffset(row, column);
    switch (type) {
      case FLOAT32 -> segment.set(ValueLayout.JAVA_FLOAT, at, (float) value);
      case FLOAT64 -> segment.set(ValueLayout.JAVA_DOUBLE, at, value);
    }
  }

  /// The only element of a tensor of one element.
  public double scalar() {
    if (size() != 1) {
      throw new IllegalArgumentException("scalar() needs one element, shape is " + this);
    }
    return get(0, 0);
  }

  /// Sets every logical element; padding stays.
  public void fill(double value) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        set(r, c, value);
      }
    }
  }

  /// Sets every byte of every row to zero, padding included; in a view, only its own columns.
  public void clear() {
    if (rows == 0 || columns == 0) {
      return;
    }
    if (padded(columns) == stride) {
      segment.asSlice(byteOffset(0, 0), (long) rows * stride * type.bytes()).fill((byte) 0);
      return;
    }
    for (int r = 0; r < rows; r++) {
      segment.asSlice(byteOffset(r, 0), (long) columns * type.bytes()).fill((byte) 0);
    }
  }

  /// Copies the logical elements of `source`, converted to this tensor's type; padding stays.
  ///
  /// @throws IllegalArgumentException if rows or columns differ
  public void copyFrom(Tensor source) {
    if (source.rows != rows || source.columns != columns) {
      throw new IllegalArgumentException(
          "source is %s, expected the size of %s".formatted(source, this));
    }
    for (int r = 0; r < rows; r++) {
      if (source.type == type) {
        MemorySegment.copy(
            source.segment,
            source.byteOffset(r, 0),
            segment,
            byteOffset(r, 0),
            (long) columns * type.bytes());
      } else {
        for (int c = 0; c < columns; c++) {
          set(r, c, source.get(r, c));
        }
      }
    }
  }

  /// Copies the logical elements to `target`; see [#copyFrom(Tensor)].
  public void copyTo(Tensor target) {
    target.copyFrom(this);
  }

  /// The logical elements in order, widened to double.
  public double[] toArray() {
    var result = new double[Math.toIntExact(size())];
    int i = 0;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        result[i++] = get(r, c);
      }
    }
    return result;
  }

  /// The shape and type, not the elements: `[32, 64] FLOAT32`.
  @Override
  public String toString() {
    return Arrays.toString(shape) + " " + type;
  }
}
