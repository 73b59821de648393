package dev.rondo.kernel;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/// The threads that a backend may use: the caller's, and the workers requested, if any.
///
/// Workers are daemon threads that sleep while there is nothing to do and never spin. Work is split
/// over outputs, so results do not depend on the count.
public final class Threads implements AutoCloseable {
  private final int count;
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final Thread[] workers;
  private volatile boolean closed;

  private Threads(int count) {
    this.count = count;
    workers = new Thread[count - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = Thread.ofPlatform().daemon().name("rondo-worker-" + (i + 1)).start(this::work);
    }
  }

  /// The caller's thread only.
  public static Threads one() {
    return new Threads(1);
  }

  /// The caller's thread and `count - 1` workers, started at once.
  ///
  /// @throws IllegalArgumentException if `count` is not positive
  public static Threads of(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count of threads must be positive, was " + count);
    }
    return new Threads(count);
  }

  /// Number of threads that take part, including the caller's.
  public int count() {
    return count;
  }

  /// A piece of work over `[from, from + size)`.
  @FunctionalInterface
  public interface Slice {
    /// Processes the slice; must not depend on how the whole was split.
    void run(int from, int size);
  }

  /// Runs `work` over `[0, size)` in one slice for each thread and returns when all are done. The
  /// size of each slice but the last is a multiple of `granularity`. Without workers, or if `size
  /// <= granularity`, everything runs on the caller's thread.
  ///
  /// The first exception of a slice is thrown to the caller, after all slices have ended.
  public void split(int size, int granularity, Slice work) {
    if (size <= 0) {
      return;
    }
    int slices = Math.min(count, Math.ceilDiv(size, granularity));
    if (slices <= 1) {
      work.run(0, size);
      return;
    }
    if (closed) {
      throw new IllegalStateException("threads are closed");
    }
    int units = Math.ceilDiv(size, granularity);
    var done = new CountDownLatch(slices - 1);
    var failures = new Throwable[slices];
    for (int i = 1; i < slices; i++) {
      int slice = i;
      queue.add(() -> {
        try {
          runSlice(slice, slices, units, size, granularity, work);
        } catch (Throwable e) {
          failures[slice] = e;
        } finally {
          done.countDown();
        }
      });
    }
    try {
      runSlice(0, slices, units, size, granularity, work);
    } catch (Throwable e) {
      failures[0] = e;
    }
    awaitUninterruptibly(done);
    for (var failure : failures) {
      switch (failure) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw new IllegalStateException(failure);
      }
    }
  }

  private static void runSlice(
      int slice, int slices, int units, int size, int granularity, Slice work) {
    int from = (int) ((long) units * slice / slices) * granularity;
    int to = Math.min(size, (int) ((long) units * (slice + 1) / slices) * granularity);
    if (to > from) {
      work.run(from, to - from);
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    try {
      while (!closed) {
        queue.take().run();
      }
    } catch (InterruptedException e) {
      // close() interrupts, and the worker ends
    }
  }

  /// Ends the workers. Must not be called while work is running.
  @Override
  public void close() {
    closed = true;
    for (var worker : workers) {
      worker.interrupt();
    }
  }
}
