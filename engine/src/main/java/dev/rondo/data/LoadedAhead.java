package dev.rondo.data;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/// Batches that a separate thread makes in advance, so that a training step does not wait for data.
/// Made by [Batches#ahead(int)].
///
///     try (var ahead = batches.ahead(4);
///         var trainer = new Trainer(model, optimizer, ahead, options)) {
///       ...
///     }
///
/// They are the same batches with the same bits. The thread begins with the first batch that is
/// requested and continues in the order of training. If another batch is requested, as after a
/// restored checkpoint, it begins again from there. `count + 1` batches are kept in memory, and
/// each is copied once, into the caller's workspace.
///
/// An exception of the source is thrown to the caller that requests the batch, as the cause of an
/// [IllegalStateException]; a new request tries again. Used by one thread at a time. Only the
/// loading thread uses the source.
public final class LoadedAhead implements Batches, AutoCloseable {
  /// Memory for a batch, and then the batch or the failure.
  private static final class Place {
    final Workspace workspace = new Workspace();
    long epoch;
    int index;
    Batch batch;
    boolean last;
    Throwable failure;
  }

  private final Batches source;
  private final Object lock = new Object();
  private final Deque<Place> free = new ArrayDeque<>();
  private final Deque<Place> ready = new ArrayDeque<>();
  private final int places;
  private Thread thread;
  private boolean closed;

  /// Counts the restarts of loading: batches begun before a restart are no longer used.
  private int beginning;

  private boolean begun;
  private long nextEpoch;
  private int nextIndex;

  LoadedAhead(Batches source, int count) {
    if (count <= 0) {
      throw new IllegalArgumentException("count must be positive, was " + count);
    }
    this.source = source;
    this.places = count;
  }

  @Override
  public int batchSize() {
    return source.batchSize();
  }

  @Override
  public int batchesPerEpoch() {
    return source.batchesPerEpoch();
  }

  /// Returns one batch, copied into the workspace.
  ///
  /// @throws IllegalStateException if the source failed, with its exception as the cause; if this
  ///   is closed; or if the thread is interrupted while it waits
  @Override
  public Batch batch(long epoch, int index, Workspace workspace) {
    Objects.checkIndex(index, batchesPerEpoch());
    Place place;
    synchronized (lock) {
      requireOpen();
      if (!isNext(epoch, index)) {
        begin(epoch, index);
      }
      while (ready.isEmpty()) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(
              "interrupted while batch %d of epoch %d was loaded".formatted(index, epoch), e);
        }
        requireOpen();
      }
      place = ready.removeFirst();
      if (place.failure != null) {
        begun = false;
      }
    }
    try {
      if (place.failure != null) {
        throw new IllegalStateException(
            "batch %d of epoch %d could not be loaded".formatted(index, epoch), place.failure);
      }
      return copy(place.batch, workspace);
    } finally {
      giveBack(place);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the batches that are loaded ahead are closed");
    }
  }

  /// True for the batch that is, or will be, ready first.
  private boolean isNext(long epoch, int index) {
    if (!begun) {
      return false;
    }
    var first = ready.peekFirst();
    long firstEpoch = first == null ? nextEpoch : first.epoch;
    int firstIndex = first == null ? nextIndex : first.index;
    return epoch == firstEpoch && index == firstIndex;
  }

  private void begin(long epoch, int index) {
    beginning++;
    begun = true;
    nextEpoch = epoch;
    nextIndex = index;
    free.addAll(ready);
    ready.clear();
    if (thread == null) {
      for (int i = 0; i <= places; i++) {
        free.add(new Place());
      }
      thread = Thread.ofPlatform().daemon().name("rondo-batches").start(this::load);
    }
    lock.notifyAll();
  }

  private void giveBack(Place place) {
    synchronized (lock) {
      free.add(place);
      lock.notifyAll();
    }
  }

  private void load() {
    while (true) {
      Place place;
      int begunAt;
      synchronized (lock) {
        while (!closed && (!begun || ready.size() >= places || free.isEmpty())) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            // closed, which ends the loop; or the source interrupted its own thread
          }
        }
        if (closed) {
          return;
        }
        place = free.removeFirst();
        place.epoch = nextEpoch;
        place.index = nextIndex;
        begunAt = beginning;
      }
      make(place);
      synchronized (lock) {
        if (begunAt != beginning) {
          free.add(place);
          continue;
        }
        ready.addLast(place);
        advance(place);
        lock.notifyAll();
      }
    }
  }

  private void make(Place place) {
    place.workspace.rewind();
    place.batch = null;
    place.failure = null;
    try {
      place.batch = source.batch(place.epoch, place.index, place.workspace);
      place.last = place.index + 1 == source.batchesPerEpoch();
    } catch (Throwable e) { // any failure is thrown to the caller
      place.failure = e;
    }
  }

  private void advance(Place place) {
    nextEpoch = place.last ? place.epoch + 1 : place.epoch;
    nextIndex = place.last ? 0 : place.index + 1;
  }

  private static Batch copy(Batch batch, Workspace workspace) {
    return new Batch(
        copy(batch.tokens(), workspace),
        copy(batch.features(), workspace),
        copy(batch.targets(), workspace),
        copy(batch.values(), workspace),
        batch.lengths(),
        batch.fresh());
  }

  private static Tokens copy(Tokens tokens, Workspace workspace) {
    if (tokens == null) {
      return null;
    }
    var result = workspace.tokens(tokens.steps(), tokens.batchSize());
    for (int t = 0; t < tokens.steps(); t++) {
      for (int b = 0; b < tokens.batchSize(); b++) {
        result.set(t, b, tokens.get(t, b));
      }
    }
    return result;
  }

  private static Tensor copy(Tensor tensor, Workspace workspace) {
    if (tensor == null) {
      return null;
    }
    var result = workspace.zeros(tensor.type(), tensor.shape());
    result.copyFrom(tensor);
    return result;
  }

  /// Ends the thread, interrupting the source if it is running, and frees the batches. The caller
  /// still owns the source.
  @Override
  public void close() {
    Thread ended;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      ended = thread;
      lock.notifyAll();
    }
    if (ended != null) {
      ended.interrupt();
      join(ended);
    }
    free.forEach(place -> place.workspace.close());
    ready.forEach(place -> place.workspace.close());
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the memory must not be freed while the thread uses it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
