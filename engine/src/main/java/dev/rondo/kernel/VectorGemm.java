package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// [Gemm] on vectors: register tiles over blocks of A that are copied into a heap array of the
/// calling thread, and panels of B two vectors wide.
///
/// Blocks: [Tuning#GEMM_DEPTH] rows of a B panel stay in the first-level cache while all tiles of a
/// block of A pass over it; [Tuning#GEMM_ROWS] by [Tuning#GEMM_DEPTH] of A and [Tuning#GEMM_DEPTH]
/// by [Tuning#GEMM_COLUMNS] of B stay in the second level. A block stores C and loads it again,
/// which changes no bit. An unpacked operand B is packed block by block: read in place, its rows
/// would compete for a few sets of the cache.
final class VectorGemm implements Gemm {
  private static final int PANEL = 2 * LANES;
  private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
  private static final long PANEL_BYTES = 2 * VECTOR_BYTES;

  /// The tallest tile. Two accumulators for each row plus the operands must fit the register file:
  /// 32 registers where AVX-512 encodes them (512 and 128 bits), 16 at 256 bits.
  private static final int TALLEST =
      LANES == 8 ? Tuning.TILE_ROWS_OF_16_REGISTERS : Tuning.TILE_ROWS;

  /// The blocks of one thread.
  private static final class Scratch {
    /// The block of A: by rows, [Tuning#TILE_ROW_STEP] apart, or by columns, in strips
    /// [Tuning#TILE_STRIP_STEP] apart.
    final float[] a =
        new float
            [Math.max(
                Tuning.GEMM_ROWS * Tuning.TILE_ROW_STEP,
                Tuning.GEMM_ROWS / TALLEST * Tuning.TILE_STRIP_STEP)];

    /// The block of B, if the caller did not pack it; two operands side by side round up twice. It
    /// cannot be closed and is freed with its thread.
    final MemorySegment b =
        Arena.ofAuto()
            .allocate(
                (long) Tuning.GEMM_DEPTH * (Tuning.GEMM_COLUMNS + PANEL) * Float.BYTES,
                Tensor.BYTE_ALIGNMENT);
  }

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  @Override
  public int panelColumns() {
    return PANEL;
  }

  @Override
  public void packTransposed(Tensor source, PackedMatrix target, int firstColumn) {
    assert source.columns() <= target.depth();
    assert firstColumn + source.rows() <= target.columns();
    float[] staged = new float[Tuning.PACKED_DEPTH];
    MemorySegment to = target.panels().segment();
    long base = target.panels().byteOffset(0, 0);
    for (int k = 0; k < source.columns(); k += Tuning.PACKED_DEPTH) {
      int count = Math.min(Tuning.PACKED_DEPTH, source.columns() - k);
      for (int n = 0; n < source.rows(); n++) {
        MemorySegment.copy(
            source.segment(), ValueLayout.JAVA_FLOAT, source.byteOffset(n, k), staged, 0, count);
        int column = firstColumn + n;
        long panel = base + panelBytes(target.depth()) * (column / PANEL);
        scatter(staged, count, to, panel + k * PANEL_BYTES + column % PANEL * 4L);
      }
    }
  }

  /// Writes one column of a panel.
  private static void scatter(float[] values, int count, MemorySegment to, long at) {
    for (int k = 0; k < count; k++) {
      to.set(ValueLayout.JAVA_FLOAT, at + k * PANEL_BYTES, values[k]);
    }
  }

  @Override
  public void packRows(Tensor source, PackedMatrix target, int firstRow) {
    assert source.columns() <= target.columns();
    assert firstRow + source.rows() <= target.depth();
    packPanels(
        source,
        0,
        source.rows(),
        0,
        source.columns(),
        target.panels().segment(),
        target.panels().byteOffset(0, 0) + firstRow * PANEL_BYTES,
        panelBytes(target.depth()));
  }

