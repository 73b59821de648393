package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What is used wrongly is refused in clear words; the state then is as it was, no state is left in
/// use, and no other stream notices.
class StreamingMisuseTest {
  /// More than one block of the largest program.
  private static final int MANY = 41;

  private static final int RACING_STEPS = 3000;

  private final Arena arena = Arena.ofShared();

  /// Closed in the middle of a test.
  private final Arena toClose = Arena.ofShared();

  private final StreamingModel model = SmallModels.compile(SmallModels.lstm(arena, 1), arena);
  private final StreamingModel ofTokens =
      SmallModels.compile(SmallModels.gruOfTokens(arena, 1), arena);
  private final MemorySegment input = SmallModels.floats(arena, 0.5f, -1, 2);
  private final MemorySegment output = SmallModels.outputs(arena, 1);
  private final StreamingState state = model.newState(arena);
  private final StreamingState tokenState = ofTokens.newState(arena);

  /// Streams that are not part of any mistake, or only beside one.
  private final StateSlab slab = model.newSlab(MANY, arena);

  private final int[] ids = new int[MANY];

  @BeforeEach
  void go() {
    Arrays.setAll(ids, _ -> slab.take());
    model.step(input, state, output);
    ofTokens.step(SmallModels.tokens(arena, 3), tokenState, output);
    for (int id : ids) {
      model.step(input, slab, id, output);
    }
  }

  @AfterEach
  void close() {
    arena.close();
    if (toClose.scope().isAlive()) {
      toClose.close();
    }
  }

  /// Fails unless the use is refused in these words and nothing has changed.
  private <T extends RuntimeException> void assertRefused(
      Class<T> type, String message, Executable use) {
    byte[] before = SmallModels.bytes(state);
    byte[] tokensBefore = SmallModels.bytes(tokenState);
    byte[] slabBefore = slab.segment().toArray(ValueLayout.JAVA_BYTE);
    var e = assertThrows(type, use);
    assertTrue(e.getMessage().matches(message), e::getMessage);
    assertArrayEquals(before, SmallModels.bytes(state));
    assertArrayEquals(tokensBefore, SmallModels.bytes(tokenState));
    assertArrayEquals(slabBefore, slab.segment().toArray(ValueLayout.JAVA_BYTE));
  }

  private void assertRefused(String message, Executable use) {
    assertRefused(IllegalArgumentException.class, message, use);
  }

  private MemorySegment manyInputs() {
    return SmallModels.floats(arena, new float[MANY * SmallModels.INPUTS]);
  }

  private MemorySegment manyOutputs() {
    return SmallModels.outputs(arena, MANY);
  }

  @Test
  void aClosedModelIsRefused() {
    model.close();
    var inputs = manyInputs();
    var outputs = manyOutputs();
    for (Executable use :
        List.<Executable>of(
            () -> model.step(input, state, output),
            () -> model.step(input, slab, ids[0], output),
            () -> model.step(new float[3], state, new float[2]),
            () -> model.stepAll(inputs, slab, ids, MANY, outputs),
            () -> model.stepAll(inputs, new StreamingState[] {state}, 1, outputs),
            () -> model.newState(arena),
            () -> model.newSlab(1, arena),
            model::warmUp)) {
      assertRefused(IllegalStateException.class, "the model is closed", use);
    }
    ofTokens.close();
    assertRefused(
        IllegalStateException.class,
        "the model is closed",
        () -> ofTokens.step(1, tokenState, new float[2]));
    model.close();
  }

  /// The state lies in memory of its own, and can be used with another copy of the model.
  @Test
  void aClosedArenaOfTheModelIsRefused() {
    var copy = SmallModels.compile(SmallModels.lstm(toClose, 1), toClose);
    copy.step(input, state, output);
    toClose.close();
    assertRefused(
        IllegalStateException.class, "Already closed", () -> copy.step(input, state, output));
    assertRefused(
        IllegalStateException.class,
        "Already closed",
        () -> copy.stepAll(manyInputs(), slab, ids, MANY, manyOutputs()));
    model.step(input, state, output);
    assertEquals(3, state.steps());
  }

  @Test
  void aClosedArenaOfInputsOrOutputsIsRefused() {
    var closedInput = SmallModels.floats(toClose, new float[MANY * SmallModels.INPUTS]);
    var closedOutput = SmallModels.outputs(toClose, MANY);
    var closedState = model.newState(toClose);
    toClose.close();
    for (Executable use :
        List.<Executable>of(
            () -> model.step(closedInput, state, output),
            () -> model.step(input, state, closedOutput),
            () -> model.step(input, closedState, output),
            () -> model.stepAll(closedInput, slab, ids, MANY, manyOutputs()),
            () -> model.stepAll(manyInputs(), slab, ids, MANY, closedOutput),
            () -> model.stepAll(input, new StreamingState[] {closedState}, 1, output))) {
      assertRefused(IllegalStateException.class, "Already closed", use);
    }
  }

