package dev.rondo.stream;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;

/// The result of [StreamingModel#warmUp()].
///
/// @param compiled whether steps of the model now run at the speed of compiled kernels
/// @param steps the number of steps that ran
/// @param nanos the duration in nanoseconds
/// @param stepNanos the time of a step of one stream of the model at the end, the median of a few
public record WarmUp(boolean compiled, long steps, long nanos, long stepNanos) {
  /// The default limit.
  static final Duration LIMIT = Duration.ofMillis(500);

  /// The part of the limit for building the small model and for timing the large one.
  private static final Duration MARGIN = Duration.ofMillis(40);

  /// Steps between two readings of the clock.
  private static final int CHUNK = 16;

  /// The number of consecutive chunks that have to be fast.
  private static final int STEADY = 32;

  /// The number of streams from which on kernels take several at once.
  private static final int STREAMS = 4;

  /// The number of timed steps at the end.
  private static final int TIMED = 9;

  /// An upper bound of compiled kernels, including scalar ones, which take far less for a
  /// multiply-add. Interpreted kernels, and kernels that box vectors, take far more.
  private static final double NANOS_PER_MULTIPLY_ADD = 0.5;

  /// The same bound for everything else in a step.
  private static final long NANOS_PER_STEP = 8_000;

  static WarmUp of(StreamingModel model, int streams, Duration limit) {
    long begin = System.nanoTime();
    // shared, as in a service: kernels compiled for confined memory are discarded when they meet
    // shared memory
    try (var arena = Arena.ofShared()) {
      var options = model.options().backend(model.backend());
      var small = StreamingModel.compile(SmallStack.of(model.stack(), arena), options, arena);
      var runner = new Runner(small, arena);
      long deadline = begin + limit.minus(MARGIN).toNanos();
      // single steps first: code that they share with several at once is then compiled, and quick
      long steps = runUntilFast(runner::step, limit(small), deadline);
      if (streams >= STREAMS) {
        steps += STREAMS * runUntilFast(runner::stepAll, STREAMS * limit(small), deadline);
      }
      var timed = new Runner(model, arena);
      long[] nanos = new long[TIMED];
      for (int i = 0; i < TIMED; i++) {
        long before = System.nanoTime();
        timed.step();
        nanos[i] = System.nanoTime() - before;
      }
      Arrays.sort(nanos);
      long median = nanos[TIMED / 2];
      long all = System.nanoTime() - begin;
      return new WarmUp(median < limit(model), steps + TIMED, all, median);
    }
  }

  /// Runs until several chunks took less than `limit` nanoseconds a run, or the time is up.
  ///
  /// @return the number of runs
  private static long runUntilFast(Runnable step, long limit, long deadline) {
    long runs = 0;
    int fast = 0;
    long now = System.nanoTime();
    while (fast < STEADY && now < deadline) {
      long before = now;
      for (int i = 0; i < CHUNK; i++) {
        step.run();
      }
      runs += CHUNK;
      now = System.nanoTime();
      fast = now - before < CHUNK * limit ? fast + 1 : 0;
    }
    return runs;
  }

  private static long limit(StreamingModel model) {
    long multiplyAdds = 0;
    for (var parameter : model.stack().parameters()) {
      multiplyAdds += parameter.value().size();
    }
    return NANOS_PER_STEP + (long) (NANOS_PER_MULTIPLY_ADD * multiplyAdds);
  }

  /// Steps of one model on zeros.
  private static final class Runner {
    private final StreamingModel model;
    private final MemorySegment inputs;
    private final MemorySegment outputs;
    private final StateSlab slab;
    private final StreamingState state;
    private final int[] ids = new int[STREAMS];

    Runner(StreamingModel model, Arena arena) {
      this.model = model;
      inputs = memory(arena, model.inputSize());
      outputs = memory(arena, model.outputSize());
      slab = model.newSlab(STREAMS, arena);
      state = model.newState(arena);
      Arrays.setAll(ids, _ -> slab.take());
    }

    private static MemorySegment memory(Arena arena, int columns) {
      return arena.allocate((long) STREAMS * columns * Float.BYTES, Tensor.BYTE_ALIGNMENT);
    }

    void step() {
      model.step(inputs, state, outputs);
    }

    void stepAll() {
      model.stepAll(inputs, slab, ids, STREAMS, outputs);
    }
  }
}
