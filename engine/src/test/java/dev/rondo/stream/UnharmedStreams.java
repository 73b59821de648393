package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/// Streams that a mistake must leave as they are.
abstract class UnharmedStreams {
  /// More than one block of the largest program.
  static final int MANY = 41;

  final Arena arena = Arena.ofShared();

  /// Closed in the middle of a test.
  final Arena toClose = Arena.ofShared();

  final StreamingModel model = SmallModels.compile(SmallModels.lstm(arena, 1), arena);
  final StreamingModel ofTokens = SmallModels.compile(SmallModels.gruOfTokens(arena, 1), arena);
  final MemorySegment input = SmallModels.floats(arena, 0.5f, -1, 2);
  final MemorySegment output = SmallModels.outputs(arena, 1);
  final StreamingState state = model.newState(arena);
  final StreamingState tokenState = ofTokens.newState(arena);

  /// Streams that are not part of any mistake, or only beside one.
  final StateSlab slab = model.newSlab(MANY, arena);

  final int[] ids = new int[MANY];

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
  final <T extends RuntimeException> void assertRefused(
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

  final void assertRefused(String message, Executable use) {
    assertRefused(IllegalArgumentException.class, message, use);
  }

  final MemorySegment manyInputs() {
    return SmallModels.floats(arena, new float[MANY * SmallModels.INPUTS]);
  }

  final MemorySegment manyOutputs() {
    return SmallModels.outputs(arena, MANY);
  }
}
