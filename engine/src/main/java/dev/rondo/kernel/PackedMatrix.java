package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The right operand of a product, `[depth, columns]`, laid out as its kernel reads it: panels of
/// [Gemm#panelColumns()] columns, one behind the other; in a panel, row after row.
///
/// Made by [#of] over memory of the caller's; filled by [Gemm#packTransposed] and [Gemm#packRows].
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

  /// Rows that the tensor behind a packed `[depth, columns]` needs, each of [Tensor#ROW_ALIGNMENT]
  /// elements.
  public static int storageRows(Gemm gemm, int depth, int columns) {
    long elements = gemm.packedElements(depth, columns);
    return Math.toIntExact(Math.ceilDiv(elements, (long) Tensor.ROW_ALIGNMENT));
  }

  /// A packed operand over `storage`, which holds zeros wherever nothing will be packed.
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

  /// The elements, panel after panel.
  Tensor panels() {
    finish();
    return panels;
  }

  /// The same, four bytes an int, on the heap until [#finish()]: where a kernel is packed for once,
  /// when a model is loaded, nothing is compiled yet, and single elements of native memory cost ten
  /// times as much as those of an array.
  int[] image() {
    if (image == null) {
      image = new int[Math.toIntExact(panels.size())];
      MemorySegment.copy(
          panels.segment(), ValueLayout.JAVA_INT, panels.byteOffset(0, 0), image, 0, image.length);
    }
    return image;
  }

  /// Writes to memory what was packed on the heap; to be called before several threads read it.
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
