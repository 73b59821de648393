package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The register tiles of [VectorGemm]: R rows of C times two vectors of columns, or one.
///
/// Long and repetitive because it must be: accumulators stay in registers only as named locals (in
/// an array or behind a helper they are boxed, a hundred times slower), and each tile is a method
/// of its own so that the loop holds no branch. The rows of A come from a heap array: reading
/// single floats from native memory costs the compiler so many nodes that it stops inlining half
/// way through a tile. Eight rows are the most: with twelve, 3 % faster in the end, the first
/// compiler runs out of virtual registers, and on a busy machine the method then never reaches the
/// second.
///
/// B is a packed panel: row k at `bAt + k·B_STEP`. That this step, and those of A, are constants
/// lets the compiler prove before the loop that every access is in bounds; with a step from a
/// variable it checks each.
///
/// Here element k of row r of A is `a[at + k·COLUMN_STEP + r]`, as columns of a matrix are copied.
/// The build makes `VectorRowTiles` from this file, with [#BY_ROWS] set: there it is `a[at + k +
/// r·ROW_STEP]`, as rows are.
///
/// Common parameters: `a` from `at`; `b` with the first of `depth` rows at `bAt`; `s`, where the
/// chains start, and `c`, where they end, with the first of R rows at `sAt` and `cAt`, `sStep` and
/// `cStep` bytes apart.
final class VectorTiles {
  /// Whether A is laid out row by row.
  private static final boolean BY_ROWS = false;

  /// Elements from one row to the next in that layout: the deepest block, and a cache line more, so
  /// that equal columns of the rows do not compete for one set of the cache.
  static final int ROW_STEP = 256 + 16;

  /// Elements from one k to the next in the other: the height of the tallest tile.
  static final int COLUMN_STEP = 8;

  private static final int R = BY_ROWS ? ROW_STEP : 1;

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final long B_STEP = 2 * VECTOR;

  private VectorTiles() {}

