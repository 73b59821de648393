package dev.rondo.stream;

import dev.rondo.io.AtomicFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// The state of one stream, in memory of the caller's: copy it, fork it, write it down and read it
/// back. Made by [StreamingModel#newState].
///
/// One thread at a time may use a state. That another does is found out in most cases, and then
/// refused, but not in all: nothing is locked.
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

  /// The model whose state it is.
  public StreamingModel model() {
    return model;
  }

  /// Steps taken since the last reset.
  public long steps() {
    return StateMemory.steps(segment, 0);
  }

  /// Back to the state before the first step.
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

  /// A second stream that goes on from here.
  ///
  /// @throws IllegalStateException if a step is running
  public StreamingState fork(SegmentAllocator allocator) {
    var copy = model.newState(allocator);
    copyTo(copy);
    return copy;
  }

  /// Bytes that [#write] takes.
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

  /// Reads a snapshot from the buffer's position, which moves behind it. If it is refused this
  /// state stays as it was.
  ///
  /// @throws SnapshotException if it is cut short, damaged, or of another model
  /// @throws IllegalArgumentException if a slab has taken this state back
  /// @throws IllegalStateException if a step is running
  public void read(ByteBuffer source) throws SnapshotException {
    StateMemory.require(segment, 0, model.fingerprint());
    Snapshot.read(source, model.stateLayout(), model.fingerprint(), segment, 0);
  }

  /// Writes a snapshot as a file, replacing it as a whole or not at all: if the process is killed
  /// the last one that was complete is still there.
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

  /// Reads the snapshot of a file. If it is refused this state stays as it was.
  ///
  /// @throws SnapshotException if it is cut short, damaged, or of another model
  /// @throws IOException if the file cannot be read
  /// @throws IllegalStateException if a step is running
  public void load(Path file) throws IOException {
    Snapshot.requireSize(file, snapshotBytes());
    read(ByteBuffer.wrap(Files.readAllBytes(file)));
  }
}
