package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.INTS;
import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// The register tiles of [VectorWeightProduct]: one row of the operand or four, times a panel of
/// one to four vectors of columns.
///
/// Repetitive because it must be: accumulators stay in registers only as named locals, and each
/// tile is a method of its own so that its loop holds no branch. A panel is read from its first
/// byte to its last without a jump, which is what a prefetcher follows best; four vectors are
/// enough to keep it busy, since four chains of multiply-adds take a vector a cycle.
///
/// Here a weight has four bytes. The build makes `VectorBfloat16Panels` and `VectorInt8Panels` from
/// this file, with [#BYTES] set to 2 and 1. Lane i of a vector of ints then holds the weights of
/// two or four columns: the first column's in its lowest bits, and one vector's lanes further on
/// the next.
///
/// Common parameters: `a`, the first row at `aAt`; `b`, the panel at `bAt`, `depth` steps long, and
/// with one byte a weight the columns' scales at `scaleAt`; `s`, where the chains start, and `c`,
/// where they end.
final class VectorPanels {
  /// Bytes of a weight.
  private static final int BYTES = 4;

  private static final long VECTOR = (long) LANES * Float.BYTES;

  /// Bytes of a panel for each step of the depth, by its vectors of columns.
  private static final long STEP_4 = BYTES * VECTOR;

  private static final long STEP_3 = BYTES == 4 ? 3 * VECTOR : STEP_4;
  private static final long STEP_2 = BYTES == 4 ? 2 * VECTOR : VECTOR;
  private static final long STEP_1 = VECTOR;

  /// Clears the upper half: bits of a bfloat16 are the upper half of a float's.
  private static final int UPPER = 0xFFFF0000;

  // An int8 q without arithmetic: its bits, the sign flipped, are a number from 0 to 255 that is
  // set
  // into the mantissa of a large float, from which that float, and the 128 of the flipped sign, are
  // taken away again. Nothing is rounded.
  private static final int BYTE_0 = 0xFF;
  private static final int BYTE_1 = 0xFF00;
  private static final int LARGE_0 = 0x4B000080; // 2^23 and the sign
  private static final int LARGE_1 = 0x47008000; // 2^15 and the sign
  private static final float BIAS_0 = 0x1p23f + 128;
  private static final float BIAS_1 = 0x1p15f + 128;

  private VectorPanels() {}

  /// Bytes of a panel of `vectors` vectors.
  static long panelBytes(int vectors, int depth) {
    return depth
        * switch (vectors) {
          case 4 -> STEP_4;
          case 3 -> STEP_3;
          case 2 -> STEP_2;
          default -> STEP_1;
        };
  }

  /// One row of the operand.
  static void row(
      int vectors,
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    switch (vectors) {
      case 4 -> row4(a, aAt, b, bAt, depth, scaleAt, s, sAt, c, cAt);
      case 3 -> row3(a, aAt, b, bAt, depth, scaleAt, s, sAt, c, cAt);
      case 2 -> row2(a, aAt, b, bAt, depth, scaleAt, s, sAt, c, cAt);
      default -> row1(a, aAt, b, bAt, depth, scaleAt, s, sAt, c, cAt);
    }
  }

  /// Four rows of the operand, `aStep`, `sStep` and `cStep` bytes apart.
  static void rows(
      int vectors,
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    switch (vectors) {
      case 4 -> rows4(a, aAt, aStep, b, bAt, depth, scaleAt, s, sAt, sStep, c, cAt, cStep);
      case 3 -> rows3(a, aAt, aStep, b, bAt, depth, scaleAt, s, sAt, sStep, c, cAt, cStep);
      case 2 -> rows2(a, aAt, aStep, b, bAt, depth, scaleAt, s, sAt, sStep, c, cAt, cStep);
      default -> rows1(a, aAt, aStep, b, bAt, depth, scaleAt, s, sAt, sStep, c, cAt, cStep);
    }
  }

  private static FloatVector element(MemorySegment a, long at) {
    return FloatVector.broadcast(SPECIES, a.get(ValueLayout.JAVA_FLOAT, at));
  }

  private static FloatVector floats(MemorySegment m, long at) {
    return FloatVector.fromMemorySegment(SPECIES, m, at, ORDER);
  }

  private static IntVector ints(MemorySegment m, long at) {
    return IntVector.fromMemorySegment(INTS, m, at, ORDER);
  }

  /// The weights of the first vector of columns in a row of a panel.
  private static FloatVector weights0(MemorySegment b, long row) {
    if (BYTES == 4) {
      return floats(b, row);
    }
    if (BYTES == 2) {
      return ints(b, row).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }
    return byte0(ints(b, row));
  }

