package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

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
    return panels;
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
