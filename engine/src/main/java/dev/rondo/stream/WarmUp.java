package dev.rondo.stream;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// What [StreamingModel#warmUp()] did.
///
/// @param compiled whether steps of the model run at the speed of compiled kernels now
/// @param steps that were run
/// @param nanos that it took
/// @param stepNanos a step of one stream of the model takes at the end, the median of a few
public record WarmUp(boolean compiled, long steps, long nanos, long stepNanos) {
  private static final long TIME_LIMIT = 500_000_000L;

  /// Steps between two looks at the clock and at the speed.
  private static final int CHUNK = 256;

  /// Chunks in a row that have to be fast.
  private static final int STEADY = 4;

  /// Streams that are stepped at once, so that tiles of several rows are met: a whole tile and one.
  private static final int STREAMS = 5;

  /// Steps of the model that are timed in the end.
  private static final int TIMED = 9;

  /// Compiled kernels, scalar ones too, take far less than this for a multiply-add; kernels that
  /// are interpreted, or whose vectors are objects, far more.
  private static final double NANOS_PER_MULTIPLY_ADD = 1;

  /// As much for everything else in a step.
  private static final long NANOS_PER_STEP = 10_000;

  static WarmUp of(StreamingModel model) {
    long begin = System.nanoTime();
    long steps = 0;
    try (var arena = Arena.ofConfined()) {
      var options = model.options().backend(model.backend());
      var small = StreamingModel.compile(SmallStack.of(model.stack(), arena), options, arena);
      var runner = new Runner(small, arena);
      int steady = 0;
      while (steady < STEADY && System.nanoTime() - begin < TIME_LIMIT) {
        long before = System.nanoTime();
        runner.steps(CHUNK);
        long nanos = System.nanoTime() - before;
        steps += CHUNK * 2;
        steady = nanos < CHUNK * (1 + STREAMS) * limit(small) ? steady + 1 : 0;
      }
      var timed = new Runner(model, arena);
      long[] nanos = new long[TIMED];
      for (int i = 0; i < TIMED; i++) {
        long before = System.nanoTime();
        timed.step();
        nanos[i] = System.nanoTime() - before;
      }
      steps += TIMED;
      Arrays.sort(nanos);
      long median = nanos[TIMED / 2];
      return new WarmUp(median < limit(model), steps, System.nanoTime() - begin, median);
    }
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

    void steps(int count) {
      for (int i = 0; i < count; i++) {
        step();
        model.stepAll(inputs, slab, ids, STREAMS, outputs);
      }
    }
  }
}
