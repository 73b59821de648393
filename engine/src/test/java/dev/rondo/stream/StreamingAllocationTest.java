package dev.rondo.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Steps take no memory, neither from the heap nor from the model's arena.
class StreamingAllocationTest {
  private static final int STEPS = 250;

  /// Rounds of steps until everything is compiled: vectors that are interpreted are objects.
  private static final int ROUNDS = 120;

  /// The JVM itself allocates a little now and then; a step that did would cost 16 bytes.
  private static final long OF_THE_JVM = 8 * STEPS;

  private static final int STREAMS = 5;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// A backend and a format of weights.
  private record Case(Backend backend, WeightFormat weights) {
    @Override
    public String toString() {
      return backend.name() + ", " + weights;
    }
  }

  private static Stream<Case> cases() {
    return Stream.concat(
        Stream.of(WeightFormat.values())
            .map(format -> new Case(Backend.vector(Threads.one()), format)),
        Stream.of(new Case(Backend.scalar(Threads.one()), WeightFormat.INT8)));
  }

  /// An arena that counts.
  private static final class Counting implements Arena {
    private final Arena arena = Arena.ofShared();
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      bytes.addAndGet(byteSize);
      return arena.allocate(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment.Scope scope() {
      return arena.scope();
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  private void assertAllocatesNothing(Case c, String name, Runnable step) {
    long allocated = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < STEPS; i++) {
        step.run();
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
      if (allocated < OF_THE_JVM) {
        return;
      }
    }
    fail("%s: %s allocates %d bytes".formatted(c, name, allocated / STEPS));
  }

  /// In a process of its own, as a service is: what the compiler inlines depends on everything that
  /// ran before.
  @Test
  void aStepAllocatesNothing() throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xbatch",
                "-XX:CompileThresholdScaling=0.2",
                "-Xshare:auto",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Steps.class.getName())
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  /// Ends with an error if a step allocates.
  static final class Steps {
    private Steps() {}

    public static void main(String[] args) {
      cases().forEach(new StreamingAllocationTest()::check);
    }
  }

  private void check(Case c) {
    try (var memory = new Counting();
        var arena = Arena.ofShared()) {
      var options = StreamingOptions.standard().backend(c.backend).weights(c.weights);
      var dense = StreamingModel.compile(SmallModels.lstm(arena, 1), options, memory);
      var ofTokens = StreamingModel.compile(SmallModels.gruOfTokens(arena, 1), options, memory);
      var state = dense.newState(arena);
      var tokenState = ofTokens.newState(arena);
      var slab = dense.newSlab(STREAMS + 1, arena);
      int[] ids = new int[STREAMS];
      Arrays.setAll(ids, _ -> slab.take());
      var states = new StreamingState[STREAMS];
      Arrays.setAll(states, _ -> ofTokens.newState(arena));
      var inputs = SmallModels.floats(arena, new float[STREAMS * SmallModels.INPUTS]);
      var tokens = SmallModels.tokens(arena, new int[STREAMS]);
      var outputs = SmallModels.outputs(arena, STREAMS);
      var heapInput = new float[] {1, 2, 3};
      var heapOutput = new float[SmallModels.OUTPUTS];
      dense.stepAll(inputs, slab, ids, STREAMS, outputs);
      ofTokens.stepAll(tokens, states, STREAMS, outputs);
      long before = memory.bytes.get();
      assertAllocatesNothing(c, "a step", () -> dense.step(inputs, state, outputs));
      assertAllocatesNothing(
          c, "a step of a slab", () -> dense.step(inputs, slab, ids[3], outputs));
      assertAllocatesNothing(c, "a step of arrays", () -> dense.step(heapInput, state, heapOutput));
      assertAllocatesNothing(c, "a token", () -> ofTokens.step(3, tokenState, heapOutput));
      assertAllocatesNothing(
          c, "stepAll", () -> dense.stepAll(inputs, slab, ids, STREAMS, outputs));
      assertAllocatesNothing(
          c, "stepAll of states", () -> ofTokens.stepAll(tokens, states, STREAMS, outputs));
      assertAllocatesNothing(c, "a reset", state::reset);
      assertAllocatesNothing(c, "an id", () -> slab.release(slab.take()));
      assertEquals(before, memory.bytes.get(), "native memory of the models");
    }
  }

  /// What a step needs is made once for as many threads as step at once, not once a thread.
  @Test
  void threadsThatComeAndGoUseTheSameMemory() throws InterruptedException {
    try (var memory = new Counting();
        var arena = Arena.ofShared()) {
      var model = SmallModels.compile(SmallModels.lstm(arena, 1), memory);
      var state = model.newState(arena);
      var input = SmallModels.floats(arena, 1, 2, 3);
      var output = SmallModels.outputs(arena, 1);
      model.step(input, state, output);
      long before = memory.bytes.get();
      for (var builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
        for (int i = 0; i < 100; i++) {
          builder.start(() -> model.step(input, state, output)).join();
        }
      }
      assertEquals(201, state.steps());
      assertEquals(before, memory.bytes.get());
    }
  }
}