  /// Of the second.
  private static FloatVector weights1(MemorySegment b, long row) {
    if (BYTES == 4) {
      return floats(b, row + VECTOR);
    }
    if (BYTES == 2) {
      return ints(b, row).and(UPPER).reinterpretAsFloats();
    }
    return byte1(ints(b, row));
  }

  /// Of the third.
  private static FloatVector weights2(MemorySegment b, long row) {
    if (BYTES == 4) {
      return floats(b, row + 2 * VECTOR);
    }
    if (BYTES == 2) {
      return ints(b, row + VECTOR).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }
    return byte0(ints(b, row).lanewise(VectorOperators.LSHR, 16));
  }

  /// Of the fourth.
  private static FloatVector weights3(MemorySegment b, long row) {
    if (BYTES == 4) {
      return floats(b, row + 3 * VECTOR);
    }
    if (BYTES == 2) {
      return ints(b, row + VECTOR).and(UPPER).reinterpretAsFloats();
    }
    return byte1(ints(b, row).lanewise(VectorOperators.LSHR, 16));
  }

  private static FloatVector byte0(IntVector packed) {
    return packed
        .and(BYTE_0)
        .lanewise(VectorOperators.XOR, LARGE_0)
        .reinterpretAsFloats()
        .sub(BIAS_0);
  }

  private static FloatVector byte1(IntVector packed) {
    return packed
        .and(BYTE_1)
        .lanewise(VectorOperators.XOR, LARGE_1)
        .reinterpretAsFloats()
        .sub(BIAS_1);
  }

  /// Where a chain begins.
  private static FloatVector begin(MemorySegment s, long at) {
    return BYTES == 1 ? FloatVector.zero(SPECIES) : floats(s, at);
  }

  /// What a chain becomes.
  private static void end(
      FloatVector sum,
      MemorySegment b,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    if (BYTES == 1) {
      sum.fma(floats(b, scaleAt), floats(s, sAt)).intoMemorySegment(c, cAt, ORDER);
    } else {
      sum.intoMemorySegment(c, cAt, ORDER);
    }
  }

  private static void row4(
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    FloatVector x0 = begin(s, sAt);
    FloatVector x1 = begin(s, sAt + VECTOR);
    FloatVector x2 = begin(s, sAt + 2 * VECTOR);
    FloatVector x3 = begin(s, sAt + 3 * VECTOR);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_4;
      FloatVector t = element(a, aAt + k * 4L);
      x0 = t.fma(weights0(b, row), x0);
      x1 = t.fma(weights1(b, row), x1);
      x2 = t.fma(weights2(b, row), x2);
      x3 = t.fma(weights3(b, row), x3);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(x1, b, scaleAt + VECTOR, s, sAt + VECTOR, c, cAt + VECTOR);
    end(x2, b, scaleAt + 2 * VECTOR, s, sAt + 2 * VECTOR, c, cAt + 2 * VECTOR);
    end(x3, b, scaleAt + 3 * VECTOR, s, sAt + 3 * VECTOR, c, cAt + 3 * VECTOR);
  }

  private static void row3(
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    FloatVector x0 = begin(s, sAt);
    FloatVector x1 = begin(s, sAt + VECTOR);
    FloatVector x2 = begin(s, sAt + 2 * VECTOR);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_3;
      FloatVector t = element(a, aAt + k * 4L);
      x0 = t.fma(weights0(b, row), x0);
      x1 = t.fma(weights1(b, row), x1);
      x2 = t.fma(weights2(b, row), x2);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(x1, b, scaleAt + VECTOR, s, sAt + VECTOR, c, cAt + VECTOR);
    end(x2, b, scaleAt + 2 * VECTOR, s, sAt + 2 * VECTOR, c, cAt + 2 * VECTOR);
  }

  private static void row2(
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    FloatVector x0 = begin(s, sAt);
    FloatVector x1 = begin(s, sAt + VECTOR);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_2;
      FloatVector t = element(a, aAt + k * 4L);
      x0 = t.fma(weights0(b, row), x0);
      x1 = t.fma(weights1(b, row), x1);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(x1, b, scaleAt + VECTOR, s, sAt + VECTOR, c, cAt + VECTOR);
  }

  private static void row1(
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    FloatVector x0 = begin(s, sAt);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_1;
      FloatVector t = element(a, aAt + k * 4L);
      x0 = t.fma(weights0(b, row), x0);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
  }

