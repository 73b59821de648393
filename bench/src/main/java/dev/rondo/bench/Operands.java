package dev.rondo.bench;

import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// Operands of benchmarks, equal for all contenders, and checks that contenders agree.
public final class Operands {
  private Operands() {}

  /// Random numbers in [-0.5, 0.5), determined by `label`.
  public static Tensor random(Arena arena, long label, int... shape) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, shape);
    var random = new CounterRandom(label);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextFloat() - 0.5);
      }
    }
    return tensor;
  }

  /// Zeros.
  public static Tensor zeros(Arena arena, int... shape) {
    return Tensor.allocate(arena, ElementType.FLOAT32, shape);
  }

  /// Random tokens below `bound`, determined by `label`.
  public static Tokens tokens(Arena arena, long label, int steps, int batchSize, int bound) {
    var tokens = Tokens.allocate(arena, steps, batchSize);
    var random = new CounterRandom(label);
    for (int t = 0; t < steps; t++) {
      for (int b = 0; b < batchSize; b++) {
        tokens.set(t, b, random.nextInt(bound));
      }
    }
    return tokens;
  }

  /// The number of bytes of a tensor's rows, padding included.
  public static long bytes(Tensor tensor) {
    return (long) tensor.rows() * Tensor.padded(tensor.columns()) * tensor.type().bytes();
  }

  /// `weights`ᵀ, packed for `gemm`.
  static PackedMatrix packedTransposed(Gemm gemm, Arena arena, Tensor weights) {
    var packed = newPacked(gemm, arena, weights.columns(), weights.rows());
    gemm.packTransposed(weights, packed, 0);
    return packed;
  }

  /// `weights`, packed for `gemm`.
  static PackedMatrix packedRows(Gemm gemm, Arena arena, Tensor weights) {
    var packed = newPacked(gemm, arena, weights.rows(), weights.columns());
    gemm.packRows(weights, packed, 0);
    return packed;
  }

  private static PackedMatrix newPacked(Gemm gemm, Arena arena, int depth, int columns) {
    int rows = PackedMatrix.storageRows(gemm, depth, columns);
    return PackedMatrix.of(gemm, zeros(arena, rows, Tensor.ROW_ALIGNMENT), depth, columns);
  }

  /// Requires equal bits, so that no wrong result is timed.
  ///
  /// @throws IllegalStateException unless both hold the same bits
  static void requireEqualBits(Tensor segment, Tensor vector) {
    for (int r = 0; r < segment.rows(); r++) {
      for (int c = 0; c < segment.columns(); c++) {
        int a = segment.segment().get(ValueLayout.JAVA_INT, segment.byteOffset(r, c));
        int b = vector.segment().get(ValueLayout.JAVA_INT, vector.byteOffset(r, c));
        if (a != b) {
          throw new IllegalStateException(
              "segment and vector differ at [%d, %d]: %s and %s"
                  .formatted(r, c, segment.get(r, c), vector.get(r, c)));
        }
      }
    }
  }

  /// Requires results that are equal up to a tolerance, so that no wrong result is timed. Plain
  /// arrays have their own order of operations and their own σ.
  ///
  /// @throws IllegalStateException if an element differs by more than `tolerance`
  static void requireClose(Tensor expected, float[][] actual, double tolerance) {
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        double difference = Math.abs(expected.get(r, c) - actual[r][c]);
        if (!(difference <= tolerance)) {
          throw new IllegalStateException(
              "array is %s at [%d, %d], expected %s within %s"
                  .formatted(actual[r][c], r, c, expected.get(r, c), tolerance));
        }
      }
    }
  }
}
