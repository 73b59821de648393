package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// [Gemm] on vectors: register tiles over blocks of A that are copied into a heap array of the
/// calling thread, and panels of B two vectors wide.
///
/// Blocks: [#DEPTH_BLOCK] rows of a B panel stay in the first-level cache while all tiles of a
/// block of A pass over it; [#ROW_BLOCK] by [#DEPTH_BLOCK] of A stay in the second level. A block
/// stores C and loads it again, which changes no bit.
final class VectorGemm implements Gemm {
  /// 256 rows of 128 bytes of B: 32 kB.
  private static final int DEPTH_BLOCK = 256;

  /// A multiple of every tile height; 120 x 256 floats of A: 120 kB.
  private static final int ROW_BLOCK = 120;

  private static final int PANEL = 2 * LANES;
  private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;

  /// The tallest tile. Two accumulators a row plus operands must fit the register file: 32
  /// registers where AVX-512 encodes them (512 and 128 bits), 16 at 256 bits.
  private static final int TALLEST = LANES == 8 ? 6 : 8;

  /// A block of A: by rows, [VectorTiles#ROW_STEP] apart, or by columns, tile after tile.
  private static final ThreadLocal<float[]> BLOCK =
      ThreadLocal.withInitial(() -> new float[ROW_BLOCK * VectorTiles.ROW_STEP]);

  @Override
  public int panelColumns() {
    return PANEL;
  }

  @Override
  public void packTransposed(Tensor source, PackedMatrix target, int firstColumn) {
    assert source.columns() <= target.depth();
    assert firstColumn + source.rows() <= target.columns();
    float[] staged = new float[source.columns()];
    MemorySegment to = target.panels().segment();
    long base = target.panels().byteOffset(0, 0);
    for (int n = 0; n < source.rows(); n++) {
      MemorySegment.copy(
          source.segment(),
          ValueLayout.JAVA_FLOAT,
          source.byteOffset(n, 0),
          staged,
          0,
          staged.length);
      int column = firstColumn + n;
      long at = base + panelBytes(target.depth()) * (column / PANEL) + column % PANEL * 4L;
      for (int k = 0; k < staged.length; k++) {
        to.set(ValueLayout.JAVA_FLOAT, at + k * (2 * VECTOR_BYTES), staged[k]);
      }
    }
  }

  @Override
  public void packRows(Tensor source, PackedMatrix target, int firstRow) {
    assert source.columns() <= target.columns();
    assert firstRow + source.rows() <= target.depth();
    long base = target.panels().byteOffset(0, 0);
    for (int first = 0; first < source.columns(); first += PANEL) {
      int count = Math.min(PANEL, source.columns() - first);
      long at = base + panelBytes(target.depth()) * (first / PANEL);
      for (int k = 0; k < source.rows(); k++) {
        MemorySegment.copy(
            source.segment(),
            source.byteOffset(k, first),
            target.panels().segment(),
            at + (firstRow + k) * (2 * VECTOR_BYTES),
            (long) count * Float.BYTES);
      }
    }
  }

  private static long panelBytes(int depth) {
    return depth * (2 * VECTOR_BYTES);
  }

  @Override
  public void multiply(Tensor a, PackedMatrix b, Tensor c) {
    assert a.rows() == c.rows() && a.stride() >= b.depth() && b.columns() <= c.stride();
    assert b.panelColumns() == PANEL;
    rowsTimesPanels(
        a,
        b.panels().segment(),
        b.panels().byteOffset(0, 0),
        2 * VECTOR_BYTES,
        panelBytes(b.depth()),
        b.depth(),
        c,
        b.columns());
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor c) {
    assert a.rows() == c.rows() && a.columns() == b.rows() && b.columns() == c.columns();
    rowsTimesPanels(
        a,
        b.segment(),
        b.byteOffset(0, 0),
        (long) b.stride() * Float.BYTES,
        2 * VECTOR_BYTES,
        b.rows(),
        c,
        b.columns());
  }

