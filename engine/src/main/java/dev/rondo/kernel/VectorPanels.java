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
/// What stands in the later parts of a tile is written out: by then the compiler has seen so much
/// that it inlines no more methods but the vectors' own (`NodeCountInliningCutoff`), and a vector
/// that goes into or comes out of a method that is not inlined becomes an object.
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

  /// Four rows of the operand, `sStep` and `cStep` bytes apart. They are read from a heap array,
  /// from `aAt` on and `aStep` elements apart: four floats from native memory for each step of the
  /// depth are more than the compiler inlines, and the vectors end up as objects. Sums of int8
  /// weights go to that array too, from `sumsAt` on, and [#finish] makes of them what C gets.
  static void rows(
      int vectors,
      float[] a,
      int aAt,
      int aStep,
      MemorySegment b,
      long bAt,
      int depth,
      int sumsAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    switch (vectors) {
      case 4 -> rows4(a, aAt, aStep, b, bAt, depth, sumsAt, s, sAt, sStep, c, cAt, cStep);
      case 3 -> rows3(a, aAt, aStep, b, bAt, depth, sumsAt, s, sAt, sStep, c, cAt, cStep);
      case 2 -> rows2(a, aAt, aStep, b, bAt, depth, sumsAt, s, sAt, sStep, c, cAt, cStep);
      default -> rows1(a, aAt, aStep, b, bAt, depth, sumsAt, s, sAt, sStep, c, cAt, cStep);
    }
  }

  // Of the arms of a condition on BYTES the Java compiler keeps one. Nothing is in a method of its
  // own,
  // however often it stands here: whether C2 inlines a method hangs on what it has met before (one
  // that
  // it has compiled alone it calls), and a vector that is handed to a call is an object, sixty
  // times
  // slower than one in a register.

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
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector x1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    FloatVector x2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER));
    FloatVector x3 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + 3 * VECTOR, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_4;
      FloatVector t = FloatVector.broadcast(SPECIES, a.get(ValueLayout.JAVA_FLOAT, aAt + k * 4L));
      x0 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHL, 16)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_0)
                          .lanewise(VectorOperators.XOR, LARGE_0)
                          .reinterpretAsFloats()
                          .sub(BIAS_0)),
              x0);
      x1 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(UPPER)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_1)
                          .lanewise(VectorOperators.XOR, LARGE_1)
                          .reinterpretAsFloats()
                          .sub(BIAS_1)),
              x1);
      x2 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row + 2 * VECTOR, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row + VECTOR, ORDER)
                          .lanewise(VectorOperators.LSHL, 16)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHR, 16)
                          .and(BYTE_0)
                          .lanewise(VectorOperators.XOR, LARGE_0)
                          .reinterpretAsFloats()
                          .sub(BIAS_0)),
              x2);
      x3 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row + 3 * VECTOR, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row + VECTOR, ORDER)
                          .and(UPPER)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHR, 16)
                          .and(BYTE_1)
                          .lanewise(VectorOperators.XOR, LARGE_1)
                          .reinterpretAsFloats()
                          .sub(BIAS_1)),
              x3);
    }
    if (BYTES == 1) {
      x0 =
          x0.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
      x1 =
          x1.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + VECTOR, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
      x2 =
          x2.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + 2 * VECTOR, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER));
      x3 =
          x3.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + 3 * VECTOR, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + 3 * VECTOR, ORDER));
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    x1.intoMemorySegment(c, cAt + VECTOR, ORDER);
    x2.intoMemorySegment(c, cAt + 2 * VECTOR, ORDER);
    x3.intoMemorySegment(c, cAt + 3 * VECTOR, ORDER);
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
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector x1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    FloatVector x2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_3;
      FloatVector t = FloatVector.broadcast(SPECIES, a.get(ValueLayout.JAVA_FLOAT, aAt + k * 4L));
      x0 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHL, 16)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_0)
                          .lanewise(VectorOperators.XOR, LARGE_0)
                          .reinterpretAsFloats()
                          .sub(BIAS_0)),
              x0);
      x1 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(UPPER)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_1)
                          .lanewise(VectorOperators.XOR, LARGE_1)
                          .reinterpretAsFloats()
                          .sub(BIAS_1)),
              x1);
      x2 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row + 2 * VECTOR, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row + VECTOR, ORDER)
                          .lanewise(VectorOperators.LSHL, 16)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHR, 16)
                          .and(BYTE_0)
                          .lanewise(VectorOperators.XOR, LARGE_0)
                          .reinterpretAsFloats()
                          .sub(BIAS_0)),
              x2);
    }
    if (BYTES == 1) {
      x0 =
          x0.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
      x1 =
          x1.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + VECTOR, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
      x2 =
          x2.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + 2 * VECTOR, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER));
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    x1.intoMemorySegment(c, cAt + VECTOR, ORDER);
    x2.intoMemorySegment(c, cAt + 2 * VECTOR, ORDER);
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
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector x1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_2;
      FloatVector t = FloatVector.broadcast(SPECIES, a.get(ValueLayout.JAVA_FLOAT, aAt + k * 4L));
      x0 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHL, 16)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_0)
                          .lanewise(VectorOperators.XOR, LARGE_0)
                          .reinterpretAsFloats()
                          .sub(BIAS_0)),
              x0);
      x1 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(UPPER)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_1)
                          .lanewise(VectorOperators.XOR, LARGE_1)
                          .reinterpretAsFloats()
                          .sub(BIAS_1)),
              x1);
    }
    if (BYTES == 1) {
      x0 =
          x0.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
      x1 =
          x1.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + VECTOR, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    x1.intoMemorySegment(c, cAt + VECTOR, ORDER);
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
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_1;
      FloatVector t = FloatVector.broadcast(SPECIES, a.get(ValueLayout.JAVA_FLOAT, aAt + k * 4L));
      x0 =
          t.fma(
              (BYTES == 4
                  ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
                  : BYTES == 2
                      ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .lanewise(VectorOperators.LSHL, 16)
                          .reinterpretAsFloats()
                      : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                          .and(BYTE_0)
                          .lanewise(VectorOperators.XOR, LARGE_0)
                          .reinterpretAsFloats()
                          .sub(BIAS_0)),
              x0);
    }
    if (BYTES == 1) {
      x0 =
          x0.fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    }
    x0.intoMemorySegment(c, cAt, ORDER);
  }

  /// One row of C of sums from a heap array: `c = start + scale∘sums`, for a panel of int8 weights.
  static void finish(
      int vectors,
      float[] sums,
      int sumsAt,
      MemorySegment b,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    for (int v = 0; v < vectors; v++) {
      long at = v * VECTOR;
      FloatVector.fromArray(SPECIES, sums, sumsAt + v * LANES)
          .fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + at, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + at, ORDER))
          .intoMemorySegment(c, cAt + at, ORDER);
    }
  }

  private static void rows4(
      float[] a,
      int aAt,
      int aStep,
      MemorySegment b,
      long bAt,
      int depth,
      int sumsAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    int a1 = aAt + aStep;
    int a2 = a1 + aStep;
    int a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector x1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    FloatVector x2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER));
    FloatVector x3 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + 3 * VECTOR, ORDER));
    FloatVector y0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER));
    FloatVector y1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER));
    FloatVector y2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1 + 2 * VECTOR, ORDER));
    FloatVector y3 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1 + 3 * VECTOR, ORDER));
    FloatVector z0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER));
    FloatVector z1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2 + VECTOR, ORDER));
    FloatVector z2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2 + 2 * VECTOR, ORDER));
    FloatVector z3 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2 + 3 * VECTOR, ORDER));
    FloatVector u0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER));
    FloatVector u1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3 + VECTOR, ORDER));
    FloatVector u2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3 + 2 * VECTOR, ORDER));
    FloatVector u3 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3 + 3 * VECTOR, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_4;
      FloatVector w0 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHL, 16)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_0)
                      .lanewise(VectorOperators.XOR, LARGE_0)
                      .reinterpretAsFloats()
                      .sub(BIAS_0));
      FloatVector w1 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(UPPER)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_1)
                      .lanewise(VectorOperators.XOR, LARGE_1)
                      .reinterpretAsFloats()
                      .sub(BIAS_1));
      FloatVector w2 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row + 2 * VECTOR, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row + VECTOR, ORDER)
                      .lanewise(VectorOperators.LSHL, 16)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHR, 16)
                      .and(BYTE_0)
                      .lanewise(VectorOperators.XOR, LARGE_0)
                      .reinterpretAsFloats()
                      .sub(BIAS_0));
      FloatVector w3 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row + 3 * VECTOR, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row + VECTOR, ORDER)
                      .and(UPPER)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHR, 16)
                      .and(BYTE_1)
                      .lanewise(VectorOperators.XOR, LARGE_1)
                      .reinterpretAsFloats()
                      .sub(BIAS_1));
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[aAt + k]);
      x0 = t.fma(w0, x0);
      x1 = t.fma(w1, x1);
      x2 = t.fma(w2, x2);
      x3 = t.fma(w3, x3);
      t = FloatVector.broadcast(SPECIES, a[a1 + k]);
      y0 = t.fma(w0, y0);
      y1 = t.fma(w1, y1);
      y2 = t.fma(w2, y2);
      y3 = t.fma(w3, y3);
      t = FloatVector.broadcast(SPECIES, a[a2 + k]);
      z0 = t.fma(w0, z0);
      z1 = t.fma(w1, z1);
      z2 = t.fma(w2, z2);
      z3 = t.fma(w3, z3);
      t = FloatVector.broadcast(SPECIES, a[a3 + k]);
      u0 = t.fma(w0, u0);
      u1 = t.fma(w1, u1);
      u2 = t.fma(w2, u2);
      u3 = t.fma(w3, u3);
    }
    if (BYTES == 1) {
      x0.intoArray(a, sumsAt);
      x1.intoArray(a, sumsAt + LANES);
      x2.intoArray(a, sumsAt + 2 * LANES);
      x3.intoArray(a, sumsAt + 3 * LANES);
      y0.intoArray(a, sumsAt + 4 * LANES);
      y1.intoArray(a, sumsAt + 5 * LANES);
      y2.intoArray(a, sumsAt + 6 * LANES);
      y3.intoArray(a, sumsAt + 7 * LANES);
      z0.intoArray(a, sumsAt + 8 * LANES);
      z1.intoArray(a, sumsAt + 9 * LANES);
      z2.intoArray(a, sumsAt + 10 * LANES);
      z3.intoArray(a, sumsAt + 11 * LANES);
      u0.intoArray(a, sumsAt + 12 * LANES);
      u1.intoArray(a, sumsAt + 13 * LANES);
      u2.intoArray(a, sumsAt + 14 * LANES);
      u3.intoArray(a, sumsAt + 15 * LANES);
      return;
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    x1.intoMemorySegment(c, cAt + VECTOR, ORDER);
    x2.intoMemorySegment(c, cAt + 2 * VECTOR, ORDER);
    x3.intoMemorySegment(c, cAt + 3 * VECTOR, ORDER);
    y0.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    y2.intoMemorySegment(c, c1 + 2 * VECTOR, ORDER);
    y3.intoMemorySegment(c, c1 + 3 * VECTOR, ORDER);
    z0.intoMemorySegment(c, c2, ORDER);
    z1.intoMemorySegment(c, c2 + VECTOR, ORDER);
    z2.intoMemorySegment(c, c2 + 2 * VECTOR, ORDER);
    z3.intoMemorySegment(c, c2 + 3 * VECTOR, ORDER);
    u0.intoMemorySegment(c, c3, ORDER);
    u1.intoMemorySegment(c, c3 + VECTOR, ORDER);
    u2.intoMemorySegment(c, c3 + 2 * VECTOR, ORDER);
    u3.intoMemorySegment(c, c3 + 3 * VECTOR, ORDER);
  }

  private static void rows3(
      float[] a,
      int aAt,
      int aStep,
      MemorySegment b,
      long bAt,
      int depth,
      int sumsAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    int a1 = aAt + aStep;
    int a2 = a1 + aStep;
    int a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector x1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    FloatVector x2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER));
    FloatVector y0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER));
    FloatVector y1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER));
    FloatVector y2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1 + 2 * VECTOR, ORDER));
    FloatVector z0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER));
    FloatVector z1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2 + VECTOR, ORDER));
    FloatVector z2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2 + 2 * VECTOR, ORDER));
    FloatVector u0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER));
    FloatVector u1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3 + VECTOR, ORDER));
    FloatVector u2 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3 + 2 * VECTOR, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_3;
      FloatVector w0 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHL, 16)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_0)
                      .lanewise(VectorOperators.XOR, LARGE_0)
                      .reinterpretAsFloats()
                      .sub(BIAS_0));
      FloatVector w1 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(UPPER)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_1)
                      .lanewise(VectorOperators.XOR, LARGE_1)
                      .reinterpretAsFloats()
                      .sub(BIAS_1));
      FloatVector w2 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row + 2 * VECTOR, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row + VECTOR, ORDER)
                      .lanewise(VectorOperators.LSHL, 16)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHR, 16)
                      .and(BYTE_0)
                      .lanewise(VectorOperators.XOR, LARGE_0)
                      .reinterpretAsFloats()
                      .sub(BIAS_0));
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[aAt + k]);
      x0 = t.fma(w0, x0);
      x1 = t.fma(w1, x1);
      x2 = t.fma(w2, x2);
      t = FloatVector.broadcast(SPECIES, a[a1 + k]);
      y0 = t.fma(w0, y0);
      y1 = t.fma(w1, y1);
      y2 = t.fma(w2, y2);
      t = FloatVector.broadcast(SPECIES, a[a2 + k]);
      z0 = t.fma(w0, z0);
      z1 = t.fma(w1, z1);
      z2 = t.fma(w2, z2);
      t = FloatVector.broadcast(SPECIES, a[a3 + k]);
      u0 = t.fma(w0, u0);
      u1 = t.fma(w1, u1);
      u2 = t.fma(w2, u2);
    }
    if (BYTES == 1) {
      x0.intoArray(a, sumsAt);
      x1.intoArray(a, sumsAt + LANES);
      x2.intoArray(a, sumsAt + 2 * LANES);
      y0.intoArray(a, sumsAt + 3 * LANES);
      y1.intoArray(a, sumsAt + 4 * LANES);
      y2.intoArray(a, sumsAt + 5 * LANES);
      z0.intoArray(a, sumsAt + 6 * LANES);
      z1.intoArray(a, sumsAt + 7 * LANES);
      z2.intoArray(a, sumsAt + 8 * LANES);
      u0.intoArray(a, sumsAt + 9 * LANES);
      u1.intoArray(a, sumsAt + 10 * LANES);
      u2.intoArray(a, sumsAt + 11 * LANES);
      return;
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    x1.intoMemorySegment(c, cAt + VECTOR, ORDER);
    x2.intoMemorySegment(c, cAt + 2 * VECTOR, ORDER);
    y0.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    y2.intoMemorySegment(c, c1 + 2 * VECTOR, ORDER);
    z0.intoMemorySegment(c, c2, ORDER);
    z1.intoMemorySegment(c, c2 + VECTOR, ORDER);
    z2.intoMemorySegment(c, c2 + 2 * VECTOR, ORDER);
    u0.intoMemorySegment(c, c3, ORDER);
    u1.intoMemorySegment(c, c3 + VECTOR, ORDER);
    u2.intoMemorySegment(c, c3 + 2 * VECTOR, ORDER);
  }

  private static void rows2(
      float[] a,
      int aAt,
      int aStep,
      MemorySegment b,
      long bAt,
      int depth,
      int sumsAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    int a1 = aAt + aStep;
    int a2 = a1 + aStep;
    int a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector x1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER));
    FloatVector y0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER));
    FloatVector y1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER));
    FloatVector z0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER));
    FloatVector z1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2 + VECTOR, ORDER));
    FloatVector u0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER));
    FloatVector u1 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3 + VECTOR, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_2;
      FloatVector w0 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHL, 16)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_0)
                      .lanewise(VectorOperators.XOR, LARGE_0)
                      .reinterpretAsFloats()
                      .sub(BIAS_0));
      FloatVector w1 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(UPPER)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_1)
                      .lanewise(VectorOperators.XOR, LARGE_1)
                      .reinterpretAsFloats()
                      .sub(BIAS_1));
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[aAt + k]);
      x0 = t.fma(w0, x0);
      x1 = t.fma(w1, x1);
      t = FloatVector.broadcast(SPECIES, a[a1 + k]);
      y0 = t.fma(w0, y0);
      y1 = t.fma(w1, y1);
      t = FloatVector.broadcast(SPECIES, a[a2 + k]);
      z0 = t.fma(w0, z0);
      z1 = t.fma(w1, z1);
      t = FloatVector.broadcast(SPECIES, a[a3 + k]);
      u0 = t.fma(w0, u0);
      u1 = t.fma(w1, u1);
    }
    if (BYTES == 1) {
      x0.intoArray(a, sumsAt);
      x1.intoArray(a, sumsAt + LANES);
      y0.intoArray(a, sumsAt + 2 * LANES);
      y1.intoArray(a, sumsAt + 3 * LANES);
      z0.intoArray(a, sumsAt + 4 * LANES);
      z1.intoArray(a, sumsAt + 5 * LANES);
      u0.intoArray(a, sumsAt + 6 * LANES);
      u1.intoArray(a, sumsAt + 7 * LANES);
      return;
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    x1.intoMemorySegment(c, cAt + VECTOR, ORDER);
    y0.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    z0.intoMemorySegment(c, c2, ORDER);
    z1.intoMemorySegment(c, c2 + VECTOR, ORDER);
    u0.intoMemorySegment(c, c3, ORDER);
    u1.intoMemorySegment(c, c3 + VECTOR, ORDER);
  }

  private static void rows1(
      float[] a,
      int aAt,
      int aStep,
      MemorySegment b,
      long bAt,
      int depth,
      int sumsAt,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    int a1 = aAt + aStep;
    int a2 = a1 + aStep;
    int a3 = a2 + aStep;
    long s1 = sAt + sStep;
    long s2 = s1 + sStep;
    long s3 = s2 + sStep;
    long c1 = cAt + cStep;
    long c2 = c1 + cStep;
    long c3 = c2 + cStep;
    FloatVector x0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER));
    FloatVector y0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER));
    FloatVector z0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER));
    FloatVector u0 =
        (BYTES == 1
            ? FloatVector.zero(SPECIES)
            : FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER));
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * STEP_1;
      FloatVector w0 =
          (BYTES == 4
              ? FloatVector.fromMemorySegment(SPECIES, b, row, ORDER)
              : BYTES == 2
                  ? IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .lanewise(VectorOperators.LSHL, 16)
                      .reinterpretAsFloats()
                  : IntVector.fromMemorySegment(INTS, b, row, ORDER)
                      .and(BYTE_0)
                      .lanewise(VectorOperators.XOR, LARGE_0)
                      .reinterpretAsFloats()
                      .sub(BIAS_0));
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[aAt + k]);
      x0 = t.fma(w0, x0);
      t = FloatVector.broadcast(SPECIES, a[a1 + k]);
      y0 = t.fma(w0, y0);
      t = FloatVector.broadcast(SPECIES, a[a2 + k]);
      z0 = t.fma(w0, z0);
      t = FloatVector.broadcast(SPECIES, a[a3 + k]);
      u0 = t.fma(w0, u0);
    }
    if (BYTES == 1) {
      x0.intoArray(a, sumsAt);
      y0.intoArray(a, sumsAt + LANES);
      z0.intoArray(a, sumsAt + 2 * LANES);
      u0.intoArray(a, sumsAt + 3 * LANES);
      return;
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    y0.intoMemorySegment(c, c1, ORDER);
    z0.intoMemorySegment(c, c2, ORDER);
    u0.intoMemorySegment(c, c3, ORDER);
  }
}