  /// Copies rows of `source` into panels, in whole vectors: the last may reach into the padding.
  private static void packPanels(
      Tensor source,
      int firstRow,
      int rows,
      int firstColumn,
      int columns,
      MemorySegment to,
      long at,
      long panelStep) {
    long step = (long) source.stride() * Float.BYTES;
    long from = source.byteOffset(firstRow, firstColumn);
    int vectors = Math.ceilDiv(columns, LANES);
    int whole = vectors / 2;
    for (int panel = 0; panel < whole; panel++) {
      copyPanel(
          source.segment(), from + panel * PANEL_BYTES, step, rows, to, at + panel * panelStep);
    }
    if (vectors % 2 == 1) {
      copyHalf(
          source.segment(), from + whole * PANEL_BYTES, step, rows, to, at + whole * panelStep);
    }
  }

  private static void copyPanel(
      MemorySegment from, long fromAt, long step, int rows, MemorySegment to, long at) {
    for (int k = 0; k < rows; k++) {
      long row = fromAt + k * step;
      long target = at + k * PANEL_BYTES;
      FloatVector.fromMemorySegment(SPECIES, from, row, ORDER).intoMemorySegment(to, target, ORDER);
      FloatVector.fromMemorySegment(SPECIES, from, row + VECTOR_BYTES, ORDER)
          .intoMemorySegment(to, target + VECTOR_BYTES, ORDER);
    }
  }

  /// Copies the last panel if it has only one vector; its second half is not changed.
  private static void copyHalf(
      MemorySegment from, long fromAt, long step, int rows, MemorySegment to, long at) {
    for (int k = 0; k < rows; k++) {
      FloatVector.fromMemorySegment(SPECIES, from, fromAt + k * step, ORDER)
          .intoMemorySegment(to, at + k * PANEL_BYTES, ORDER);
    }
  }

  private static long panelBytes(int depth) {
    return depth * PANEL_BYTES;
  }

  @Override
  public void multiply(Tensor a, PackedMatrix b, Tensor c) {
    multiplyPacked(c, (long) c.stride() * Float.BYTES, a, b, c);
  }

