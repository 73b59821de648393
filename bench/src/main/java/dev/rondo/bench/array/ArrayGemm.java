package dev.rondo.bench.array;

/// Matrix products over rows of `float[]`. A loop handles two rows of C by four links of the chain,
/// so that eight multiply-adds share four rows of B. Four rows of C are done before the next rows
/// of B. Columns are split into blocks that stay in the first-level cache.
///
/// The inner loops run over columns with one index, which the JIT compiler vectorizes. Each element
/// of C is one chain of fused multiply-adds over k in rising order.
public final class ArrayGemm {
  /// The number of columns of a block: with eight rows in use 16 kB, less than a first-level cache.
  private static final int COLUMN_BLOCK = 512;

  private ArrayGemm() {}

  /// `C[cFrom + m] += A[aFrom + m]·B` for `count` rows.
  ///
  /// @param a rows of at least `b.length` elements, read
  /// @param b [k, n], read
  /// @param c rows of at least n elements, read and written
  public static void multiply(
      float[][] a, int aFrom, float[][] b, float[][] c, int cFrom, int count) {
    int depth = b.length;
    int columns = depth == 0 ? 0 : b[0].length;
    for (int from = 0; from < columns; from += COLUMN_BLOCK) {
      int to = Math.min(columns, from + COLUMN_BLOCK);
      int m = 0;
      for (; m + 4 <= count; m += 4) {
        int r = aFrom + m;
        int s = cFrom + m;
        fourRows(
            a[r], a[r + 1], a[r + 2], a[r + 3], b, depth, c[s], c[s + 1], c[s + 2], c[s + 3], from,
            to);
      }
      for (; m < count; m++) {
        oneRow(a[aFrom + m], b, depth, c[cFrom + m], from, to);
      }
    }
  }

  /// `C += A·B` for all rows.
  public static void multiply(float[][] a, float[][] b, float[][] c) {
    multiply(a, 0, b, c, 0, c.length);
  }

  /// `C += Aᵀ·B` over `depth` rows of A and B: four columns of A at a time, staged as rows.
  ///
  /// @param a [k, m] from row `aFrom` on, read
  /// @param b [k, n] from row `bFrom` on, read
  /// @param c [m, n], read and written
  public static void multiplyTransposed(
      float[][] a, int aFrom, float[][] b, int bFrom, int depth, float[][] c, Staging staging) {
    float[][] rows = staging.rows;
    for (int k = 0; k < depth; k += Staging.DEPTH) {
      int kCount = Math.min(Staging.DEPTH, depth - k);
      System.arraycopy(b, bFrom + k, rows, 0, kCount);
      multiplyTransposedBlock(a, aFrom + k, rows, kCount, c, staging.columns);
    }
  }

  private static void multiplyTransposedBlock(
      float[][] a, int aFrom, float[][] b, int depth, float[][] c, float[][] staged) {
    int columns = c[0].length;
    int m = 0;
    for (; m + 4 <= c.length; m += 4) {
      for (int k = 0; k < depth; k++) {
        float[] row = a[aFrom + k];
        staged[0][k] = row[m];
        staged[1][k] = row[m + 1];
        staged[2][k] = row[m + 2];
        staged[3][k] = row[m + 3];
      }
      for (int from = 0; from < columns; from += COLUMN_BLOCK) {
        int to = Math.min(columns, from + COLUMN_BLOCK);
        fourRows(
            staged[0], staged[1], staged[2], staged[3], b, depth, c[m], c[m + 1], c[m + 2],
            c[m + 3], from, to);
      }
    }
    for (; m < c.length; m++) {
      for (int k = 0; k < depth; k++) {
        staged[0][k] = a[aFrom + k][m];
      }
      for (int from = 0; from < columns; from += COLUMN_BLOCK) {
        oneRow(staged[0], b, depth, c[m], from, Math.min(columns, from + COLUMN_BLOCK));
      }
    }
  }

  /// The staging memory of [#multiplyTransposed]: made once, used for many products.
  public static final class Staging {
    /// The number of links of the chain that are staged at once.
    private static final int DEPTH = 64;

    private final float[][] rows = new float[DEPTH][];
    private final float[][] columns = new float[4][DEPTH];

    /// Allocates the buffers of one thread.
    public Staging() {}
  }

  private static void fourRows(
      float[] a0,
      float[] a1,
      float[] a2,
      float[] a3,
      float[][] b,
      int depth,
      float[] c0,
      float[] c1,
      float[] c2,
      float[] c3,
      int from,
      int to) {
    int k = 0;
    for (; k + 4 <= depth; k += 4) {
      fourLinksOfTwo(a0, a1, k, b[k], b[k + 1], b[k + 2], b[k + 3], c0, c1, from, to);
      fourLinksOfTwo(a2, a3, k, b[k], b[k + 1], b[k + 2], b[k + 3], c2, c3, from, to);
    }
    for (; k < depth; k++) {
      link(a0[k], b[k], c0, from, to);
      link(a1[k], b[k], c1, from, to);
      link(a2[k], b[k], c2, from, to);
      link(a3[k], b[k], c3, from, to);
    }
  }

  private static void oneRow(float[] a, float[][] b, int depth, float[] c, int from, int to) {
    int k = 0;
    for (; k + 4 <= depth; k += 4) {
      fourLinks(a, k, b[k], b[k + 1], b[k + 2], b[k + 3], c, from, to);
    }
    for (; k < depth; k++) {
      link(a[k], b[k], c, from, to);
    }
  }

  /// Handles two rows of C. With more rows or more links the loop is too long for the JIT compiler
  /// to unroll and vectorize well.
  private static void fourLinksOfTwo(
      float[] first,
      float[] second,
      int k,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      float[] c,
      float[] d,
      int from,
      int to) {
    float p0 = first[k];
    float p1 = first[k + 1];
    float p2 = first[k + 2];
    float p3 = first[k + 3];
    float q0 = second[k];
    float q1 = second[k + 1];
    float q2 = second[k + 2];
    float q3 = second[k + 3];
    for (int j = from; j < to; j++) {
      float p = Math.fma(p0, b0[j], c[j]);
      float q = Math.fma(q0, b0[j], d[j]);
      p = Math.fma(p1, b1[j], p);
      q = Math.fma(q1, b1[j], q);
      p = Math.fma(p2, b2[j], p);
      q = Math.fma(q2, b2[j], q);
      c[j] = Math.fma(p3, b3[j], p);
      d[j] = Math.fma(q3, b3[j], q);
    }
  }

  private static void fourLinks(
      float[] a,
      int k,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      float[] c,
      int from,
      int to) {
    float a0 = a[k];
    float a1 = a[k + 1];
    float a2 = a[k + 2];
    float a3 = a[k + 3];
    for (int j = from; j < to; j++) {
      float sum = Math.fma(a0, b0[j], c[j]);
      sum = Math.fma(a1, b1[j], sum);
      sum = Math.fma(a2, b2[j], sum);
      c[j] = Math.fma(a3, b3[j], sum);
    }
  }

  private static void link(float a, float[] b, float[] c, int from, int to) {
    for (int j = from; j < to; j++) {
      c[j] = Math.fma(a, b[j], c[j]);
    }
  }
}
