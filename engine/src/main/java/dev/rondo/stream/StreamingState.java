package dev.rondo.stream;

import dev.rondo.io.AtomicFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// The state of one stream, in the caller's memory. It can be copied, forked, saved and restored.
/// Made by [StreamingModel#newState].
///
/// One thread at a time may use a state. Use by two threads at once is detected and refused in most
/// cases, but not in all: nothing is locked.
public final class StreamingState {
  private final StreamingModel model;
  private final MemorySegment segment;

  StreamingState(StreamingModel model, MemorySegment segment) {
    this.model = model;
    this.segment = segment;
  }

  /// The memory, laid out as [StreamingModel#stateLayout()] says.
  public MemorySegment segment() {
    return segment;
  }

  /// The model that this state belongs to.
  public StreamingModel model() {
    return model;
  }

  /// The number of steps since the last reset.
  public long steps() {
    return StateMemory.steps(segment, 0);
  }

  /// Resets this state to that before the first step.
  ///
  /// @throws IllegalArgumentException if a slab has taken it back
  /// @throws IllegalStateException if a step of it is running
  public void reset() {
    StateMemory.require(segment, 0, model.fingerprint());
    model.initialize(segment, 0);
  }

  /// Copies this state into another of the same model.
  ///
  /// @throws IllegalArgumentException if the other is of another model
  /// @throws IllegalStateException if a step of either is running
  public void copyTo(StreamingState target) {
    StateMemory.require(segment, 0, model.fingerprint());
    StateMemory.require(target.segment, 0, model.fingerprint());
    MemorySegment.copy(segment, 0, target.segment, 0, model.stateLayout().bytes());
  }

  /// Forks the stream: a new state that continues from here.
  ///
  /// @throws IllegalStateException if a step is running
  public StreamingState fork(SegmentAllocator allocator) {
    var copy = model.newState(allocator);
    copyTo(copy);
    return copy;
  }

  /// The size of a snapshot in bytes.
  public int snapshotBytes() {
    return Snapshot.bytes(model.stateLayout());
  }

  /// Writes a snapshot at the buffer's position, which moves behind it.
  ///
  /// @throws IllegalArgumentException if fewer than [#snapshotBytes()] remain
  /// @throws IllegalStateException if a step is running
  public void write(ByteBuffer target) {
    StateMemory.require(segment, 0, model.fingerprint());
    Snapshot.write(segment, 0, model.stateLayout(), target);
  }

  /// Reads a snapshot from the buffer's position, which moves behind it. A snapshot that is refused
  /// leaves this state unchanged.
  ///
  /// @throws SnapshotException if it is truncated, damaged, or of another model
  /// @throws IllegalArgumentException if a slab has taken this state back
  /// @throws IllegalStateException if a step is running
  public void read(ByteBuffer source) throws SnapshotException {
    StateMemory.require(segment, 0, model.fingerprint());
    Snapshot.read(source, model.stateLayout(), model.fingerprint(), segment, 0);
  }

  /// Writes a snapshot as a file, which is replaced as a whole or not at all. If the process is
  /// killed, the last complete file remains.
  ///
  /// @throws IOException if it cannot be written
  /// @throws IllegalStateException if a step is running
  public void save(Path file) throws IOException {
    var buffer = ByteBuffer.allocate(snapshotBytes());
    write(buffer);
    buffer.flip();
    AtomicFile.write(
        file,
        channel -> {
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  /// Reads the snapshot of a file. A snapshot that is refused leaves this state unchanged.
  ///
  /// @throws SnapshotException if it is truncated, damaged, or of another model
  /// @throws IOException if the file cannot be read
  /// @throws IllegalStateException if a step is running
  public void load(Path file) throws IOException {
    Snapshot.requireSize(file, snapshotBytes());
    read(ByteBuffer.wrap(Files.readAllBytes(file)));
  }
}