  private static void rows4(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long a1 = aAt + aStep;
    long a2 = a1 + aStep;
    long a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 = begin(s, sAt);
    FloatVector x1 = begin(s, sAt + VECTOR);
    FloatVector x2 = begin(s, sAt + 2 * VECTOR);
    FloatVector x3 = begin(s, sAt + 3 * VECTOR);
    FloatVector y0 = begin(s, s1);
    FloatVector y1 = begin(s, s1 + VECTOR);
    FloatVector y2 = begin(s, s1 + 2 * VECTOR);
    FloatVector y3 = begin(s, s1 + 3 * VECTOR);
    FloatVector z0 = begin(s, s2);
    FloatVector z1 = begin(s, s2 + VECTOR);
    FloatVector z2 = begin(s, s2 + 2 * VECTOR);
    FloatVector z3 = begin(s, s2 + 3 * VECTOR);
    FloatVector u0 = begin(s, s3);
    FloatVector u1 = begin(s, s3 + VECTOR);
    FloatVector u2 = begin(s, s3 + 2 * VECTOR);
    FloatVector u3 = begin(s, s3 + 3 * VECTOR);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_4;
      FloatVector w0 = weights0(b, row);
      FloatVector w1 = weights1(b, row);
      FloatVector w2 = weights2(b, row);
      FloatVector w3 = weights3(b, row);
      FloatVector t;
      t = element(a, aAt + k * 4L);
      x0 = t.fma(w0, x0);
      x1 = t.fma(w1, x1);
      x2 = t.fma(w2, x2);
      x3 = t.fma(w3, x3);
      t = element(a, a1 + k * 4L);
      y0 = t.fma(w0, y0);
      y1 = t.fma(w1, y1);
      y2 = t.fma(w2, y2);
      y3 = t.fma(w3, y3);
      t = element(a, a2 + k * 4L);
      z0 = t.fma(w0, z0);
      z1 = t.fma(w1, z1);
      z2 = t.fma(w2, z2);
      z3 = t.fma(w3, z3);
      t = element(a, a3 + k * 4L);
      u0 = t.fma(w0, u0);
      u1 = t.fma(w1, u1);
      u2 = t.fma(w2, u2);
      u3 = t.fma(w3, u3);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(x1, b, scaleAt + VECTOR, s, sAt + VECTOR, c, cAt + VECTOR);
    end(x2, b, scaleAt + 2 * VECTOR, s, sAt + 2 * VECTOR, c, cAt + 2 * VECTOR);
    end(x3, b, scaleAt + 3 * VECTOR, s, sAt + 3 * VECTOR, c, cAt + 3 * VECTOR);
    end(y0, b, scaleAt, s, s1, c, c1);
    end(y1, b, scaleAt + VECTOR, s, s1 + VECTOR, c, c1 + VECTOR);
    end(y2, b, scaleAt + 2 * VECTOR, s, s1 + 2 * VECTOR, c, c1 + 2 * VECTOR);
    end(y3, b, scaleAt + 3 * VECTOR, s, s1 + 3 * VECTOR, c, c1 + 3 * VECTOR);
    end(z0, b, scaleAt, s, s2, c, c2);
    end(z1, b, scaleAt + VECTOR, s, s2 + VECTOR, c, c2 + VECTOR);
    end(z2, b, scaleAt + 2 * VECTOR, s, s2 + 2 * VECTOR, c, c2 + 2 * VECTOR);
    end(z3, b, scaleAt + 3 * VECTOR, s, s2 + 3 * VECTOR, c, c2 + 3 * VECTOR);
    end(u0, b, scaleAt, s, s3, c, c3);
    end(u1, b, scaleAt + VECTOR, s, s3 + VECTOR, c, c3 + VECTOR);
    end(u2, b, scaleAt + 2 * VECTOR, s, s3 + 2 * VECTOR, c, c3 + 2 * VECTOR);
    end(u3, b, scaleAt + 3 * VECTOR, s, s3 + 3 * VECTOR, c, c3 + 3 * VECTOR);
  }

