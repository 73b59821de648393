package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// How the rows of the tensors of one call lie in memory.
///
/// Where all rows of all tensors follow each other without a gap, an elementwise kernel walks them
/// as one run; else every row is a run of its own.
final class Layout {
  private Layout() {}

  /// Whether both have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b) {
    return a.type() == b.type() && a.rows() == b.rows() && a.columns() == b.columns();
  }

  /// Whether all three have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b, Tensor c) {
    return same(a, b) && same(b, c);
  }

  /// Whether all four have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b, Tensor c, Tensor d) {
    return same(a, b, c) && same(c, d);
  }

  /// Whether all five have the same element type, rows and columns.
  static boolean same(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
    return same(a, b, c, d) && same(d, e);
  }

  /// Whether `column` is `[rows, 1]` for the rows of `matrix`.
  static boolean isColumnOf(Tensor column, Tensor matrix) {
    return column.type() == matrix.type()
        && column.rows() == matrix.rows()
        && column.columns() == 1;
  }

  /// Whether `row` is `[1, columns]` for the columns of `matrix`.
  static boolean isRowOf(Tensor row, Tensor matrix) {
    return row.type() == matrix.type() && row.rows() == 1 && row.columns() == matrix.columns();
  }

  /// Whether a row of `tensor` is `blocks` blocks of `size` elements, each padded as a row is.
  static boolean isBlocks(Tensor tensor, int blocks, int size) {
    int whole = blocks * Tensor.padded(size);
    return tensor.columns() == whole || (blocks == 1 && tensor.columns() == size);
  }

  /// Runs that a kernel over this tensor takes: 1, or one a row.
  static int runs(Tensor a) {
    return flat(a) ? Math.min(1, a.rows()) : a.rows();
  }

  /// Runs that a kernel over both takes.
  static int runs(Tensor a, Tensor b) {
    return flat(a) ? runs(b) : a.rows();
  }

  /// Runs that a kernel over all three takes.
  static int runs(Tensor a, Tensor b, Tensor c) {
    return flat(a) ? runs(b, c) : a.rows();
  }

  /// Runs that a kernel over all four takes.
  static int runs(Tensor a, Tensor b, Tensor c, Tensor d) {
    return flat(a) ? runs(b, c, d) : a.rows();
  }

  /// Runs that a kernel over all five takes.
  static int runs(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
    return flat(a) ? runs(b, c, d, e) : a.rows();
  }

  /// Bytes of one run, padding included, when the rows of `tensor` are walked in `runs`.
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

  /// Clears what lies behind the `columns` logical elements of each of `blocks` blocks of every
  /// row.
  ///
  /// A product leaves NaN there where its left operand is infinite or NaN (times the zeros of the
  /// right one), and what follows would take it for state.
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
