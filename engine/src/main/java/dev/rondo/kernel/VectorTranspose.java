package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.ORDER;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The transposition of [VectorRows], in tiles of 4 x 4 that are transposed in registers.
///
/// The tile is the same at every vector width: a wider one would need another method for each.
final class VectorTranspose {
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
  private static final int TILE = 4;
  private static final VectorShuffle<Float> NEIGHBOURS = FOUR.shuffleFromValues(1, 0, 3, 2);
  private static final VectorShuffle<Float> HALVES = FOUR.shuffleFromValues(2, 3, 0, 1);
  private static final VectorMask<Float> ODD = VectorMask.fromLong(FOUR, 0b1010);
  private static final VectorMask<Float> UPPER = VectorMask.fromLong(FOUR, 0b1100);

  private VectorTranspose() {}

  static void accumulate(Tensor source, Tensor target) {
    assert source.rows() == target.columns() && source.columns() == target.rows();
    int rows = source.rows() & -TILE;
    int columns = source.columns() & -TILE;
    for (int r = 0; r < rows; r += Tuning.TRANSPOSED_BLOCK) {
      for (int c = 0; c < columns; c += Tuning.TRANSPOSED_BLOCK) {
        accumulateBlock(
            source,
            r,
            Math.min(r + Tuning.TRANSPOSED_BLOCK, rows),
            target,
            c,
            Math.min(c + Tuning.TRANSPOSED_BLOCK, columns));
      }
    }
    ScalarRows.accumulateBlock(source, rows, source.rows() - rows, target, 0, columns);
    ScalarRows.accumulateBlock(
        source, 0, source.rows(), target, columns, source.columns() - columns);
  }

  private static void accumulateBlock(
      Tensor source, int row, int rowEnd, Tensor target, int column, int columnEnd) {
    long sourceStride = (long) source.stride() * Float.BYTES;
    long targetStride = (long) target.stride() * Float.BYTES;
    for (int c = column; c < columnEnd; c += TILE) {
      for (int r = row; r < rowEnd; r += TILE) {
        accumulateTile(
            source.segment(),
            source.byteOffset(r, c),
            sourceStride,
            target.segment(),
            target.byteOffset(c, r),
            targetStride);
      }
    }
  }

  private static void accumulateTile(
      MemorySegment s, long sAt, long sStride, MemorySegment t, long tAt, long tStride) {
    var a = FloatVector.fromMemorySegment(FOUR, s, sAt, ORDER);
    var b = FloatVector.fromMemorySegment(FOUR, s, sAt + sStride, ORDER);
    var c = FloatVector.fromMemorySegment(FOUR, s, sAt + 2 * sStride, ORDER);
    var d = FloatVector.fromMemorySegment(FOUR, s, sAt + 3 * sStride, ORDER);
    // a0 b0 a2 b2, a1 b1 a3 b3 and the same of c and d, whose halves are then exchanged
    var ab0 = a.blend(b.rearrange(NEIGHBOURS), ODD);
    var ab1 = a.rearrange(NEIGHBOURS).blend(b, ODD);
    var cd0 = c.blend(d.rearrange(NEIGHBOURS), ODD);
    var cd1 = c.rearrange(NEIGHBOURS).blend(d, ODD);
    add(ab0.blend(cd0.rearrange(HALVES), UPPER), t, tAt);
    add(ab1.blend(cd1.rearrange(HALVES), UPPER), t, tAt + tStride);
    add(ab0.rearrange(HALVES).blend(cd0, UPPER), t, tAt + 2 * tStride);
    add(ab1.rearrange(HALVES).blend(cd1, UPPER), t, tAt + 3 * tStride);
  }

  private static void add(FloatVector row, MemorySegment t, long at) {
    FloatVector.fromMemorySegment(FOUR, t, at, ORDER).add(row).intoMemorySegment(t, at, ORDER);
  }
}
