package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The register tiles of [VectorGemm]: R rows of C times two vectors of columns.
///
/// Long and repetitive because it must be: accumulators stay in registers only as named locals (in
/// an array or behind a helper they are boxed, a hundred times slower), and each tile height is a
/// method of its own so that the loop holds no branch. The rows of A come from a heap array:
/// reading single floats from native memory costs the compiler so many nodes that it stops inlining
/// half way through a tile. Eight rows are the most: with twelve, 3 % faster in the end, the first
/// compiler runs out of virtual registers, and on a busy machine the method then never reaches the
/// second.
///
/// Here element k of row r is `a[at + k·R + r]`, as columns of a matrix are copied. The build makes
/// `VectorRowTiles` from this file, with [#BY_ROWS] set: there it is `a[at + k + r·ROW_STEP]`, as
/// rows are. Both steps must be known to the compiler, or the addresses would not fit its
/// registers.
///
/// Common parameters: `b` with the first of `depth` rows at `bAt`, `bStep` bytes apart; `c` with
/// the first of R rows at `cAt`, `cStep` bytes apart; `second` is the distance in bytes from the
/// first vector of columns to the second, 0 where there is only one: it is then computed twice.
final class VectorTiles {
  /// Whether A is laid out row by row.
  private static final boolean BY_ROWS = false;

  /// Elements from one row to the next in that layout: the deepest block, and a cache line more, so
  /// that equal columns of the rows do not compete for one set of the cache.
  static final int ROW_STEP = 256 + 16;

  private static final int R = BY_ROWS ? ROW_STEP : 1;

  private VectorTiles() {}

