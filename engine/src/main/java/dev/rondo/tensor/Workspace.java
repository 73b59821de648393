package dev.rondo.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Native memory for what lives no longer than one step: handed out front to back, taken back all
/// at once by [#rewind()], never freed before [#close()].
///
/// After the largest step it grows no more: [#capacity()] stays. Whatever was handed out before a
/// rewind must not be used after it. Used by one thread at a time; the memory itself may be touched
/// by workers.
public final class Workspace implements AutoCloseable {
  /// The first chunk's bytes; each further one is at least twice the last.
  private static final long FIRST_CHUNK = 1L << 20;

  private static final byte POISON = (byte) 0xFF;

  private final Arena arena;
  private final boolean owner;

  /// Bytes of a chunk where chunks do not grow; 0 where each is twice the last.
  private final long chunkBytes;

  private final List<MemorySegment> chunks = new ArrayList<>();
  private final boolean poison = Workspace.class.desiredAssertionStatus();
  private int chunk;
  private long used;

  /// An empty workspace; memory is taken from the system as it is needed.
  @SuppressWarnings("MustBeClosedChecker") // close() does
  public Workspace() {
    arena = Arena.ofShared();
    owner = true;
    chunkBytes = 0;
  }

  /// An empty workspace in an arena of the caller's, with which its memory ends: for what lives as
  /// long as a model.
  ///
  /// @param chunkBytes is taken at a time; more at once where more is asked for at once
  /// @throws IllegalArgumentException if `chunkBytes` is not positive
  public Workspace(Arena arena, long chunkBytes) {
    if (chunkBytes <= 0) {
      throw new IllegalArgumentException("chunkBytes must be positive, was " + chunkBytes);
    }
    this.arena = arena;
    this.owner = false;
    this.chunkBytes = chunkBytes;
  }

  /// A position in the workspace, for [#rewind(Mark)].
  public record Mark(int chunk, long used) {}

  /// A tensor of zeros.
  public Tensor zeros(ElementType type, int... shape) {
    var segment = take(Tensor.byteSize(type, shape));
    segment.fill((byte) 0);
    return Tensor.over(segment, type, shape);
  }

  /// A tensor whose elements and padding are unspecified (NaN where assertions are enabled): for a
  /// kernel that writes whole rows, padding included.
  public Tensor uninitialized(ElementType type, int... shape) {
    var segment = take(Tensor.byteSize(type, shape));
    if (poison) {
      segment.fill(POISON);
    }
    return Tensor.over(segment, type, shape);
  }

  /// Tokens of zeros, `[steps, batchSize]`.
  public Tokens tokens(int steps, int batchSize) {
    return Tokens.allocate(
        (bytes, _) -> {
          var segment = take(bytes);
          segment.fill((byte) 0);
          return segment;
        },
        steps,
        batchSize);
  }

  /// Where the next allocation will come from.
  public Mark mark() {
    return new Mark(chunk, used);
  }

  /// Takes back everything that was handed out.
  public void rewind() {
    chunk = 0;
    used = 0;
  }

  /// Takes back everything that was handed out since `mark`.
  public void rewind(Mark mark) {
    if (mark.chunk > chunk || (mark.chunk == chunk && mark.used > used)) {
      throw new IllegalStateException("the mark lies behind a rewind");
    }
    chunk = mark.chunk;
    used = mark.used;
  }

  /// Bytes taken from the system so far.
  public long capacity() {
    long bytes = 0;
    for (var segment : chunks) {
      bytes += segment.byteSize();
    }
    return bytes;
  }

  private MemorySegment take(long requested) {
    long bytes = Math.max(Tensor.BYTE_ALIGNMENT, alignUp(requested));
    while (chunk < chunks.size()) {
      var segment = chunks.get(chunk);
      if (used + bytes <= segment.byteSize()) {
        long at = used;
        used += bytes;
        return segment.asSlice(at, bytes);
      }
      chunk++;
      used = 0;
    }
    chunks.add(arena.allocate(Math.max(nextChunk(), bytes), Tensor.BYTE_ALIGNMENT));
    used = bytes;
    return chunks.getLast().asSlice(0, bytes);
  }

  private long nextChunk() {
    if (chunkBytes > 0) {
      return chunkBytes;
    }
    return chunks.isEmpty() ? FIRST_CHUNK : 2 * chunks.getLast().byteSize();
  }

  private static long alignUp(long bytes) {
    return (bytes + Tensor.BYTE_ALIGNMENT - 1) & -(long) Tensor.BYTE_ALIGNMENT;
  }

  /// Frees the memory; every tensor of this workspace becomes unusable. What lies in an arena of
  /// the caller's stays until that is closed.
  @Override
  public void close() {
    if (owner) {
      arena.close();
    }
  }
}