  @Test
  void memoryOfAnotherThreadAloneIsRefused() throws Exception {
    try (var own = Arena.ofConfined();
        var executor = Executors.newSingleThreadExecutor()) {
      var confinedInput = SmallModels.floats(own, 1, 2, 3);
      var confinedOutput = SmallModels.outputs(own, 1);
      var confinedState = model.newState(own);
      var confinedModel = SmallModels.compile(SmallModels.lstm(own, 1), own);
      for (Runnable use :
          List.<Runnable>of(
              () -> model.step(confinedInput, state, output),
              () -> model.step(input, state, confinedOutput),
              () -> model.step(input, confinedState, output),
              () -> confinedModel.step(input, state, output))) {
        byte[] before = SmallModels.bytes(state);
        var e = assertThrows(ExecutionException.class, () -> executor.submit(use).get());
        assertInstanceOf(WrongThreadException.class, e.getCause());
        assertArrayEquals(before, SmallModels.bytes(state));
      }
      confinedModel.step(input, confinedState, output);
      assertEquals(1, confinedState.steps());
    }
  }

  @Test
  void aStateOfAnotherModelIsRefused() {
    var other = SmallModels.compile(SmallModels.lstm(arena, 2), arena);
    var message =
        "the state is of a model with fingerprint %016x, this one has %016x"
            .formatted(model.fingerprint(), other.fingerprint());
    var elsewhere = other.newState(arena);
    assertRefused(message, () -> other.step(input, state, output));
    assertRefused(message, () -> other.step(new float[3], state, new float[2]));
    assertRefused(message, () -> other.step(input, slab, ids[0], output));
    assertRefused(message, () -> other.stepAll(manyInputs(), slab, ids, MANY, manyOutputs()));
    assertRefused(
        message,
        () ->
            other.stepAll(manyInputs(), new StreamingState[] {elsewhere, state}, 2, manyOutputs()));
    assertEquals(0, elsewhere.steps());
    var toOther =
        "the state is of a model with fingerprint %016x, this one has %016x"
            .formatted(other.fingerprint(), model.fingerprint());
    assertRefused(toOther, () -> state.copyTo(elsewhere));
    other.step(input, elsewhere, output);
  }

  @Test
  void memoryThatIsTooSmallIsRefused() {
    assertRefused(
        "input has 11 bytes, expected 12", () -> model.step(input.asSlice(0, 11), state, output));
    assertRefused(
        "output has 7 bytes, expected 8", () -> model.step(input, state, output.asSlice(0, 7)));
    assertRefused(
        "inputs has 480 bytes, expected 492",
        () -> model.stepAll(manyInputs().asSlice(0, 480), slab, ids, MANY, manyOutputs()));
    assertRefused(
        "outputs has 320 bytes, expected 328",
        () -> model.stepAll(manyInputs(), slab, ids, MANY, manyOutputs().asSlice(0, 320)));
    assertRefused(
        "input is \\[2\\], expected \\[3\\]", () -> model.step(new float[2], state, new float[2]));
    assertRefused(
        "input is \\[4\\], expected \\[3\\]", () -> model.step(new float[4], state, new float[2]));
    assertRefused(
        "output is \\[1\\], expected \\[2\\]", () -> model.step(new float[3], state, new float[1]));
    assertRefused(
        "output is \\[3\\], expected \\[2\\]", () -> ofTokens.step(1, tokenState, new float[3]));
  }

  @Test
  void memoryOnTheHeapIsRefused() {
    var heap = MemorySegment.ofArray(new float[200]);
    assertRefused(
        "input is on the heap, expected native memory", () -> model.step(heap, state, output));
    assertRefused(
        "output is on the heap, expected native memory", () -> model.step(input, state, heap));
    assertRefused(
        "inputs is on the heap, expected native memory",
        () -> model.stepAll(heap, slab, ids, MANY, manyOutputs()));
    assertRefused(
        "outputs is on the heap, expected native memory",
        () -> model.stepAll(manyInputs(), slab, ids, MANY, heap));
  }

