package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.function.IntConsumer;

/// Kernels spread over the threads of a backend. Work is split over outputs only, so the bits are
/// those of one thread. Work too small to be worth waking a worker runs on the caller's thread.
public final class Parallel {
  private final Gemm gemm;
  private final Threads threads;

  Parallel(Gemm gemm, Threads threads) {
    this.gemm = gemm;
    this.threads = threads;
  }

  /// [Gemm#multiply(Tensor, PackedMatrix, Tensor)], split over rows of C.
  public void multiply(Tensor a, PackedMatrix b, Tensor c) {
    if (c.rows() * (long) b.depth() * b.columns() < Tuning.PARALLEL_MULTIPLY_ADDS) {
      gemm.multiply(a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        Tuning.PARALLEL_ROWS,
        (from, count) -> gemm.multiply(a.rows(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiply(Tensor, Tensor, PackedMatrix, Tensor)], split over rows of C.
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c) {
    if (c.rows() * (long) b.depth() * b.columns() < Tuning.PARALLEL_MULTIPLY_ADDS) {
      gemm.multiply(start, a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        Tuning.PARALLEL_ROWS,
        (from, count) -> gemm.multiply(start, a.rows(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiply(Tensor, Tensor, Tensor)], split over rows of C.
  public void multiply(Tensor a, Tensor b, Tensor c) {
    if (c.size() * b.rows() < Tuning.PARALLEL_MULTIPLY_ADDS) {
      gemm.multiply(a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        Tuning.PARALLEL_ROWS,
        (from, count) -> gemm.multiply(a.rows(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiplyTransposed(Tensor, Tensor, Tensor)], split over rows of C.
  public void multiplyTransposed(Tensor a, Tensor b, Tensor c) {
    if (c.size() * a.rows() < Tuning.PARALLEL_MULTIPLY_ADDS) {
      gemm.multiplyTransposed(a, b, c);
      return;
    }
    threads.split(
        c.rows(),
        Tuning.PARALLEL_GRADIENT_ROWS,
        (from, count) -> gemm.multiplyTransposed(a.columns(from, count), b, c.rows(from, count)));
  }

  /// [Gemm#multiplyTransposed(Tensor, Tensor, Tensor, Tensor, Tensor)], split over rows of both C.
  public void multiplyTransposed(Tensor a, Tensor b1, Tensor c1, Tensor b2, Tensor c2) {
    if ((c1.size() + c2.size()) * a.rows() < Tuning.PARALLEL_MULTIPLY_ADDS) {
      gemm.multiplyTransposed(a, b1, c1, b2, c2);
      return;
    }
    threads.split(
        c1.rows(),
        Tuning.PARALLEL_GRADIENT_ROWS,
        (from, count) ->
            gemm.multiplyTransposed(
                a.columns(from, count), b1, c1.rows(from, count), b2, c2.rows(from, count)));
  }

  /// Runs `work` over slices of `rows` rows of `columns` elements each.
  public void overRows(int rows, int columns, Threads.Slice work) {
    if (rows * (long) columns < Tuning.PARALLEL_ELEMENTS) {
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
    if (batchSize * workPerRow < Tuning.PARALLEL_MULTIPLY_ADDS) {
      work.run(0, batchSize);
      return;
    }
    // whole tiles if there are enough of them; at 256 bits a tile has six rows, and a slice ends in
    // a smaller one
    int granularity = batchSize >= Tuning.TILE_ROWS * threads.count() ? Tuning.TILE_ROWS : 1;
    threads.split(batchSize, granularity, work);
  }

  /// Number of parts into which work is worth splitting: one for each thread, or one.
  public int parts(long multiplyAdds) {
    return multiplyAdds < Tuning.PARALLEL_MULTIPLY_ADDS ? 1 : threads.count();
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