  private static void rows3(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long a1 = aAt + aStep;
    long a2 = a1 + aStep;
    long a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 = begin(s, sAt);
    FloatVector x1 = begin(s, sAt + VECTOR);
    FloatVector x2 = begin(s, sAt + 2 * VECTOR);
    FloatVector y0 = begin(s, s1);
    FloatVector y1 = begin(s, s1 + VECTOR);
    FloatVector y2 = begin(s, s1 + 2 * VECTOR);
    FloatVector z0 = begin(s, s2);
    FloatVector z1 = begin(s, s2 + VECTOR);
    FloatVector z2 = begin(s, s2 + 2 * VECTOR);
    FloatVector u0 = begin(s, s3);
    FloatVector u1 = begin(s, s3 + VECTOR);
    FloatVector u2 = begin(s, s3 + 2 * VECTOR);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_3;
      FloatVector w0 = weights0(b, row);
      FloatVector w1 = weights1(b, row);
      FloatVector w2 = weights2(b, row);
      FloatVector t;
      t = element(a, aAt + k * 4L);
      x0 = t.fma(w0, x0);
      x1 = t.fma(w1, x1);
      x2 = t.fma(w2, x2);
      t = element(a, a1 + k * 4L);
      y0 = t.fma(w0, y0);
      y1 = t.fma(w1, y1);
      y2 = t.fma(w2, y2);
      t = element(a, a2 + k * 4L);
      z0 = t.fma(w0, z0);
      z1 = t.fma(w1, z1);
      z2 = t.fma(w2, z2);
      t = element(a, a3 + k * 4L);
      u0 = t.fma(w0, u0);
      u1 = t.fma(w1, u1);
      u2 = t.fma(w2, u2);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(x1, b, scaleAt + VECTOR, s, sAt + VECTOR, c, cAt + VECTOR);
    end(x2, b, scaleAt + 2 * VECTOR, s, sAt + 2 * VECTOR, c, cAt + 2 * VECTOR);
    end(y0, b, scaleAt, s, s1, c, c1);
    end(y1, b, scaleAt + VECTOR, s, s1 + VECTOR, c, c1 + VECTOR);
    end(y2, b, scaleAt + 2 * VECTOR, s, s1 + 2 * VECTOR, c, c1 + 2 * VECTOR);
    end(z0, b, scaleAt, s, s2, c, c2);
    end(z1, b, scaleAt + VECTOR, s, s2 + VECTOR, c, c2 + VECTOR);
    end(z2, b, scaleAt + 2 * VECTOR, s, s2 + 2 * VECTOR, c, c2 + 2 * VECTOR);
    end(u0, b, scaleAt, s, s3, c, c3);
    end(u1, b, scaleAt + VECTOR, s, s3 + VECTOR, c, c3 + VECTOR);
    end(u2, b, scaleAt + 2 * VECTOR, s, s3 + 2 * VECTOR, c, c3 + 2 * VECTOR);
  }

  private static void rows2(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long a1 = aAt + aStep;
    long a2 = a1 + aStep;
    long a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 = begin(s, sAt);
    FloatVector x1 = begin(s, sAt + VECTOR);
    FloatVector y0 = begin(s, s1);
    FloatVector y1 = begin(s, s1 + VECTOR);
    FloatVector z0 = begin(s, s2);
    FloatVector z1 = begin(s, s2 + VECTOR);
    FloatVector u0 = begin(s, s3);
    FloatVector u1 = begin(s, s3 + VECTOR);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_2;
      FloatVector w0 = weights0(b, row);
      FloatVector w1 = weights1(b, row);
      FloatVector t;
      t = element(a, aAt + k * 4L);
      x0 = t.fma(w0, x0);
      x1 = t.fma(w1, x1);
      t = element(a, a1 + k * 4L);
      y0 = t.fma(w0, y0);
      y1 = t.fma(w1, y1);
      t = element(a, a2 + k * 4L);
      z0 = t.fma(w0, z0);
      z1 = t.fma(w1, z1);
      t = element(a, a3 + k * 4L);
      u0 = t.fma(w0, u0);
      u1 = t.fma(w1, u1);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(x1, b, scaleAt + VECTOR, s, sAt + VECTOR, c, cAt + VECTOR);
    end(y0, b, scaleAt, s, s1, c, c1);
    end(y1, b, scaleAt + VECTOR, s, s1 + VECTOR, c, c1 + VECTOR);
    end(z0, b, scaleAt, s, s2, c, c2);
    end(z1, b, scaleAt + VECTOR, s, s2 + VECTOR, c, c2 + VECTOR);
    end(u0, b, scaleAt, s, s3, c, c3);
    end(u1, b, scaleAt + VECTOR, s, s3 + VECTOR, c, c3 + VECTOR);
  }

  private static void rows1(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long a1 = aAt + aStep;
    long a2 = a1 + aStep;
    long a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 = begin(s, sAt);
    FloatVector y0 = begin(s, s1);
    FloatVector z0 = begin(s, s2);
    FloatVector u0 = begin(s, s3);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_1;
      FloatVector w0 = weights0(b, row);
      FloatVector t;
      t = element(a, aAt + k * 4L);
      x0 = t.fma(w0, x0);
      t = element(a, a1 + k * 4L);
      y0 = t.fma(w0, y0);
      t = element(a, a2 + k * 4L);
      z0 = t.fma(w0, z0);
      t = element(a, a3 + k * 4L);
      u0 = t.fma(w0, u0);
    }
    end(x0, b, scaleAt, s, sAt, c, cAt);
    end(y0, b, scaleAt, s, s1, c, c1);
    end(z0, b, scaleAt, s, s2, c, c2);
    end(u0, b, scaleAt, s, s3, c, c3);
  }
}
