package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// Matrix products `C += A·B` and `C += Aᵀ·B`.
///
/// Each element of C is one chain of fused multiply-adds that starts from the value in C and takes
/// k in ascending order, so the bits do not depend on tiles, blocks, vector width or threads. A
/// chain may also start from a row that is the same for all rows of C, such as a bias.
///
/// The right operand is packed once ([#packTransposed], [#packRows]) and used for many products.
public sealed interface Gemm permits ScalarGemm, VectorGemm, DoubleGemm, PlannedGemm {
  /// Columns of C in one panel; packed operands round their columns up to a multiple of it.
  int panelColumns();

  /// Number of elements that a packed `[depth, columns]` takes.
  default long packedElements(int depth, int columns) {
    int panel = panelColumns();
    return (long) Math.ceilDiv(columns, panel) * panel * depth;
  }

  /// Writes `source`ᵀ into columns `firstColumn` to `firstColumn + source.rows()` of a packed
  /// operand: `B[k][firstColumn + n] = source[n][k]`. Columns that are never written stay zero.
  ///
  /// @param source [n, k] with `k <= target.depth()`
  void packTransposed(Tensor source, PackedMatrix target, int firstColumn);

  /// Writes `source` into rows `firstRow` to `firstRow + source.rows()` of a packed operand:
  /// `B[firstRow + k][n] = source[k][n]`.
  ///
  /// @param source [k, n] with `n <= target.columns()`
  void packRows(Tensor source, PackedMatrix target, int firstRow);

  /// `C += A·B`.
  ///
  /// @param a [m, k], read; at least `b.depth()` elements in each row, padding included
  /// @param b [k, n] packed, read
  /// @param c [m, n], read and written; its padding must be zero and stays zero
  void multiply(Tensor a, PackedMatrix b, Tensor c);

  /// `C = start + A·B`, where every row of C starts from the same row.
  ///
  /// @param start [1, n], read; its padding must be zero
  /// @param a [m, k], read; at least `b.depth()` elements in each row, padding included
  /// @param b [k, n] packed, read; `k > 0`
  /// @param c [m, n], written, padding included
  void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c);

  /// `C += A·B` with an operand that is not packed.
  ///
  /// @param a [m, k], read
  /// @param b [k, n], read
  /// @param c [m, n], read and written
  void multiply(Tensor a, Tensor b, Tensor c);

  /// `C += Aᵀ·B`: a sum over rows, as for weight gradients.
  ///
  /// @param a [k, m], read
  /// @param b [k, n], read
  /// @param c [m, n], read and written
  void multiplyTransposed(Tensor a, Tensor b, Tensor c);

  /// Two products with the same left operand, `C₁ += Aᵀ·B₁` and `C₂ += Aᵀ·B₂`, which reads it once.
  ///
  /// @param a [k, m], read
  /// @param b1 [k, n₁], read
  /// @param c1 [m, n₁], read and written
  /// @param b2 [k, n₂], read
  /// @param c2 [m, n₂], read and written
  void multiplyTransposed(Tensor a, Tensor b1, Tensor c1, Tensor b2, Tensor c2);
}
