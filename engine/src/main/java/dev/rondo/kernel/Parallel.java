package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.function.IntConsumer;

/// Kernels spread over the threads of a backend. Work is split over outputs only, so the bits are
/// those of one thread; what is too small to be worth waking a worker runs on the caller's.
public final class Parallel {
  /// Multiply-adds below which one thread does the whole product: about 10 microseconds.
  private static final long SMALLEST_PRODUCT = 1 << 19;

  /// Elements below which one thread does a whole pass over memory: about 10 microseconds.
  private static final long SMALLEST_PASS = 1 << 15;

  /// A slice of rows is a multiple of this: whole register tiles at every vector width.
  private static final int ROW_GRANULARITY = 24;

  /// Rows of the tallest register tile; at 256 bits it has six, and a slice ends in a lower one.
  private static final int TILE_ROWS = 8;

  private final Gemm gemm;
  private final Threads threads;

  Parallel(Gemm gemm, Threads threads) {
    this.gemm = gemm;
    this.threads = threads;
  }

  /// [Gemm#multiply(Tensor, PackedMatrix, Tensor)], split over rows of C.
  public void multiply(Tensor a, PackedMatrix b, Tensor c) {
    if (c.rows() * (long) b.depth() * b.columns() < SMALLEST_PRODUCT) {
      gemm.multiply(a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        ROW_GRANULARITY,
        (from, count) -> gemm.multiply(a.rows(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiply(Tensor, Tensor, PackedMatrix, Tensor)], split over rows of C.
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c) {
    if (c.rows() * (long) b.depth() * b.columns() < SMALLEST_PRODUCT) {
      gemm.multiply(start, a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        ROW_GRANULARITY,
        (from, count) -> gemm.multiply(start, a.rows(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiply(Tensor, Tensor, Tensor)], split over rows of C.
  public void multiply(Tensor a, Tensor b, Tensor c) {
    if (c.size() * b.rows() < SMALLEST_PRODUCT) {
      gemm.multiply(a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        ROW_GRANULARITY,
        (from, count) -> gemm.multiply(a.rows(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiplyTransposed(Tensor, Tensor, Tensor)], split over rows of C.
  public void multiplyTransposed(Tensor a, Tensor b, Tensor c) {
    if (c.size() * a.rows() < SMALLEST_PRODUCT) {
      gemm.multiplyTransposed(a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        3 * Tensor.ROW_ALIGNMENT,
        (from, count) -> gemm.multiplyTransposed(a.columns(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiplyTransposed(Tensor, Tensor, Tensor, Tensor, Tensor)], split over rows of both C.
  public void multiplyTransposed(Tensor a, Tensor b1, Tensor c1, Tensor b2, Tensor c2) {
    if ((c1.size() + c2.size()) * a.rows() < SMALLEST_PRODUCT) {
      gemm.multiplyTransposed(a, b1, c1, b2, c2);
      return;
    }
    threads.split(
        c1.rows(),
        3 * Tensor.ROW_ALIGNMENT,
        (from, count) ->
            gemm.multiplyTransposed(
                a.columns(from, count), b1, c1.rows(from, count), b2, c2.rows(from, count)));
  }

  /// Runs `work` over slices of `rows` rows of `columns` elements each.
  public void overRows(int rows, int columns, Threads.Slice work) {
    if (rows * (long) columns < SMALLEST_PASS) {
      if (rows > 0) {
        work.run(0, rows);
      }
      return;
    }
    threads.split(rows, 1, work);
  }

  /// Runs `work` over slices of the sequences of a batch, whatever the size: for recurrent layers,
  /// where a slice is all time steps of its rows.
  ///
  /// @param workPerRow multiply-adds of one row over all its steps
  public void overBatch(int batchSize, long workPerRow, Threads.Slice work) {
    if (batchSize * workPerRow < SMALLEST_PRODUCT) {
      work.run(0, batchSize);
      return;
    }
    // whole tiles where there are enough of them
    int granularity = batchSize >= TILE_ROWS * threads.count() ? TILE_ROWS : 1;
    threads.split(batchSize, granularity, work);
  }

  /// Parts into which work is worth cutting: one a thread, or one.
  public int parts(long multiplyAdds) {
    return multiplyAdds < SMALLEST_PRODUCT ? 1 : threads.count();
  }

  /// Runs tasks 0 to `count`, as many at once as there are threads.
  public void overTasks(int count, IntConsumer task) {
    threads.split(
        count,
        1,
        (from, size) -> {
          for (int i = from; i < from + size; i++) {
            task.accept(i);
          }
        });
  }
}
