package dev.rondo.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// A state as bytes, little-endian, equal on every machine.
///
/// | bytes | what |
/// |---|---|
/// | 8 | `RONDOST1` |
/// | 8 | the model's fingerprint |
/// | 8 | steps taken |
/// | 4 | floats that follow |
/// | 4 each | the parts of the [StateLayout] in order, without padding |
/// | 4 | CRC-32C of everything before |
final class Snapshot {
  private static final long MAGIC = 0x3154534F444E4F52L; // RONDOST1
  private static final int HEAD_BYTES = 28;
  private static final int CHECKSUM_BYTES = 4;

  private Snapshot() {}

  private static int floats(StateLayout layout) {
    return layout.parts().stream().mapToInt(StateLayout.Part::size).sum();
  }

  static int bytes(StateLayout layout) {
    return Math.addExact(
        HEAD_BYTES + CHECKSUM_BYTES, Math.multiplyExact(floats(layout), Float.BYTES));
  }

  static void write(MemorySegment state, long base, StateLayout layout, ByteBuffer target) {
    int bytes = bytes(layout);
    if (target.remaining() < bytes) {
      throw new IllegalArgumentException(
          "target has room for %d bytes, expected %d".formatted(target.remaining(), bytes));
    }
    int from = target.position();
    var out = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC);
    out.putLong(state.get(ValueLayout.JAVA_LONG, base + StateLayout.FINGERPRINT_AT));
    out.putLong(StateMemory.steps(state, base));
    out.putInt(floats(layout));
    for (var part : layout.parts()) {
      for (int i = 0; i < part.size(); i++) {
        long at = base + part.byteOffset() + (long) i * Float.BYTES;
        out.putInt(state.get(ValueLayout.JAVA_INT, at));
      }
    }
    out.putInt(checksum(out, from, bytes));
    target.position(from + bytes);
  }

  private static int checksum(ByteBuffer buffer, int from, int bytes) {
    var crc = new CRC32C();
    crc.update(buffer.duplicate().position(from).limit(from + bytes - CHECKSUM_BYTES));
    return (int) crc.getValue();
  }

  static void read(
      ByteBuffer source, StateLayout layout, long fingerprint, MemorySegment state, long base)
      throws SnapshotException {
    int bytes = bytes(layout);
    var in = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < HEAD_BYTES) {
      throw new SnapshotException(
          "the snapshot has %d bytes and is cut short".formatted(in.remaining()));
    }
    int from = in.position();
    long magic = in.getLong();
    if (magic != MAGIC) {
      throw new SnapshotException(
          "this is no snapshot of a stream: it begins with %016x".formatted(magic));
    }
    long of = in.getLong();
    if (of != fingerprint) {
      throw new SnapshotException(
          "the snapshot is of a model with fingerprint %016x, this one has %016x"
              .formatted(of, fingerprint));
    }
    long steps = in.getLong();
    int floats = in.getInt();
    if (floats != floats(layout) || steps < 0) {
      throw new SnapshotException(
          "the snapshot is damaged: %d values after %d steps, expected %d values"
              .formatted(floats, steps, floats(layout)));
    }
    if (source.remaining() < bytes) {
      throw new SnapshotException(
          "the snapshot has %d bytes, expected %d: it is cut short"
              .formatted(source.remaining(), bytes));
    }
    int checksum = in.getInt(from + bytes - CHECKSUM_BYTES);
    if (checksum != checksum(in, from, bytes)) {
      throw new SnapshotException("the snapshot is damaged: its checksum is not that of its bytes");
    }
    for (var part : layout.parts()) {
      for (int i = 0; i < part.size(); i++) {
        long at = base + part.byteOffset() + (long) i * Float.BYTES;
        state.set(ValueLayout.JAVA_INT, at, in.getInt());
      }
    }
    StateMemory.setSteps(state, base, steps);
    source.position(from + bytes);
  }

  /// Checks the size before a file is read, so that no more than a snapshot is read, whatever the
  /// file is.
  static void requireSize(Path file, int bytes) throws IOException {
    long size = Files.size(file);
    if (size != bytes) {
      throw new SnapshotException(
          "%s has %d bytes, a snapshot of this model has %d%s"
              .formatted(file, size, bytes, size < bytes ? ": it is cut short" : ""));
    }
  }
}
