package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// One thread at a time uses a state; that another does is found out where it costs nothing.
class StateInUseTest extends UnharmedStreams {
  private static final int RACING_STEPS = 1000;

  private static void setBusy(MemorySegment memory, int value) {
    memory.set(ValueLayout.JAVA_INT, StateLayout.BUSY_AT, value);
  }

  /// As another thread's step leaves a state while it runs.
  @Test
  void aStateThatIsInUseIsRefusedUntilItIsNot() {
    var message = "the state is in use: one thread at a time may step, copy or write it";
    var other = model.newState(arena);
    var snapshot = ByteBuffer.allocate(state.snapshotBytes());
    other.write(snapshot);
    var busy = slab.state(ids[MANY - 1]);
    setBusy(state.segment(), 1);
    setBusy(busy.segment(), 1);
    int id = ids[MANY - 1];
    for (Executable use :
        List.<Executable>of(
            () -> model.step(input, state, output),
            () -> model.step(new float[3], state, new float[2]),
            () -> model.step(input, slab, id, output),
            () -> model.stepAll(manyInputs(), slab, ids, MANY, manyOutputs()),
            () ->
                model.stepAll(manyInputs(), new StreamingState[] {other, state}, 2, manyOutputs()),
            state::reset,
            () -> state.copyTo(other),
            () -> other.copyTo(state),
            () -> state.fork(arena),
            () -> state.write(ByteBuffer.allocate(state.snapshotBytes())),
            () -> state.read(snapshot.flip()),
            () -> slab.release(id),
            () -> slab.reset(id),
            () -> slab.copy(id, ids[0]),
            () -> slab.copy(ids[0], id),
            () -> slab.write(id, ByteBuffer.allocate(state.snapshotBytes())),
            () -> slab.read(id, snapshot.flip()))) {
      assertRefused(IllegalStateException.class, message, use);
    }
    assertEquals(0, other.steps());
    setBusy(state.segment(), 0);
    setBusy(busy.segment(), 0);
    model.step(input, state, output);
    model.stepAll(manyInputs(), slab, ids, MANY, manyOutputs());
    assertEquals(2, slab.steps(id));
  }

  /// Found out or not, nothing worse comes of it than a state that is wrong until it is reset.
  @Test
  void twoThreadsOnOneStateHarmNoOther() throws Exception {
    Callable<Void> misuse =
        () -> {
          var own = SmallModels.outputs(arena, 1);
          for (int i = 0; i < RACING_STEPS; i++) {
            try {
              model.step(input, state, own);
            } catch (IllegalStateException e) {
              assertTrue(e.getMessage().startsWith("the state is in use"), e::getMessage);
            }
          }
          return null;
        };
    Callable<Void> beside =
        () -> {
          for (int i = 0; i < RACING_STEPS; i++) {
            model.step(input, slab, ids[0], output);
          }
          return null;
        };
    try (var executor = Executors.newFixedThreadPool(3)) {
      for (var done : executor.invokeAll(List.of(misuse, misuse, beside))) {
        done.get();
      }
    }
    var alone = model.newState(arena);
    for (int i = 0; i < 1 + RACING_STEPS; i++) {
      model.step(input, alone, output);
    }
    assertArrayEquals(SmallModels.bytes(alone), SmallModels.bytes(slab.state(ids[0])));
    state.reset();
    assertArrayEquals(SmallModels.bytes(model.newState(arena)), SmallModels.bytes(state));
  }
}
