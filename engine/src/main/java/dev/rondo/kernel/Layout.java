package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// The layout of the rows of one call's tensors in memory.
///
/// If all rows of all tensors follow each other without a gap, an elementwise kernel processes them
/// as one run. Otherwise every row is a run of its own.
final class Layout {
  private Layout() {}

  /// True if both have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b) {
    return a.type() == b.type() && a.rows() == b.rows() && a.columns() == b.columns();
  }

  /// True if all three have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b, Tensor c) {
    return same(a, b) && same(b, c);
  }

  /// True if all four have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b, Tensor c, Tensor d) {
    return same(a, b, c) && same(c, d);
  }

  /// True if all five have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
    return same(a, b, c, d) && same(d, e);
  }

  /// True if `column` is `[rows, 1]` for the rows of `matrix`.
  static boolean isColumnOf(Tensor column, Tensor matrix) {
    return column.type() == matrix.type()
        && column.rows() == matrix.rows()
        && column.columns() == 1;
  }

  /// True if `row` is `[1, columns]` for the columns of `matrix`.
  static boolean isRowOf(Tensor row, Tensor matrix) {
    return row.type() == matrix.type() && row.rows() == 1 && row.columns() == matrix.columns();
  }

  /// True if a row of `tensor` is `blocks` blocks of `size` elements, each padded as a row is.
  static boolean isBlocks(Tensor tensor, int blocks, int size) {
    int whole = blocks * Tensor.padded(size);
    return tensor.columns() == whole || (blocks == 1 && tensor.columns() == size);
  }

  /// Number of runs of a kernel over this tensor: 1, or one for each row.
  static int runs(Tensor a) {
    return flat(a) ? Math.min(1, a.rows()) : a.rows();
  }

  /// Number of runs of a kernel over both.
  static int runs(Tensor a, Tensor b) {
    return flat(a) ? runs(b) : a.rows();
  }

  /// Number of runs of a kernel over all three.
  static int runs(Tensor a, Tensor b, Tensor c) {
    return flat(a) ? runs(b, c) : a.rows();
  }

  /// Number of runs of a kernel over all four.
  static int runs(Tensor a, Tensor b, Tensor c, Tensor d) {
    return flat(a) ? runs(b, c, d) : a.rows();
  }

  /// Number of runs of a kernel over all five.
  static int runs(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
    return flat(a) ? runs(b, c, d, e) : a.rows();
  }

  /// Bytes of one run, padding included, if the rows of `tensor` are processed in `runs` runs.
  static int runBytes(Tensor tensor, int runs) {
    return runs == 0 ? 0 : Math.toIntExact(bytes(tensor) / runs);
  }

  /// Bytes of one row, padding included.
  static int rowBytes(Tensor tensor) {
    return Math.toIntExact((long) Tensor.padded(tensor.columns()) * tensor.type().bytes());
  }

  private static boolean flat(Tensor tensor) {
    // lane loops count bytes in an int, and step once past the last vector
    return tensor.stride() == Tensor.padded(tensor.columns())
        && bytes(tensor) <= Integer.MAX_VALUE - Tensor.BYTE_ALIGNMENT;
  }

  private static long bytes(Tensor tensor) {
    return (long) tensor.rows() * Tensor.padded(tensor.columns()) * tensor.type().bytes();
  }

  /// Clears the padding after the `columns` logical elements of each of `blocks` blocks of every
  /// row.
  ///
  /// A product leaves NaN there where its left operand is infinite or NaN (times the zeros of the
  /// right one), and later kernels would read it as state.
  static void clearPadding(Tensor z, int blocks, int columns) {
    int padded = Tensor.padded(columns);
    if (padded == columns) {
      return;
    }
    int bytes = (padded - columns) * z.type().bytes();
    for (int r = 0; r < z.rows(); r++) {
      for (int block = 0; block < blocks; block++) {
        z.segment().asSlice(z.byteOffset(r, block * padded + columns), bytes).fill((byte) 0);
      }
    }
  }
}