  static void tile8(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long bStep,
      int depth,
      MemorySegment c,
      long cAt,
      long cStep,
      long second) {
    long c0 = cAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, c, c0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, c, c0 + second, ORDER);
    long c1 = cAt + 1 * cStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, c, c1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, c, c1 + second, ORDER);
    long c2 = cAt + 2 * cStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, c, c2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, c, c2 + second, ORDER);
    long c3 = cAt + 3 * cStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, c, c3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, c, c3 + second, ORDER);
    long c4 = cAt + 4 * cStep;
    FloatVector x4 = FloatVector.fromMemorySegment(SPECIES, c, c4, ORDER);
    FloatVector y4 = FloatVector.fromMemorySegment(SPECIES, c, c4 + second, ORDER);
    long c5 = cAt + 5 * cStep;
    FloatVector x5 = FloatVector.fromMemorySegment(SPECIES, c, c5, ORDER);
    FloatVector y5 = FloatVector.fromMemorySegment(SPECIES, c, c5 + second, ORDER);
    long c6 = cAt + 6 * cStep;
    FloatVector x6 = FloatVector.fromMemorySegment(SPECIES, c, c6, ORDER);
    FloatVector y6 = FloatVector.fromMemorySegment(SPECIES, c, c6 + second, ORDER);
    long c7 = cAt + 7 * cStep;
    FloatVector x7 = FloatVector.fromMemorySegment(SPECIES, c, c7, ORDER);
    FloatVector y7 = FloatVector.fromMemorySegment(SPECIES, c, c7 + second, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * bStep;
      int p = at + (BY_ROWS ? k : k * 8);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + second, ORDER);
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
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + second, ORDER);
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + second, ORDER);
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + second, ORDER);
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + second, ORDER);
    x4.intoMemorySegment(c, c4, ORDER);
    y4.intoMemorySegment(c, c4 + second, ORDER);
    x5.intoMemorySegment(c, c5, ORDER);
    y5.intoMemorySegment(c, c5 + second, ORDER);
    x6.intoMemorySegment(c, c6, ORDER);
    y6.intoMemorySegment(c, c6 + second, ORDER);
    x7.intoMemorySegment(c, c7, ORDER);
    y7.intoMemorySegment(c, c7 + second, ORDER);
  }

  static void tile6(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long bStep,
      int depth,
      MemorySegment c,
      long cAt,
      long cStep,
      long second) {
    long c0 = cAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, c, c0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, c, c0 + second, ORDER);
    long c1 = cAt + 1 * cStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, c, c1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, c, c1 + second, ORDER);
    long c2 = cAt + 2 * cStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, c, c2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, c, c2 + second, ORDER);
    long c3 = cAt + 3 * cStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, c, c3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, c, c3 + second, ORDER);
    long c4 = cAt + 4 * cStep;
    FloatVector x4 = FloatVector.fromMemorySegment(SPECIES, c, c4, ORDER);
    FloatVector y4 = FloatVector.fromMemorySegment(SPECIES, c, c4 + second, ORDER);
    long c5 = cAt + 5 * cStep;
    FloatVector x5 = FloatVector.fromMemorySegment(SPECIES, c, c5, ORDER);
    FloatVector y5 = FloatVector.fromMemorySegment(SPECIES, c, c5 + second, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * bStep;
      int p = at + (BY_ROWS ? k : k * 6);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + second, ORDER);
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
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + second, ORDER);
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + second, ORDER);
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + second, ORDER);
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + second, ORDER);
    x4.intoMemorySegment(c, c4, ORDER);
    y4.intoMemorySegment(c, c4 + second, ORDER);
    x5.intoMemorySegment(c, c5, ORDER);
    y5.intoMemorySegment(c, c5 + second, ORDER);
  }

  static void tile4(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long bStep,
      int depth,
      MemorySegment c,
      long cAt,
      long cStep,
      long second) {
    long c0 = cAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, c, c0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, c, c0 + second, ORDER);
    long c1 = cAt + 1 * cStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, c, c1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, c, c1 + second, ORDER);
    long c2 = cAt + 2 * cStep;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, c, c2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, c, c2 + second, ORDER);
    long c3 = cAt + 3 * cStep;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, c, c3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, c, c3 + second, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * bStep;
      int p = at + (BY_ROWS ? k : k * 4);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + second, ORDER);
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
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + second, ORDER);
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + second, ORDER);
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + second, ORDER);
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + second, ORDER);
  }

  static void tile2(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long bStep,
      int depth,
      MemorySegment c,
      long cAt,
      long cStep,
      long second) {
    long c0 = cAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, c, c0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, c, c0 + second, ORDER);
    long c1 = cAt + 1 * cStep;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, c, c1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, c, c1 + second, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * bStep;
      int p = at + (BY_ROWS ? k : k * 2);
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + second, ORDER);
      FloatVector t;
      t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
      t = FloatVector.broadcast(SPECIES, a[p + R]);
      x1 = t.fma(u, x1);
      y1 = t.fma(v, y1);
    }
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + second, ORDER);
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + second, ORDER);
  }

  static void tile1(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long bStep,
      int depth,
      MemorySegment c,
      long cAt,
      long cStep,
      long second) {
    long c0 = cAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, c, c0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, c, c0 + second, ORDER);
    for (int k = 0; k < depth; k++) {
      long row = bAt + k * bStep;
      int p = at + k;
      FloatVector u = FloatVector.fromMemorySegment(SPECIES, b, row, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, row + second, ORDER);
      FloatVector t = FloatVector.broadcast(SPECIES, a[p]);
      x0 = t.fma(u, x0);
      y0 = t.fma(v, y0);
    }
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + second, ORDER);
  }

  /// One row of C over four panels at once, eight chains side by side: for products of one row,
  /// which wait for memory rather than for the multipliers.
  static void row4(
      float[] a,
      int at,
      MemorySegment b,
      long bAt,
      long bStep,
      long panelStep,
      int depth,
      MemorySegment c,
      long cAt,
      long second) {
    long c0 = cAt;
    FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, c, c0, ORDER);
    FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, c, c0 + second, ORDER);
    long c1 = cAt + 1 * 2 * second;
    FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, c, c1, ORDER);
    FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, c, c1 + second, ORDER);
    long c2 = cAt + 2 * 2 * second;
    FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, c, c2, ORDER);
    FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, c, c2 + second, ORDER);
    long c3 = cAt + 3 * 2 * second;
    FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, c, c3, ORDER);
    FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, c, c3 + second, ORDER);
    for (int k = 0; k < depth; k++) {
      long row0 = bAt + k * bStep;
      long row1 = row0 + panelStep;
      long row2 = row1 + panelStep;
      long row3 = row2 + panelStep;
      FloatVector t = FloatVector.broadcast(SPECIES, a[at + k]);
      x0 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row0, ORDER), x0);
      y0 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row0 + second, ORDER), y0);
      x1 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row1, ORDER), x1);
      y1 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row1 + second, ORDER), y1);
      x2 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row2, ORDER), x2);
      y2 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row2 + second, ORDER), y2);
      x3 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row3, ORDER), x3);
      y3 = t.fma(FloatVector.fromMemorySegment(SPECIES, b, row3 + second, ORDER), y3);
    }
    x0.intoMemorySegment(c, c0, ORDER);
    y0.intoMemorySegment(c, c0 + second, ORDER);
    x1.intoMemorySegment(c, c1, ORDER);
    y1.intoMemorySegment(c, c1 + second, ORDER);
    x2.intoMemorySegment(c, c2, ORDER);
    y2.intoMemorySegment(c, c2 + second, ORDER);
    x3.intoMemorySegment(c, c3, ORDER);
    y3.intoMemorySegment(c, c3 + second, ORDER);
  }
}