  /// The tile of `height` rows (8, 6, 4, 2 or 1) and two vectors.
  static void tile(
      int height,
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    switch (height) {
      case 8 -> tile8(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      case 6 -> tile6(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      case 4 -> tile4(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      case 2 -> tile2(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      default -> tile1(a, at, b, bAt, depth, s, sAt, c, cAt);
    }
  }

  /// The tile of `height` rows and one vector.
  static void half(
      int height,
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    switch (height) {
      case 8 -> half8(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      case 6 -> half6(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      case 4 -> half4(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      case 2 -> half2(a, at, b, bAt, depth, s, sAt, sStep, c, cAt, cStep);
      default -> half1(a, at, b, bAt, depth, s, sAt, c, cAt);
    }
  }

  private static void tile8(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, s, s0 + VECTOR, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER);
    long s2 = s1 + sStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, s, s2 + VECTOR, ORDER);
    long s3 = s2 + sStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, s, s3 + VECTOR, ORDER);
    long s4 = s3 + sStep;
    FloatVector x4 = FloatVector.fromMemorySegment(SPECIES, s, s4, ORDER);
    FloatVector y4 = FloatVector.fromMemorySegment(SPECIES, s, s4 + VECTOR, ORDER);
    long s5 = s4 + sStep;
    FloatVector x5 = FloatVector.fromMemorySegment(SPECIES, s, s5, ORDER);
    FloatVector y5 = FloatVector.fromMemorySegment(SPECIES, s, s5 + VECTOR, ORDER);
    long s6 = s5 + sStep;
    FloatVector x6 = FloatVector.fromMemorySegment(SPECIES, s, s6, ORDER);
    FloatVector y6 = FloatVector.fromMemorySegment(SPECIES, s, s6 + VECTOR, ORDER);
    long s7 = s6 + sStep;
    FloatVector x7 = FloatVector.fromMemorySegment(SPECIES, s, s7, ORDER);
    FloatVector y7 = FloatVector.fromMemorySegment(SPECIES, s, s7 + VECTOR, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      y1 = t.fma(v, y1);
      t = FloatVector.broadcast(SPECIES, a[p + 2 * R]);
      x2 = t.fma(u, x2);
      y2 = t.fma(v, y2);
      t = FloatVector.broadcast(SPECIES, a[p + 3 * R]);
      x3 = t.fma(u, x3);
      y3 = t.fma(v, y3);
      t = FloatVector.broadcast(SPECIES, a[p + 4 * R]);
      x4 = t.fma(u, x4);
      y4 = t.fma(v, y4);
      t = FloatVector.broadcast(SPECIES, a[p + 5 * R]);
      x5 = t.fma(u, x5);
      y5 = t.fma(v, y5);
      t = FloatVector.broadcast(SPECIES, a[p + 6 * R]);
      x6 = t.fma(u, x6);
      y6 = t.fma(v, y6);
      t = FloatVector.broadcast(SPECIES, a[p + 7 * R]);
      x7 = t.fma(u, x7);
      y7 = t.fma(v, y7);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + VECTOR, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    long c2 = c1 + cStep;
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + VECTOR, ORDER);
    long c3 = c2 + cStep;
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + VECTOR, ORDER);
    long c4 = c3 + cStep;
    x4.intoMemorySegment(c, c4, ORDER);
    y4.intoMemorySegment(c, c4 + VECTOR, ORDER);
    long c5 = c4 + cStep;
    x5.intoMemorySegment(c, c5, ORDER);
    y5.intoMemorySegment(c, c5 + VECTOR, ORDER);
    long c6 = c5 + cStep;
    x6.intoMemorySegment(c, c6, ORDER);
    y6.intoMemorySegment(c, c6 + VECTOR, ORDER);
    long c7 = c6 + cStep;
    x7.intoMemorySegment(c, c7, ORDER);
    y7.intoMemorySegment(c, c7 + VECTOR, ORDER);
  }

  private static void tile6(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, s, s0 + VECTOR, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER);
    long s2 = s1 + sStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, s, s2 + VECTOR, ORDER);
    long s3 = s2 + sStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, s, s3 + VECTOR, ORDER);
    long s4 = s3 + sStep;
    FloatVector x4 = FloatVector.fromMemorySegment(SPECIES, s, s4, ORDER);
    FloatVector y4 = FloatVector.fromMemorySegment(SPECIES, s, s4 + VECTOR, ORDER);
    long s5 = s4 + sStep;
    FloatVector x5 = FloatVector.fromMemorySegment(SPECIES, s, s5, ORDER);
    FloatVector y5 = FloatVector.fromMemorySegment(SPECIES, s, s5 + VECTOR, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      y1 = t.fma(v, y1);
      t = FloatVector.broadcast(SPECIES, a[p + 2 * R]);
      x2 = t.fma(u, x2);
      y2 = t.fma(v, y2);
      t = FloatVector.broadcast(SPECIES, a[p + 3 * R]);
      x3 = t.fma(u, x3);
      y3 = t.fma(v, y3);
      t = FloatVector.broadcast(SPECIES, a[p + 4 * R]);
      x4 = t.fma(u, x4);
      y4 = t.fma(v, y4);
      t = FloatVector.broadcast(SPECIES, a[p + 5 * R]);
      x5 = t.fma(u, x5);
      y5 = t.fma(v, y5);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + VECTOR, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    long c2 = c1 + cStep;
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + VECTOR, ORDER);
    long c3 = c2 + cStep;
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + VECTOR, ORDER);
    long c4 = c3 + cStep;
    x4.intoMemorySegment(c, c4, ORDER);
    y4.intoMemorySegment(c, c4 + VECTOR, ORDER);
    long c5 = c4 + cStep;
    x5.intoMemorySegment(c, c5, ORDER);
    y5.intoMemorySegment(c, c5 + VECTOR, ORDER);
  }

  private static void tile4(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, s, s0 + VECTOR, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER);
    long s2 = s1 + sStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, s, s2 + VECTOR, ORDER);
    long s3 = s2 + sStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, s, s3 + VECTOR, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      y1 = t.fma(v, y1);
      t = FloatVector.broadcast(SPECIES, a[p + 2 * R]);
      x2 = t.fma(u, x2);
      y2 = t.fma(v, y2);
      t = FloatVector.broadcast(SPECIES, a[p + 3 * R]);
      x3 = t.fma(u, x3);
      y3 = t.fma(v, y3);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + VECTOR, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    long c2 = c1 + cStep;
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + VECTOR, ORDER);
    long c3 = c2 + cStep;
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + VECTOR, ORDER);
  }

  private static void tile2(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, s, s0 + VECTOR, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, s, s1 + VECTOR, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      y1 = t.fma(v, y1);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + VECTOR, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + VECTOR, ORDER);
  }

  private static void tile1(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + VECTOR, ORDER);
      FloatVector t = FloatVector.broadcast(SPECIES, a[BY_ROWS ? at + k : at + k * COLUMN_STEP]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    y0.intoMemorySegment(c, cAt + VECTOR, ORDER);
  }

  private static void half8(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    long s2 = s1 + sStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER);
    long s3 = s2 + sStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER);
    long s4 = s3 + sStep;
    FloatVector x4 = FloatVector.fromMemorySegment(SPECIES, s, s4, ORDER);
    long s5 = s4 + sStep;
    FloatVector x5 = FloatVector.fromMemorySegment(SPECIES, s, s5, ORDER);
    long s6 = s5 + sStep;
    FloatVector x6 = FloatVector.fromMemorySegment(SPECIES, s, s6, ORDER);
    long s7 = s6 + sStep;
    FloatVector x7 = FloatVector.fromMemorySegment(SPECIES, s, s7, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      t = FloatVector.broadcast(SPECIES, a[p + 2 * R]);
      x2 = t.fma(u, x2);
      t = FloatVector.broadcast(SPECIES, a[p + 3 * R]);
      x3 = t.fma(u, x3);
      t = FloatVector.broadcast(SPECIES, a[p + 4 * R]);
      x4 = t.fma(u, x4);
      t = FloatVector.broadcast(SPECIES, a[p + 5 * R]);
      x5 = t.fma(u, x5);
      t = FloatVector.broadcast(SPECIES, a[p + 6 * R]);
      x6 = t.fma(u, x6);
      t = FloatVector.broadcast(SPECIES, a[p + 7 * R]);
      x7 = t.fma(u, x7);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    long c2 = c1 + cStep;
    x2.intoMemorySegment(c, c2, ORDER);
    long c3 = c2 + cStep;
    x3.intoMemorySegment(c, c3, ORDER);
    long c4 = c3 + cStep;
    x4.intoMemorySegment(c, c4, ORDER);
    long c5 = c4 + cStep;
    x5.intoMemorySegment(c, c5, ORDER);
    long c6 = c5 + cStep;
    x6.intoMemorySegment(c, c6, ORDER);
    long c7 = c6 + cStep;
    x7.intoMemorySegment(c, c7, ORDER);
  }

  private static void half6(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    long s2 = s1 + sStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER);
    long s3 = s2 + sStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER);
    long s4 = s3 + sStep;
    FloatVector x4 = FloatVector.fromMemorySegment(SPECIES, s, s4, ORDER);
    long s5 = s4 + sStep;
    FloatVector x5 = FloatVector.fromMemorySegment(SPECIES, s, s5, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      t = FloatVector.broadcast(SPECIES, a[p + 2 * R]);
      x2 = t.fma(u, x2);
      t = FloatVector.broadcast(SPECIES, a[p + 3 * R]);
      x3 = t.fma(u, x3);
      t = FloatVector.broadcast(SPECIES, a[p + 4 * R]);
      x4 = t.fma(u, x4);
      t = FloatVector.broadcast(SPECIES, a[p + 5 * R]);
      x5 = t.fma(u, x5);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    long c2 = c1 + cStep;
    x2.intoMemorySegment(c, c2, ORDER);
    long c3 = c2 + cStep;
    x3.intoMemorySegment(c, c3, ORDER);
    long c4 = c3 + cStep;
    x4.intoMemorySegment(c, c4, ORDER);
    long c5 = c4 + cStep;
    x5.intoMemorySegment(c, c5, ORDER);
  }

  private static void half4(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    long s2 = s1 + sStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, s2, ORDER);
    long s3 = s2 + sStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, s3, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      t = FloatVector.broadcast(SPECIES, a[p + 2 * R]);
      x2 = t.fma(u, x2);
      t = FloatVector.broadcast(SPECIES, a[p + 3 * R]);
      x3 = t.fma(u, x3);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
    long c2 = c1 + cStep;
    x2.intoMemorySegment(c, c2, ORDER);
    long c3 = c2 + cStep;
    x3.intoMemorySegment(c, c3, ORDER);
  }

  private static void half2(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      long sStep,
      MemorySegment c,
      long cAt,
      long cStep) {
    long s0 = sAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, s0, ORDER);
    long s1 = s0 + sStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, s1, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      int p = at + (BY_ROWS ? k : k * COLUMN_STEP);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
    }
    long c0 = cAt;
    x0.intoMemorySegment(c, c0, ORDER);
    long c1 = c0 + cStep;
    x1.intoMemorySegment(c, c1, ORDER);
  }

  private static void half1(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      int depth,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * B_STEP;
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector t = FloatVector.broadcast(SPECIES, a[BY_ROWS ? at + k : at + k * COLUMN_STEP]);
      x0 = t.fma(u, x0);
    }
    x0.intoMemorySegment(c, cAt, ORDER);
  }

  /// One row of C over four panels at once, eight chains side by side: for products of one row,
  /// which wait for memory rather than for the multipliers.
  static void row4(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long panelStep,
      int depth,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    long b0 = bAt;
    long b1 = b0 + panelStep;
    long b2 = b1 + panelStep;
    long b3 = b2 + panelStep;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, s, sAt, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, s, sAt + VECTOR, ORDER);
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, s, sAt + 2 * VECTOR, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, s, sAt + 3 * VECTOR, ORDER);
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, s, sAt + 4 * VECTOR, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, s, sAt + 5 * VECTOR, ORDER);
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, s, sAt + 6 * VECTOR, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, s, sAt + 7 * VECTOR, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = k * B_STEP;
      FloatVector t = FloatVector.broadcast(SPECIES, a[BY_ROWS ? at + k : at + k * COLUMN_STEP]);
      x0 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b0 + row, ORDER), x0);
      y0 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b0 + row + VECTOR, ORDER), y0);
      x1 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b1 + row, ORDER), x1);
      y1 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b1 + row + VECTOR, ORDER), y1);
      x2 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b2 + row, ORDER), x2);
      y2 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b2 + row + VECTOR, ORDER), y2);
      x3 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b3 + row, ORDER), x3);
      y3 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, b3 + row + VECTOR, ORDER), y3);
    }
    x0.intoMemorySegment(c, cAt, ORDER);
    y0.intoMemorySegment(c, cAt + VECTOR, ORDER);
    x1.intoMemorySegment(c, cAt + 2 * VECTOR, ORDER);
    y1.intoMemorySegment(c, cAt + 3 * VECTOR, ORDER);
    x2.intoMemorySegment(c, cAt + 4 * VECTOR, ORDER);
    y2.intoMemorySegment(c, cAt + 5 * VECTOR, ORDER);
    x3.intoMemorySegment(c, cAt + 6 * VECTOR, ORDER);
    y3.intoMemorySegment(c, cAt + 7 * VECTOR, ORDER);
  }
}
