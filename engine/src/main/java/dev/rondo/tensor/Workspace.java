package dev.rondo.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Native memory for data that lives no longer than one step. It is handed out front to back, taken
/// back all at once by [#rewind()], and not freed before [#close()].
///
/// After the largest step it stops growing: [#capacity()] stays constant. Memory that was handed
/// out before a rewind must not be used after it. One thread at a time allocates; workers may read
/// and write the memory.
public final class Workspace implements AutoCloseable {
  /// The size of the first chunk in bytes; each further one is at least twice the last.
  private static final long FIRST_CHUNK = 1L << 20;

  private static final byte POISON = (byte) 0xFF;

  private final Arena arena;
  private final boolean owner;

  /// The size of a chunk where chunks do not grow; 0 where each is twice the last.
  private final long chunkBytes;

  private final List<MemorySegment> chunks = new ArrayList<>();
  private final boolean poison = Workspace.class.desiredAssertionStatus();
  private int chunk;
  private long used;

  /// An empty workspace, which takes memory from the system when it needs some.
  @SuppressWarnings("MustBeClosedChecker") // close() does
  public Workspace() {
    arena = Arena.ofShared();
    owner = true;
    chunkBytes = 0;
  }

  /// An empty workspace in the caller's arena, with which its memory ends: for data that lives as
  /// long as a model.
  ///
  /// @param chunkBytes the size of a chunk; a larger allocation takes as much as it needs
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

  /// A tensor with unspecified elements and padding (NaN where assertions are enabled), for a
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

  /// The position of the next allocation.
  public Mark mark() {
    return new Mark(chunk, used);
  }

  /// Takes back all memory that was handed out.
  public void rewind() {
    chunk = 0;
    used = 0;
  }

  /// Takes back all memory that was handed out since `mark`.
  public void rewind(Mark mark) {
    if (mark.chunk > chunk || (mark.chunk == chunk && mark.used > used)) {
      throw new IllegalStateException("the mark lies behind a rewind");
    }
    chunk = mark.chunk;
    used = mark.used;
  }

  /// The number of bytes taken from the system so far.
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

  /// Frees the memory; every tensor of this workspace becomes unusable. Memory in an arena of the
  /// caller stays until that is closed.
  @Override
  public void close() {
    if (owner) {
      arena.close();
    }
  }
}
