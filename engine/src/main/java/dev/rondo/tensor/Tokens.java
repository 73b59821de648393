package dev.rondo.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// Integers in native memory, time-major `[steps, batchSize]`: token ids and class targets.
///
/// Tokens do not own their memory. [#IGNORED] as a target contributes nothing to a loss.
public final class Tokens {
  /// The target that losses ignore, as `ignore_index` in PyTorch.
  public static final int IGNORED = -100;

  private final MemorySegment segment;
  private final int steps;
  private final int batchSize;
  private final long offset;

  private Tokens(MemorySegment segment, int steps, int batchSize, long offset) {
    this.segment = segment;
    this.steps = steps;
    this.batchSize = batchSize;
    this.offset = offset;
  }

  /// Zeros, `[steps, batchSize]`.
  public static Tokens allocate(SegmentAllocator allocator, int steps, int batchSize) {
    if (steps < 0 || batchSize < 0) {
      throw new IllegalArgumentException(
          "steps and batchSize must not be negative, were %d and %d".formatted(steps, batchSize));
    }
    long bytes = Math.multiplyExact((long) steps * batchSize, Integer.BYTES);
    return new Tokens(
        allocator.allocate(Math.max(bytes, Integer.BYTES), Tensor.BYTE_ALIGNMENT),
        steps,
        batchSize,
        0);
  }

  /// A copy of `values`, one inner array per step: `values[t][b]`.
  public static Tokens of(SegmentAllocator allocator, int[][] values) {
    int batchSize = values.length == 0 ? 0 : values[0].length;
    var result = allocate(allocator, values.length, batchSize);
    for (int t = 0; t < values.length; t++) {
      if (values[t].length != batchSize) {
        throw new IllegalArgumentException(
            "values[%d] has %d tokens, expected %d".formatted(t, values[t].length, batchSize));
      }
      for (int b = 0; b < batchSize; b++) {
        result.set(t, b, values[t][b]);
      }
    }
    return result;
  }

  /// The number of time steps.
  public int steps() {
    return steps;
  }

  /// The number of sequences side by side.
  public int batchSize() {
    return batchSize;
  }

  /// `steps · batchSize`: the number of rows that these tokens select or label.
  public int size() {
    return steps * batchSize;
  }

  /// Step `t` as `[1, batchSize]` over the same memory.
  public Tokens at(int t) {
    return steps(t, 1);
  }

  /// Steps `from` to `from + count` over the same memory.
  public Tokens steps(int from, int count) {
    Objects.checkFromIndexSize(from, count, steps);
    return new Tokens(segment, count, batchSize, offset + (long) from * batchSize);
  }

  /// The token of step `t`, sequence `b`.
  public int get(int t, int b) {
    Objects.checkIndex(b, batchSize);
    Objects.checkIndex(t, steps);
    return segment.getAtIndex(ValueLayout.JAVA_INT, offset + (long) t * batchSize + b);
  }

  /// The token at `index = t · batchSize + b`, that of row `index`.
  public int get(int index) {
    Objects.checkIndex(index, size());
    return segment.getAtIndex(ValueLayout.JAVA_INT, offset + index);
  }

  /// Sets the token of step `t`, sequence `b`.
  public void set(int t, int b, int token) {
    Objects.checkIndex(b, batchSize);
    Objects.checkIndex(t, steps);
    segment.setAtIndex(ValueLayout.JAVA_INT, offset + (long) t * batchSize + b, token);
  }

  /// The shape, not the values.
  @Override
  public String toString() {
    return "[%d, %d] tokens".formatted(steps, batchSize);
  }
}
