package dev.rondo.stream;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The places of state parts in the memory of a program, and the copies between there and the
/// states' own memory. Parts that lie side by side in both are copied at once.
final class StateRuns {
  /// A range of bytes that is copied at once, one row per stream.
  ///
  /// @param at the offset of the first row in `segment`
  /// @param rowBytes the distance from one row to the next
  /// @param stateAt the offset of the range in a state
  private record Range(MemorySegment segment, long at, long rowBytes, long stateAt, long bytes) {
    boolean continues(Range last) {
      return segment.equals(last.segment)
          && at == last.at + last.bytes
          && stateAt == last.stateAt + last.bytes;
    }

    Range and(Range next) {
      return new Range(segment, at, rowBytes, stateAt, bytes + next.bytes);
    }
  }

  private final Range[] runs;

  private StateRuns(List<Range> parts, int rows) {
    var merged = new ArrayList<Range>();
    for (var part : parts) {
      boolean continues = rows == 1 && !merged.isEmpty() && part.continues(merged.getLast());
      if (continues) {
        merged.add(merged.removeLast().and(part));
      } else {
        merged.add(part);
      }
    }
    runs = merged.toArray(Range[]::new);
  }

  /// Parts in one block of memory, in the order of the layout: all rows of a part, then all rows of
  /// the next.
  static StateRuns of(StateLayout layout, MemorySegment block, int rows) {
    var parts = new ArrayList<Range>();
    for (var part : layout.parts()) {
      long at = blockAt(part, rows);
      parts.add(new Range(block, at, part.bytes(), part.byteOffset(), part.bytes()));
    }
    return new StateRuns(parts, rows);
  }

  /// The offset of a part in such a block.
  static long blockAt(StateLayout.Part part, int rows) {
    return rows * (part.byteOffset() - StateLayout.HEADER_BYTES);
  }

  /// Parts in tensors, one tensor per part.
  static StateRuns of(StateLayout layout, List<Tensor> tensors, int rows) {
    var parts = new ArrayList<Range>();
    for (int i = 0; i < tensors.size(); i++) {
      var part = layout.parts().get(i);
      var tensor = tensors.get(i);
      long rowBytes = (long) tensor.stride() * Float.BYTES;
      long at = tensor.byteOffset(0, 0);
      parts.add(new Range(tensor.segment(), at, rowBytes, part.byteOffset(), part.bytes()));
    }
    return new StateRuns(parts, rows);
  }

  /// Copies one stream's state from its memory at `base`.
  void load(int row, MemorySegment states, long base) {
    for (var run : runs) {
      MemorySegment.copy(
          states, base + run.stateAt, run.segment, run.at + row * run.rowBytes, run.bytes);
    }
  }

  /// Copies one stream's state back.
  void store(int row, MemorySegment states, long base) {
    for (var run : runs) {
      MemorySegment.copy(
          run.segment, run.at + row * run.rowBytes, states, base + run.stateAt, run.bytes);
    }
  }
}
