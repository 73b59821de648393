package dev.rondo.stream;

import java.lang.foreign.MemorySegment;

/// One step of each of several streams: of ids of a slab, or, where there is no slab, of states
/// that lie anywhere. Allocates nothing, so the two are told apart at each use.
final class ManyStreams {
  private ManyStreams() {}

  /// The memory that holds a stream's state.
  private static MemorySegment memory(StateSlab slab, StreamingState[] states, int i) {
    return slab == null ? states[i].segment() : slab.segment();
  }

  /// Where the state lies in it.
  private static long base(StateSlab slab, int[] ids, int i) {
    return slab == null ? 0 : slab.base(ids[i]);
  }

  /// Looks at all streams before it steps one.
  ///
  /// @param slab null if states are given
  /// @param states null if a slab is
  static void step(
      StreamingModel model,
      StreamPrograms.Pool pool,
      MemorySegment inputs,
      StateSlab slab,
      int[] ids,
      StreamingState[] states,
      int count,
      MemorySegment outputs) {
    int begun = 0;
    int done = 0;
    try {
      for (; begun < count; begun++) {
        var memory = memory(slab, states, begun);
        long base = base(slab, ids, begun);
        if (StateMemory.isBusy(memory, base)) {
          requireOnce(slab, ids, states, begun);
        }
        StateMemory.begin(memory, base, model.fingerprint());
      }
      while (done < count) {
        var programs = pool.take();
        try {
          var program = programs.atMost(count - done);
          block(model, program, inputs, slab, ids, states, done, outputs);
          done += program.rows();
        } finally {
          pool.give(programs);
        }
      }
    } finally {
      for (int i = 0; i < begun; i++) {
        StateMemory.end(memory(slab, states, i), base(slab, ids, i), i < done ? 1 : 0);
      }
    }
  }

  private static void requireOnce(StateSlab slab, int[] ids, StreamingState[] states, int last) {
    for (int i = 0; i < last; i++) {
      if (slab != null && ids[i] == ids[last]) {
        throw new IllegalArgumentException(
            "stream %d is named twice, by ids[%d] and ids[%d]".formatted(ids[i], i, last));
      }
      if (slab == null && states[i].segment().address() == states[last].segment().address()) {
        throw new IllegalArgumentException(
            "a state is named twice, by states[%d] and states[%d]".formatted(i, last));
      }
    }
  }

  /// Steps as many streams as the program has rows, from the `first` on.
  private static void block(
      StreamingModel model,
      StreamProgram program,
      MemorySegment inputs,
      StateSlab slab,
      int[] ids,
      StreamingState[] states,
      int first,
      MemorySegment outputs) {
    var event = StreamEvents.slowStep();
    int rows = program.rows();
    long inputBytes = model.arguments().inputBytes();
    long outputBytes = model.arguments().outputBytes();
    for (int r = 0; r < rows; r++) {
      int i = first + r;
      program.loadInput(r, inputs, i * inputBytes);
      program.loadState(r, memory(slab, states, i), base(slab, ids, i));
    }
    program.run();
    // what may still be refused comes before what changes a state
    for (int r = 0; r < rows; r++) {
      program.storeOutput(r, outputs, (first + r) * outputBytes);
    }
    for (int r = 0; r < rows; r++) {
      int i = first + r;
      program.storeState(r, memory(slab, states, i), base(slab, ids, i));
    }
    StreamEvents.stepped(event, model, rows);
  }
}
