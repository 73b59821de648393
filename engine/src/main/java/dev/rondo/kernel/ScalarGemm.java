package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// [Gemm] in plain Java. Rows are staged in heap arrays of the calling thread, over which the
/// compiler vectorizes the loops; a packed operand is simply stored row by row.
final class ScalarGemm implements Gemm {
  private static final ThreadLocal<float[][]> ROWS_OF_B =
      ThreadLocal.withInitial(() -> new float[Tuning.SCALAR_DEPTH][Tuning.SCALAR_COLUMNS]);
  private static final ThreadLocal<float[]> ROW_OF_C =
      ThreadLocal.withInitial(() -> new float[Tuning.SCALAR_COLUMNS]);
  private static final ThreadLocal<float[]> ROW_OF_A =
      ThreadLocal.withInitial(() -> new float[Tuning.SCALAR_DEPTH]);

  @Override
  public int panelColumns() {
    return Tensor.ROW_ALIGNMENT;
  }

  private static long stepBytes(PackedMatrix matrix) {
    return (long) Tensor.padded(matrix.columns()) * Float.BYTES;
  }

  @Override
  public void packTransposed(Tensor source, PackedMatrix target, int firstColumn) {
    assert source.columns() <= target.depth();
    assert firstColumn + source.rows() <= target.columns();
    MemorySegment to = target.panels().segment();
    long base = target.panels().byteOffset(0, 0);
    for (int n = 0; n < source.rows(); n++) {
      long at = base + (long) (firstColumn + n) * Float.BYTES;
      for (int k = 0; k < source.columns(); k++) {
        float value = source.segment().get(ValueLayout.JAVA_FLOAT, source.byteOffset(n, k));
        to.set(ValueLayout.JAVA_FLOAT, at + k * stepBytes(target), value);
      }
    }
  }

  @Override
  public void packRows(Tensor source, PackedMatrix target, int firstRow) {
    assert source.columns() <= target.columns();
    assert firstRow + source.rows() <= target.depth();
    long base = target.panels().byteOffset(0, 0);
    for (int k = 0; k < source.rows(); k++) {
      MemorySegment.copy(
          source.segment(),
          source.byteOffset(k, 0),
          target.panels().segment(),
          base + (firstRow + k) * stepBytes(target),
          (long) source.columns() * Float.BYTES);
    }
  }

  @Override
  public void multiply(Tensor a, PackedMatrix b, Tensor c) {
    multiplyPacked(c, false, a, b, c);
  }