  private static void rowsTimesPanels(
      Tensor a,
      MemorySegment b,
      long bAt,
      long bStep,
      long panelStep,
      int depth,
      Tensor c,
      int columns) {
    float[] packed = BLOCK.get();
    for (int k = 0; k < depth; k += DEPTH_BLOCK) {
      int kCount = Math.min(DEPTH_BLOCK, depth - k);
      for (int m = 0; m < a.rows(); m += ROW_BLOCK) {
        int mCount = Math.min(ROW_BLOCK, a.rows() - m);
        for (int r = 0; r < mCount; r++) {
          MemorySegment.copy(
              a.segment(),
              ValueLayout.JAVA_FLOAT,
              a.byteOffset(m + r, k),
              packed,
              r * VectorTiles.ROW_STEP,
              kCount);
        }
        block(packed, true, mCount, b, bAt + k * bStep, bStep, panelStep, kCount, c, m, columns);
      }
    }
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b, Tensor c) {
    assert a.rows() == b.rows() && a.columns() == c.rows() && b.columns() == c.columns();
    float[] packed = BLOCK.get();
    long bStep = (long) b.stride() * Float.BYTES;
    for (int k = 0; k < a.rows(); k += DEPTH_BLOCK) {
      int kCount = Math.min(DEPTH_BLOCK, a.rows() - k);
      for (int m = 0; m < a.columns(); m += ROW_BLOCK) {
        int mCount = Math.min(ROW_BLOCK, a.columns() - m);
        for (int r = 0; r < mCount; ) {
          int height = height(mCount - r);
          packColumnTile(a, m + r, k, kCount, height, packed, r * kCount);
          r += height;
        }
        block(
            packed,
            false,
            mCount,
            b.segment(),
            b.byteOffset(k, 0),
            bStep,
            2 * VECTOR_BYTES,
            kCount,
            c,
            m,
            b.columns());
      }
    }
  }

  /// `packed[at + k·height + r] = a[from + k][column + r]`: whole vectors, each overwriting what
  /// the one before wrote beyond the tile.
  private static void packColumnTile(
      Tensor a, int column, int from, int count, int height, float[] packed, int at) {
    MemorySegment segment = a.segment();
    long first = a.byteOffset(from, column);
    long step = (long) a.stride() * Float.BYTES;
    long reach = Math.ceilDiv(height, LANES) * VECTOR_BYTES;
    int whole = count;
    while (whole > 0 && first + (whole - 1) * step + reach > segment.byteSize()) {
      whole--;
    }
    for (int j = 0; j < height; j += LANES) {
      packColumnVectors(segment, first + j * 4L, step, whole, packed, at + j, height);
    }
    for (int k = whole; k < count; k++) {
      for (int r = 0; r < height; r++) {
        packed[at + k * height + r] =
            segment.get(ValueLayout.JAVA_FLOAT, first + k * step + r * 4L);
      }
    }
  }

  private static void packColumnVectors(
      MemorySegment segment, long first, long step, int count, float[] packed, int at, int height) {
    for (int k = 0; k < count; k++) {
      FloatVector.fromMemorySegment(SPECIES, segment, first + k * step, ORDER)
          .intoArray(packed, at + k * height);
    }
  }

  /// The height of the next tile where `left` rows are left.
  private static int height(int left) {
    if (left >= TALLEST) {
      return TALLEST;
    }
    if (left >= 4) {
      return 4;
    }
    return left >= 2 ? 2 : 1;
  }

  /// All panels of B past one packed block of A.
  private static void block(
      float[] packed,
      boolean byRows,
      int rows,
      MemorySegment b,
      long bAt,
      long bStep,
      long panelStep,
      int depth,
      Tensor c,
      int firstRow,
      int columns) {
    MemorySegment to = c.segment();
    long cStep = (long) c.stride() * Float.BYTES;
    int panels = Math.ceilDiv(columns, PANEL);
    boolean halfLast = columns - (panels - 1) * PANEL <= LANES;
    int panel = 0;
    if (rows == 1) {
      for (; panel + 4 <= (halfLast ? panels - 1 : panels); panel += 4) {
        VectorTiles.row4(
            packed,
            0,
            b,
            bAt + panel * panelStep,
            bStep,
            panelStep,
            depth,
            to,
            c.byteOffset(firstRow, panel * PANEL),
            VECTOR_BYTES);
      }
    }
    for (; panel < panels; panel++) {
      long second = halfLast && panel == panels - 1 ? 0 : VECTOR_BYTES;
      long bPanel = bAt + panel * panelStep;
      long cAt = c.byteOffset(firstRow, panel * PANEL);
      for (int r = 0; r < rows; ) {
        int height = height(rows - r);
        long cTile = cAt + r * cStep;
        if (byRows) {
          int at = r * VectorTiles.ROW_STEP;
          rowTile(height, packed, at, b, bPanel, bStep, depth, to, cTile, cStep, second);
        } else {
          int at = r * depth;
          columnTile(height, packed, at, b, bPanel, bStep, depth, to, cTile, cStep, second);
        }
        r += height;
      }
    }
  }

  private static void rowTile(
      int height,
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
    switch (height) {
      case 8 -> VectorRowTiles.tile8(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      case 6 -> VectorRowTiles.tile6(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      case 4 -> VectorRowTiles.tile4(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      case 2 -> VectorRowTiles.tile2(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      default -> VectorRowTiles.tile1(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
    }
  }

  private static void columnTile(
      int height,
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
    switch (height) {
      case 8 -> VectorTiles.tile8(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      case 6 -> VectorTiles.tile6(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      case 4 -> VectorTiles.tile4(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      case 2 -> VectorTiles.tile2(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
      default -> VectorTiles.tile1(a, at, b, bAt, bStep, depth, c, cAt, cStep, second);
    }
  }
}
