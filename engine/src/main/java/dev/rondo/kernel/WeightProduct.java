package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// Products with weights that no longer change, in a [WeightFormat]: the products of [Gemm] for a
/// few rows, with only as many bytes of weights as the format has.
///
/// Each element of C is one chain of fused multiply-adds over k in ascending order, whatever the
/// rows, the vector width and the implementation: with float32 weights, and with bfloat16 weights
/// read as floats, it has the bits of [Gemm].
sealed interface WeightProduct permits ScalarWeightProduct, VectorWeightProduct {
  /// Number of float32 elements that a packed `[depth, columns]` takes.
  long packedElements(int depth, int columns);

  /// Writes `source`ᵀ into columns `firstColumn` to `firstColumn + source.rows()` of a packed
  /// operand, in the format. Columns that are never written stay zero.
  ///
  /// @param source [n, k] with `k <= target.depth()`
  /// @throws IllegalArgumentException if the format cannot represent a weight
  void packTransposed(Tensor source, PackedMatrix target, int firstColumn);

  /// An array that products of this number of rows overwrite; only one thread at a time may use it.
  float[] scratch(int rows, int depth);

  /// `C += A·B`.
  ///
  /// @param a [m, k], read; at least `b.depth()` elements in each row, padding included
  /// @param b [k, n] packed, read
  /// @param c [m, n], read and written; its padding must be zero and stays zero
  /// @param scratch from [#scratch], overwritten
  void multiply(Tensor a, PackedMatrix b, Tensor c, float[] scratch);

  /// `C = start + A·B`, where every row of C starts from the same row.
  ///
  /// @param start [1, n], read; its padding must be zero
  /// @param a [m, k], read; at least `b.depth()` elements in each row, padding included
  /// @param b [k, n] packed, read
  /// @param c [m, n], written, padding included
  /// @param scratch from [#scratch], overwritten
  void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c, float[] scratch);
}