  @Override
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c) {
    assert start.rows() == 1 && b.columns() <= start.stride() && b.depth() > 0;
    multiplyPacked(start, true, a, b, c);
  }

  private static void multiplyPacked(
      Tensor start, boolean oneStart, Tensor a, PackedMatrix b, Tensor c) {
    assert a.rows() == c.rows() && a.stride() >= b.depth() && b.columns() <= c.stride();
    long base = b.panels().byteOffset(0, 0);
    rowsTimes(
        start, oneStart, a, b.panels().segment(), base, stepBytes(b), b.depth(), c, b.columns());
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor c) {
    assert a.rows() == c.rows() && a.columns() == b.rows() && b.columns() == c.columns();
    long step = (long) b.stride() * Float.BYTES;
    rowsTimes(c, false, a, b.segment(), b.byteOffset(0, 0), step, b.rows(), c, b.columns());
  }

  /// @param start start of the chains: one row for all, or the rows of C themselves
  private static void rowsTimes(
      Tensor start,
      boolean oneStart,
      Tensor a,
      MemorySegment b,
      long bAt,
      long bStep,
      int depth,
      Tensor c,
      int columns) {
    float[][] bRows = ROWS_OF_B.get();
    float[] aRow = ROW_OF_A.get();
    int padded = Tensor.padded(columns);
    for (int j = 0; j < padded; j += Tuning.SCALAR_COLUMNS) {
      int jCount = Math.min(Tuning.SCALAR_COLUMNS, padded - j);
      for (int k = 0; k < depth; k += Tuning.SCALAR_DEPTH) {
        int kCount = Math.min(Tuning.SCALAR_DEPTH, depth - k);
        stage(b, bAt + k * bStep + (long) j * Float.BYTES, bStep, kCount, jCount, bRows);
        for (int m = 0; m < a.rows(); m++) {
          MemorySegment.copy(
              a.segment(), ValueLayout.JAVA_FLOAT, a.byteOffset(m, k), aRow, 0, kCount);
          if (k == 0 && oneStart) {
            row(aRow, bRows, kCount, start, 0, c, m, j, jCount);
          } else {
            row(aRow, bRows, kCount, c, m, c, m, j, jCount);
          }
        }
      }
    }
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b, Tensor c) {
    assert a.rows() == b.rows() && a.columns() == c.rows() && b.columns() == c.columns();
    float[][] bRows = ROWS_OF_B.get();
    float[] aColumn = ROW_OF_A.get();
    long bStep = (long) b.stride() * Float.BYTES;
    int padded = Tensor.padded(b.columns());
    for (int j = 0; j < padded; j += Tuning.SCALAR_COLUMNS) {
      int jCount = Math.min(Tuning.SCALAR_COLUMNS, padded - j);
      for (int k = 0; k < a.rows(); k += Tuning.SCALAR_DEPTH) {
        int kCount = Math.min(Tuning.SCALAR_DEPTH, a.rows() - k);
        stage(b.segment(), b.byteOffset(k, j), bStep, kCount, jCount, bRows);
        for (int m = 0; m < a.columns(); m++) {
          for (int i = 0; i < kCount; i++) {
            aColumn[i] = a.segment().get(ValueLayout.JAVA_FLOAT, a.byteOffset(k + i, m));
          }
          row(aColumn, bRows, kCount, c, m, c, m, j, jCount);
        }
      }
    }
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b1, Tensor c1, Tensor b2, Tensor c2) {
    multiplyTransposed(a, b1, c1);
    multiplyTransposed(a, b2, c2);
  }

  private static void stage(
      MemorySegment b, long at, long step, int depth, int columns, float[][] rows) {
    for (int k = 0; k < depth; k++) {
      MemorySegment.copy(b, ValueLayout.JAVA_FLOAT, at + k * step, rows[k], 0, columns);
    }
  }

  /// Computes one row of C: `c = start + a·B`, with step k of every chain before step k + 1.
  private static void row(
      float[] a,
      float[][] b,
      int depth,
      Tensor start,
      int startRow,
      Tensor c,
      int m,
      int firstColumn,
      int columns) {
    float[] sums = ROW_OF_C.get();
    long from = start.byteOffset(startRow, firstColumn);
    MemorySegment.copy(start.segment(), ValueLayout.JAVA_FLOAT, from, sums, 0, columns);
    int k = 0;
    for (; k + 4 <= depth; k += 4) {
      fourLinks(a, k, b[k], b[k + 1], b[k + 2], b[k + 3], sums, columns);
    }
    for (; k < depth; k++) {
      link(a[k], b[k], sums, columns);
    }
    long to = c.byteOffset(m, firstColumn);
    MemorySegment.copy(sums, 0, c.segment(), ValueLayout.JAVA_FLOAT, to, columns);
  }

  private static void fourLinks(
      float[] a, int k, float[] b0, float[] b1, float[] b2, float[] b3, float[] sums, int columns) {
    float a0 = a[k];
    float a1 = a[k + 1];
    float a2 = a[k + 2];
    float a3 = a[k + 3];
    for (int j = 0; j < columns; j++) {
      float sum = Math.fma(a0, b0[j], sums[j]);
      sum = Math.fma(a1, b1[j], sum);
      sum = Math.fma(a2, b2[j], sum);
      sums[j] = Math.fma(a3, b3[j], sum);
    }
  }

  private static void link(float a, float[] b, float[] sums, int columns) {
    for (int j = 0; j < columns; j++) {
      sums[j] = Math.fma(a, b[j], sums[j]);
    }
  }
}
