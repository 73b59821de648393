package dev.rondo.stream;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Objects;

/// The states of many streams in one block of memory. Each stream has an id, which is handed out
/// and taken back. Made by [StreamingModel#newSlab].
///
/// Any threads may take and release ids, which takes a lock; steps take none. One thread at a time
/// may use one id.
public final class StateSlab {
  private final StreamingModel model;
  private final MemorySegment segment;
  private final long stateBytes;
  private final int capacity;

  /// The free ids; the last one is handed out next.
  private final int[] free;

  private int freeCount;

  StateSlab(StreamingModel model, int capacity, SegmentAllocator allocator) {
    if (capacity <= 0) {
      throw new IllegalArgumentException("capacity must be positive, was " + capacity);
    }
    this.model = model;
    this.capacity = capacity;
    stateBytes = model.stateLayout().bytes();
    segment =
        allocator.allocate(Math.multiplyExact(stateBytes, capacity), StateLayout.HEADER_BYTES);
    free = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      free[i] = capacity - 1 - i;
      // an allocator that hands out memory again may give states that were in use
      disown(i);
    }
    freeCount = capacity;
  }

  /// The memory of all states, one after the other.
  public MemorySegment segment() {
    return segment;
  }

  /// The largest number of streams at a time.
  public int capacity() {
    return capacity;
  }

  /// The number of ids that are handed out.
  public synchronized int size() {
    return capacity - freeCount;
  }

  /// The offset of a state in [#segment()].
  ///
  /// @throws IndexOutOfBoundsException if there is no such id
  long base(int id) {
    return Objects.checkIndex(id, capacity) * stateBytes;
  }

  /// Hands out a state before its first step.
  ///
  /// @return its id, from 0 to [#capacity()] - 1
  /// @throws IllegalStateException if all are handed out
  public synchronized int take() {
    if (freeCount == 0) {
      throw new IllegalStateException("all %d states are handed out".formatted(capacity));
    }
    int id = free[--freeCount];
    model.initialize(segment, base(id));
    return id;
  }

  /// Takes a state back. From then on its steps are refused.
  ///
  /// @throws IllegalArgumentException if it is not handed out
  /// @throws IllegalStateException if a step of it is running
  public synchronized void release(int id) {
    require(id);
    disown(id);
    free[freeCount++] = id;
  }

  private void disown(int id) {
    segment.set(ValueLayout.JAVA_LONG, base(id) + StateLayout.FINGERPRINT_AT, 0L);
  }

  private void require(int id) {
    StateMemory.require(segment, base(id), model.fingerprint());
  }

  /// The number of steps that a stream has taken since it was handed out or reset.
  public long steps(int id) {
    require(id);
    return StateMemory.steps(segment, base(id));
  }

  /// Resets a stream to the state before its first step.
  ///
  /// @throws IllegalArgumentException if it is not handed out
  /// @throws IllegalStateException if a step of it is running
  public void reset(int id) {
    require(id);
    model.initialize(segment, base(id));
  }

  /// Copies one stream's state into another's.
  ///
  /// @throws IllegalArgumentException if one is not handed out
  /// @throws IllegalStateException if a step of one is running
  public void copy(int from, int to) {
    require(from);
    require(to);
    MemorySegment.copy(segment, base(from), segment, base(to), stateBytes);
  }

  /// The memory of one state as a [StreamingState], for snapshots and forks. It is valid until the
  /// id is released.
  ///
  /// @throws IllegalArgumentException if it is not handed out
  public StreamingState state(int id) {
    require(id);
    return new StreamingState(model, segment.asSlice(base(id), stateBytes));
  }

  /// Writes a stream's snapshot; see [StreamingState#write].
  public void write(int id, ByteBuffer target) {
    require(id);
    Snapshot.write(segment, base(id), model.stateLayout(), target);
  }

  /// Reads a stream's snapshot; see [StreamingState#read].
  ///
  /// @throws SnapshotException if it is truncated, damaged, or of another model
  public void read(int id, ByteBuffer source) throws SnapshotException {
    require(id);
    Snapshot.read(source, model.stateLayout(), model.fingerprint(), segment, base(id));
  }
}
