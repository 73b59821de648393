package dev.rondo.stream;

import dev.rondo.autograd.SharedForms;
import dev.rondo.kernel.Plan;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Steps of the streams of one model: the only place where the state of a stream goes forward,
/// either by [#one] or by [#several].
///
/// Both mark the states as in use, take programs that no other thread uses, load inputs and states,
/// run, and store outputs and states. Everything that may still be refused comes before a state
/// changes. Nothing is allocated, except programs when more threads than ever before step at once.
final class StreamSteps {
  /// Bytes that the workspace takes from the arena at a time.
  private static final long CHUNK_BYTES = 64 << 10;

  private final StreamingModel model;
  private final SharedForms shared = new SharedForms();
  private final Workspace workspace;
  private final StreamPrograms.Pool pool = new StreamPrograms.Pool(this::programs);
  private final long inputBytes;
  private final long outputBytes;

  /// Records the program of a single step.
  ///
  /// @param arena owns the memory of programs
  StreamSteps(StreamingModel model, Arena arena) {
    this.model = model;
    workspace = new Workspace(arena, CHUNK_BYTES);
    inputBytes = model.arguments().inputBytes();
    outputBytes = model.arguments().outputBytes();
    pool.give(programs());
  }

  private StreamPrograms programs() {
    return new StreamPrograms(this::program);
  }

  /// Records a program. The plans of a model share its packed weights.
  private StreamProgram program(int rows) {
    synchronized (shared) {
      var plan = new Plan(model.backend(), model.weights());
      return new StreamProgram(model.stack(), model.stateLayout(), plan, workspace, shared, rows);
    }
  }

  /// Steps one stream.
  ///
  /// @param token read only if `input` is null
  /// @param states hold the stream's state at `base`
  <I, O> void one(
      StepForm<I, O> form, I input, int token, MemorySegment states, long base, O output) {
    var event = StreamEvents.slowStep();
    var programs = pool.take();
    int taken = 0;
    boolean begun = false;
    try {
      StateMemory.begin(states, base, model.fingerprint());
      begun = true;
      var program = programs.one();
      form.load(program, input, token);
      program.loadState(0, states, base);
      program.run();
      form.store(program, output);
      program.storeState(0, states, base);
      taken = 1;
    } finally {
      pool.give(programs);
      if (begun) {
        StateMemory.end(states, base, taken);
      }
    }
    StreamEvents.stepped(event, model, 1);
  }

  /// Steps several streams: ids of a slab or, without a slab, states that lie anywhere. All streams
  /// are checked before the first one is stepped.
  ///
  /// @param slab null if states are given
  /// @param states null if a slab is given
  void several(
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
          block(program, inputs, slab, ids, states, done, outputs);
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

  /// The memory that holds a stream's state.
  private static MemorySegment memory(StateSlab slab, StreamingState[] states, int i) {
    return slab == null ? states[i].segment() : slab.segment();
  }

  /// The offset of the state in that memory.
  private static long base(StateSlab slab, int[] ids, int i) {
    return slab == null ? 0 : slab.base(ids[i]);
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
  private void block(
      StreamProgram program,
      MemorySegment inputs,
      StateSlab slab,
      int[] ids,
      StreamingState[] states,
      int first,
      MemorySegment outputs) {
    var event = StreamEvents.slowStep();
    int rows = program.rows();
    for (int r = 0; r < rows; r++) {
      int i = first + r;
      program.loadInput(r, inputs, i * inputBytes);
      program.loadState(r, memory(slab, states, i), base(slab, ids, i));
    }
    program.run();
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
