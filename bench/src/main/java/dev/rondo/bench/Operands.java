package dev.rondo.bench;

import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// Operands of benchmarks, the same for every contender, and the check that contenders agree before
/// anything is timed.
final class Operands {
  private Operands() {}

  /// Numbers in [-0.5, 0.5), decided by `label`.
  static Tensor random(Arena arena, long label, int... shape) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, shape);
    var random = new CounterRandom(label);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextFloat() - 0.5);
      }
    }
    return tensor;
  }

  static Tensor zeros(Arena arena, int... shape) {
    return Tensor.allocate(arena, ElementType.FLOAT32, shape);
  }

  /// `weights`ᵀ as `gemm` reads it.
  static PackedMatrix packed(Gemm gemm, Arena arena, Tensor weights) {
    int rows = PackedMatrix.storageRows(gemm, weights.columns(), weights.rows());
    var storage = zeros(arena, rows, Tensor.ROW_ALIGNMENT);
    var packed = PackedMatrix.of(gemm, storage, weights.columns(), weights.rows());
    gemm.packTransposed(weights, packed, 0);
    return packed;
  }

  /// Refuses to time what is wrong.
  ///
  /// @throws IllegalStateException unless both hold the same bits
  static void requireEqualBits(Tensor scalar, Tensor vector) {
    for (int r = 0; r < scalar.rows(); r++) {
      for (int c = 0; c < scalar.columns(); c++) {
        int a = scalar.segment().get(ValueLayout.JAVA_INT, scalar.byteOffset(r, c));
        int b = vector.segment().get(ValueLayout.JAVA_INT, vector.byteOffset(r, c));
        if (a != b) {
          throw new IllegalStateException(
              "scalar and vector differ at [%d, %d]: %s and %s"
                  .formatted(r, c, scalar.get(r, c), vector.get(r, c)));
        }
      }
    }
  }
}