  /// Inputs are only read.
  @Test
  void outputsThatAreReadOnlyAreRefusedAndInputsAreNot() {
    assertRefused("output is read-only", () -> model.step(input, state, output.asReadOnly()));
    assertRefused(
        "outputs is read-only",
        () -> model.stepAll(manyInputs(), slab, ids, MANY, manyOutputs().asReadOnly()));
    model.step(input.asReadOnly(), state, output);
    assertEquals(2, state.steps());
  }

  @Test
  void aTokenThatIsNotInTheVocabularyIsRefused() {
    for (int token : new int[] {-1, 7, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      var message = "token is %d, expected 0 to 6".formatted(token);
      assertRefused(
          message, () -> ofTokens.step(SmallModels.tokens(arena, token), tokenState, output));
      assertRefused(message, () -> ofTokens.step(token, tokenState, new float[2]));
      var others = ofTokens.newSlab(MANY, arena);
      int[] named = IntStream.generate(others::take).limit(MANY).toArray();
      var tokens = new int[MANY];
      tokens[MANY - 1] = token;
      assertRefused(
          message,
          () ->
              ofTokens.stepAll(
                  SmallModels.tokens(arena, tokens), others, named, MANY, manyOutputs()));
      for (int id : named) {
        assertEquals(0, others.steps(id));
      }
    }
  }

  @Test
  void aTokenIsNoVectorAndAVectorNoToken() {
    assertRefused(
        "input is \\[1\\], expected a token",
        () -> ofTokens.step(new float[] {1}, tokenState, new float[2]));
    assertRefused("input is a token, expected \\[3\\]", () -> model.step(1, state, new float[2]));
  }

  /// Next to each other, in one block, and in two.
  @Test
  void aStreamThatIsNamedTwiceIsRefused() {
    for (int second : new int[] {1, 7, MANY - 1}) {
      var named = ids.clone();
      named[second] = named[0];
      assertRefused(
          "stream %d is named twice, by ids\\[0\\] and ids\\[%d\\]".formatted(ids[0], second),
          () -> model.stepAll(manyInputs(), slab, named, MANY, manyOutputs()));
      var states = Arrays.stream(named).mapToObj(slab::state).toArray(StreamingState[]::new);
      assertRefused(
          "a state is named twice, by states\\[0\\] and states\\[%d\\]".formatted(second),
          () -> model.stepAll(manyInputs(), states, MANY, manyOutputs()));
    }
  }

  @Test
  void countsAndIdsOutOfRangeAreRefused() {
    var type = IndexOutOfBoundsException.class;
    assertRefused(type, ".*42.*", () -> model.stepAll(manyInputs(), slab, ids, 42, manyOutputs()));
    assertRefused(type, ".*-1.*", () -> model.stepAll(manyInputs(), slab, ids, -1, manyOutputs()));
    var named = ids.clone();
    named[MANY - 1] = MANY;
    assertRefused(
        type,
        "Index 41 out of bounds for length 41",
        () -> model.stepAll(manyInputs(), slab, named, MANY, manyOutputs()));
    assertRefused(
        type, "Index -1 out of bounds for length 41", () -> model.step(input, slab, -1, output));
    model.stepAll(manyInputs(), slab, ids, 0, manyOutputs());
    assertEquals(1, slab.steps(ids[0]));
  }

  @Test
  void nothingInPlaceOfAStateIsRefused() {
    byte[] before = SmallModels.bytes(state);
    assertThrows(
        NullPointerException.class,
        () -> model.stepAll(manyInputs(), new StreamingState[] {state, null}, 2, manyOutputs()));
    assertArrayEquals(before, SmallModels.bytes(state));
  }

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

  /// A stream beside the mistakes goes on with the bits of one that never met them.
  @Test
  void afterRefusalsStreamsGoOnAsIfNothingHadBeen() {
    for (int i = 0; i < 5; i++) {
      assertThrows(
          IllegalArgumentException.class, () -> model.step(input, state, output.asReadOnly()));
      var named = ids.clone();
      named[MANY - 1] = named[0];
      assertThrows(
          IllegalArgumentException.class,
          () -> model.stepAll(manyInputs(), slab, named, MANY, manyOutputs()));
      model.step(input, state, output);
      for (int id : ids) {
        model.step(input, slab, id, output);
      }
    }
    var fresh = model.newState(arena);
    for (int i = 0; i < 6; i++) {
      model.step(input, fresh, output);
    }
    byte[] expected = SmallModels.bytes(fresh);
    assertArrayEquals(expected, SmallModels.bytes(state));
    for (int id : ids) {
      assertArrayEquals(expected, SmallModels.bytes(slab.state(id)));
    }
  }
}
