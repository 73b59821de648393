package dev.rondo.nn.recurrent;

import dev.rondo.tensor.Tensor;

/// One value of a cell's equations: columns of every row, in the memory that a step keeps for its
/// backward pass, or in memory that each step overwrites.
///
/// @param kept true if it lies in `z`, where the backward pass reads it; false if it is scratch
/// @param index of its first block; blocks are padded hidden sizes
/// @param first column
/// @param columns elements of a row
record Block(boolean kept, int index, int first, int columns) {
  /// The value in the rows of a step.
  Tensor of(Step step) {
    return (kept ? step.z() : step.scratch()).columns(first, columns);
  }

  /// The value in all rows, where it is kept.
  Tensor of(Step.All rows) {
    assert kept : "scratch is gone";
    return rows.z().columns(first, columns);
  }

  /// The same columns of a row laid out as `z`.
  Tensor of(Tensor z) {
    assert kept : "scratch is not part of z";
    return z.columns(first, columns);
  }
}
