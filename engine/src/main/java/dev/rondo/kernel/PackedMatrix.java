package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The right operand of a product, `[depth, columns]`, laid out as its kernel reads it: panels of
/// [Gemm#panelColumns()] columns, one after the other; in a panel, row by row.
///
/// Made by [#of] over the caller's memory; filled by [Gemm#packTransposed] and [Gemm#packRows].
/// Belongs to the kernel it was made for.
public final class PackedMatrix {
  private final Tensor panels;
  private final int depth;
  private final int columns;
  private final int panelColumns;

  /// Null unless something is being packed on the heap.
  private int[] image;

  private PackedMatrix(Tensor panels, int depth, int columns, int panelColumns) {
    this.panels = panels;
    this.depth = depth;
    this.columns = columns;
    this.panelColumns = panelColumns;
  }

  /// Number of rows of the tensor that stores a packed `[depth, columns]`; each has
  /// [Tensor#ROW_ALIGNMENT] elements.
  public static int storageRows(Gemm gemm, int depth, int columns) {
    long elements = gemm.packedElements(depth, columns);
    return Math.toIntExact(Math.ceilDiv(elements, (long) Tensor.ROW_ALIGNMENT));
  }

  /// Creates a packed operand over `storage`, which must hold zeros wherever nothing will be
  /// packed.
  ///
  /// @param storage `[storageRows(gemm, depth, columns), ROW_ALIGNMENT]`
  public static PackedMatrix of(Gemm gemm, Tensor storage, int depth, int columns) {
    int rows = storageRows(gemm, depth, columns);
    if (storage.rows() < rows || storage.columns() != Tensor.ROW_ALIGNMENT) {
      throw new IllegalArgumentException(
          "storage is %s, expected [%d, %d]".formatted(storage, rows, Tensor.ROW_ALIGNMENT));
    }
    return new PackedMatrix(storage, depth, columns, gemm.panelColumns());
  }

  /// The elements, panel by panel.
  Tensor panels() {
    finish();
    return panels;
  }

  /// The same elements as ints of four bytes, on the heap until [#finish()]. Packing often happens
  /// only once, when a model is loaded. No code is compiled yet then, and access to single elements
  /// of native memory costs ten times as much as to those of an array.
  int[] image() {
    if (image == null) {
      image = new int[Math.toIntExact(panels.size())];
      MemorySegment.copy(
          panels.segment(), ValueLayout.JAVA_INT, panels.byteOffset(0, 0), image, 0, image.length);
    }
    return image;
  }

  /// Writes the elements packed on the heap to memory; call it before several threads read.
  public void finish() {
    if (image != null) {
      MemorySegment.copy(
          image, 0, panels.segment(), ValueLayout.JAVA_INT, panels.byteOffset(0, 0), image.length);
      image = null;
    }
  }

  /// Rows of the operand: the length of each chain of additions.
  public int depth() {
    return depth;
  }

  /// Columns of the operand, without the rounding to whole panels.
  public int columns() {
    return columns;
  }

  int panelColumns() {
    return panelColumns;
  }
}