  @Override
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c) {
    assert start.rows() == 1 && b.columns() <= start.stride() && b.depth() > 0;
    multiplyPacked(start, 0, a, b, c);
    int written = Math.ceilDiv(b.columns(), LANES) * LANES;
    int bytes = (Tensor.padded(b.columns()) - written) * Float.BYTES;
    if (bytes > 0) {
      for (int r = 0; r < c.rows(); r++) {
        c.segment().asSlice(c.byteOffset(r, written), bytes).fill((byte) 0);
      }
    }
  }

  private static void multiplyPacked(
      Tensor start, long startStep, Tensor a, PackedMatrix b, Tensor c) {
    assert a.rows() == c.rows() && a.stride() >= b.depth() && b.columns() <= c.stride();
    assert b.panelColumns() == PANEL;
    float[] packed = SCRATCH.get().a;
    for (int k = 0; k < b.depth(); k += Tuning.GEMM_DEPTH) {
      int kCount = Math.min(Tuning.GEMM_DEPTH, b.depth() - k);
      for (int m = 0; m < a.rows(); m += Tuning.GEMM_ROWS) {
        int mCount = Math.min(Tuning.GEMM_ROWS, a.rows() - m);
        packRowBlock(a, m, mCount, k, kCount, packed);
        block(
            packed,
            true,
            mCount,
            b.panels().segment(),
            b.panels().byteOffset(0, 0) + k * PANEL_BYTES,
            panelBytes(b.depth()),
            kCount,
            k == 0 ? start : c,
            k == 0 ? startStep : (long) c.stride() * Float.BYTES,
            c,
            m,
            0,
            b.columns());
      }
    }
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor c) {
    assert a.rows() == c.rows() && a.columns() == b.rows() && b.columns() == c.columns();
    float[] packed = SCRATCH.get().a;
    for (int n = 0; n < b.columns(); n += Tuning.GEMM_COLUMNS) {
      for (int k = 0; k < b.rows(); k += Tuning.GEMM_DEPTH) {
        var block = packBlock(b, k, n);
        for (int m = 0; m < c.rows(); m += Tuning.GEMM_ROWS) {
          int mCount = Math.min(Tuning.GEMM_ROWS, c.rows() - m);
          packRowBlock(a, m, mCount, k, block.depth, packed);
          block.times(packed, true, mCount, c, m);
        }
      }
    }
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b, Tensor c) {
    assert a.rows() == b.rows() && a.columns() == c.rows() && b.columns() == c.columns();
    float[] packed = SCRATCH.get().a;
    for (int n = 0; n < b.columns(); n += Tuning.GEMM_COLUMNS) {
      for (int k = 0; k < b.rows(); k += Tuning.GEMM_DEPTH) {
        var block = packBlock(b, k, n);
        for (int m = 0; m < c.rows(); m += Tuning.GEMM_ROWS) {
          int mCount = Math.min(Tuning.GEMM_ROWS, c.rows() - m);
          packColumnBlock(a, m, mCount, k, block.depth, packed);
          block.times(packed, false, mCount, c, m);
        }
      }
    }
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b1, Tensor c1, Tensor b2, Tensor c2) {
    assert a.columns() == c1.rows() && a.columns() == c2.rows();
    if (b1.columns() + b2.columns() > Tuning.GEMM_COLUMNS) {
      multiplyTransposed(a, b1, c1);
      multiplyTransposed(a, b2, c2);
      return;
    }
    assert a.rows() == b1.rows() && b1.columns() == c1.columns();
    assert a.rows() == b2.rows() && b2.columns() == c2.columns();
    float[] packed = SCRATCH.get().a;
    for (int k = 0; k < a.rows(); k += Tuning.GEMM_DEPTH) {
      var block1 = packBlock(b1, k, 0);
      var block2 = packBlock(b2, k, 0, Math.ceilDiv(b1.columns(), PANEL));
      for (int m = 0; m < a.columns(); m += Tuning.GEMM_ROWS) {
        int mCount = Math.min(Tuning.GEMM_ROWS, a.columns() - m);
        packColumnBlock(a, m, mCount, k, block1.depth, packed);
        block1.times(packed, false, mCount, c1, m);
        block2.times(packed, false, mCount, c2, m);
      }
    }
  }

  /// A block of B in the scratch memory of this thread.
  private record Block(MemorySegment panels, long at, int depth, int firstColumn, int columns) {
    /// `c += a·b` for the block and packed rows of A.
    void times(float[] packed, boolean byRows, int rows, Tensor c, int firstRow) {
      block(
          packed,
          byRows,
          rows,
          panels,
          at,
          panelBytes(depth),
          depth,
          c,
          (long) c.stride() * Float.BYTES,
          c,
          firstRow,
          firstColumn,
          columns);
    }
  }

  /// Packs the block of `b` that begins at a row and a column.
  private static Block packBlock(Tensor b, int row, int column) {
    return packBlock(b, row, column, 0);
  }

  private static Block packBlock(Tensor b, int row, int column, int firstPanel) {
    int depth = Math.min(Tuning.GEMM_DEPTH, b.rows() - row);
    int columns = Math.min(Tuning.GEMM_COLUMNS, b.columns() - column);
    MemorySegment panels = SCRATCH.get().b;
    long at = firstPanel * panelBytes(depth);
    packPanels(b, row, depth, column, columns, panels, at, panelBytes(depth));
    return new Block(panels, at, depth, column, columns);
  }

  private static void packRowBlock(
      Tensor a, int from, int count, int column, int columns, float[] packed) {
    for (int r = 0; r < count; r++) {
      MemorySegment.copy(
          a.segment(),
          ValueLayout.JAVA_FLOAT,
          a.byteOffset(from + r, column),
          packed,
          r * Tuning.TILE_ROW_STEP,
          columns);
    }
  }

  /// Packs columns of `a` as the rows of a block, in strips of the tallest tile's height:
  /// `packed[strip·TILE_STRIP_STEP + k·TILE_COLUMN_STEP + r] = a[row + k][from + strip·TALLEST +
  /// r]`. `a` is read once, row by row, in whole vectors. Each vector overwrites the excess that
  /// the one of the previous row wrote beyond its own place.
  private static void packColumnBlock(
      Tensor a, int from, int count, int row, int rows, float[] packed) {
    MemorySegment segment = a.segment();
    long first = a.byteOffset(row, from);
    long step = (long) a.stride() * Float.BYTES;
    int strips = Math.ceilDiv(count, TALLEST);
    long reach = ((strips - 1L) * TALLEST + Math.max(LANES, Tuning.TILE_COLUMN_STEP)) * Float.BYTES;
    int whole = rows;
    while (whole > 0 && first + (whole - 1) * step + reach > segment.byteSize()) {
      whole--;
    }
    for (int k = 0; k < whole; k++) {
      for (int j = 0; j < Tuning.TILE_COLUMN_STEP; j += LANES) {
        int at = k * Tuning.TILE_COLUMN_STEP + j;
        packStrips(segment, first + k * step + j * 4L, strips, packed, at);
      }
    }
    for (int k = whole; k < rows; k++) {
      for (int r = 0; r < count; r++) {
        packed[stripAt(r) + k * Tuning.TILE_COLUMN_STEP] =
            segment.get(ValueLayout.JAVA_FLOAT, first + k * step + r * 4L);
      }
    }
  }

  /// Packs one vector of one row of each strip.
  private static void packStrips(
      MemorySegment segment, long first, int strips, float[] packed, int at) {
    for (int strip = 0; strip < strips; strip++) {
      FloatVector.fromMemorySegment(SPECIES, segment, first + strip * (TALLEST * 4L), ORDER)
          .intoArray(packed, at + strip * Tuning.TILE_STRIP_STEP);
    }
  }

  /// The place of the first element of column r of a block.
  private static int stripAt(int r) {
    return r / TALLEST * Tuning.TILE_STRIP_STEP + r % TALLEST;
  }

  /// The height of the next tile if `left` rows are left.
  private static int height(int left) {
    if (left >= TALLEST) {
      return TALLEST;
    }
    if (left >= 4) {
      return 4;
    }
    return left >= 2 ? 2 : 1;
  }

  /// Multiplies one packed block of A by all panels of B. The chains start from the rows of
  /// `start`, which are `startStep` bytes apart: 0 if one row is used for all.
  private static void block(
      float[] packed,
      boolean byRows,
      int rows,
      MemorySegment b,
      long bAt,
      long panelStep,
      int depth,
      Tensor start,
      long startStep,
      Tensor c,
      int firstRow,
      int firstColumn,
      int columns) {
    MemorySegment from = start.segment();
    long fromRow = start.byteOffset(0, firstColumn) + firstRow * startStep;
    MemorySegment to = c.segment();
    long cStep = (long) c.stride() * Float.BYTES;
    int vectors = Math.ceilDiv(columns, LANES);
    int panels = Math.ceilDiv(vectors, 2);
    int panel = 0;
    if (rows == 1) {
      for (; panel + 4 <= vectors / 2; panel += 4) {
        long cAt = c.byteOffset(firstRow, firstColumn + panel * PANEL);
        long bPanel = bAt + panel * panelStep;
        long sAt = fromRow + panel * PANEL_BYTES;
        if (byRows) {
          VectorRowTiles.row4(packed, 0, b, bPanel, panelStep, depth, from, sAt, to, cAt);
        } else {
          VectorTiles.row4(packed, 0, b, bPanel, panelStep, depth, from, sAt, to, cAt);
        }
      }
    }
    for (; panel < panels; panel++) {
      boolean half = 2 * panel + 1 == vectors;
      long bPanel = bAt + panel * panelStep;
      long sAt = fromRow + panel * PANEL_BYTES;
      long cAt = c.byteOffset(firstRow, firstColumn + panel * PANEL);
      for (int r = 0; r < rows; ) {
        int height = height(rows - r);
        int at = byRows ? r * Tuning.TILE_ROW_STEP : stripAt(r);
        if (byRows && half) {
          VectorRowTiles.half(
              height, packed, at, b, bPanel, depth, from, sAt, startStep, to, cAt, cStep);
        } else if (byRows) {
          VectorRowTiles.tile(
              height, packed, at, b, bPanel, depth, from, sAt, startStep, to, cAt, cStep);
        } else if (half) {
          VectorTiles.half(
              height, packed, at, b, bPanel, depth, from, sAt, startStep, to, cAt, cStep);
        } else {
          VectorTiles.tile(
              height, packed, at, b, bPanel, depth, from, sAt, startStep, to, cAt, cStep);
        }
        sAt += height * startStep;
        cAt += height * cStep;
        r += height;
      }
    }
  }
}
