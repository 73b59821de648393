package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// Ids are handed out once, returned once, and a state that was returned is nobody's.
class StateSlabTest {
  private static final int CAPACITY = 5;

  private final Arena arena = Arena.ofShared();
  private final StreamingModel model = SmallModels.compile(SmallModels.lstm(arena, 1), arena);
  private final StateSlab slab = model.newSlab(CAPACITY, arena);
  private final MemorySegment input = SmallModels.floats(arena, 0.5f, -1, 2);
  private final MemorySegment output = SmallModels.outputs(arena, 1);

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void idsAreHandedOutUntilThereAreNoMore() {
    var ids = new HashSet<Integer>();
    for (int i = 0; i < CAPACITY; i++) {
      assertEquals(i, slab.size());
      int id = slab.take();
      assertTrue(ids.add(id) && id >= 0 && id < CAPACITY, "id " + id);
    }
    var e = assertThrows(IllegalStateException.class, slab::take);
    assertEquals("all 5 states are handed out", e.getMessage());
    slab.release(3);
    assertEquals(CAPACITY - 1, slab.size());
    assertEquals(3, slab.take(), "the only one that is free");
    assertEquals(CAPACITY, slab.capacity());
    assertEquals(CAPACITY * model.stateLayout().bytes(), slab.segment().byteSize());
  }

  @Test
  void aSlabHasRoomForOneAtLeast() {
    for (int capacity : new int[] {0, -1}) {
      var e = assertThrows(IllegalArgumentException.class, () -> model.newSlab(capacity, arena));
      assertEquals("capacity must be positive, was " + capacity, e.getMessage());
    }
  }

  /// Neither through the slab nor through what still looks like a state.
  @Test
  void aStateThatWasReturnedIsNobodys() {
    int id = slab.take();
    int other = slab.take();
    var state = slab.state(id);
    var snapshot = ByteBuffer.allocate(state.snapshotBytes());
    state.write(snapshot);
    slab.release(id);
    byte[] before = slab.segment().toArray(ValueLayout.JAVA_BYTE);
    for (Executable use :
        List.<Executable>of(
            () -> model.step(input, slab, id, output),
            () -> model.step(input, state, output),
            () -> model.stepAll(input, slab, new int[] {id}, 1, output),
            () -> slab.release(id),
            () -> slab.steps(id),
            () -> slab.reset(id),
            () -> slab.copy(id, other),
            () -> slab.copy(other, id),
            () -> slab.state(id),
            () -> slab.write(id, ByteBuffer.allocate(1000)),
            () -> slab.read(id, snapshot.flip()),
            state::reset,
            () -> state.read(snapshot.flip()),
            () -> state.write(ByteBuffer.allocate(1000)),
            () -> state.fork(arena),
            () -> slab.state(other).copyTo(state))) {
      var e = assertThrows(IllegalArgumentException.class, use);
      assertEquals("the state is not handed out", e.getMessage());
      assertArrayEquals(before, slab.segment().toArray(ValueLayout.JAVA_BYTE));
    }
    for (int never : new int[] {-1, CAPACITY}) {
      assertThrows(IndexOutOfBoundsException.class, () -> slab.release(never));
      assertThrows(IndexOutOfBoundsException.class, () -> slab.state(never));
    }
  }

  /// As an allocator gives it that goes over the same memory again.
  @Test
  void memoryThatWasASlabBeforeBeginsWithNobodysStates() {
    long bytes = CAPACITY * model.stateLayout().bytes();
    var memory = arena.allocate(bytes, StateLayout.HEADER_BYTES);
    var first = model.newSlab(CAPACITY, SegmentAllocator.prefixAllocator(memory));
    int id = first.take();
    model.step(input, first, id, output);
    var second = model.newSlab(CAPACITY, SegmentAllocator.prefixAllocator(memory));
    assertEquals(0, second.size());
    var e = assertThrows(IllegalArgumentException.class, () -> second.state(id));
    assertEquals("the state is not handed out", e.getMessage());
    int again = second.take();
    assertEquals(0, second.steps(again));
    assertArrayEquals(
        SmallModels.bytes(model.newState(arena)), SmallModels.bytes(second.state(again)));
  }

  /// Neighbours in memory are not touched by a step.
  @Test
  void aStepWritesNothingButItsOwnState() {
    for (int i = 0; i < CAPACITY; i++) {
      slab.take();
    }
    long bytes = model.stateLayout().bytes();
    byte[] before = slab.segment().toArray(ValueLayout.JAVA_BYTE);
    model.step(input, slab, 2, output);
    byte[] after = slab.segment().toArray(ValueLayout.JAVA_BYTE);
    for (int i = 0; i < before.length; i++) {
      if (i / bytes != 2) {
        assertEquals(before[i], after[i], "byte " + i);
      }
    }
    assertEquals(1, slab.steps(2));
  }

  /// Nobody gets what somebody has.
  @Test
  void anyThreadsMayTakeAndReturnAtOnce() throws Exception {
    var large = model.newSlab(64, arena);
    var owned = ConcurrentHashMap.<Integer>newKeySet();
    Callable<Void> worker =
        () -> {
          var mine = new ArrayList<Integer>();
          for (int i = 0; i < 2000; i++) {
            if (mine.size() < 16 && i % 3 != 2) {
              int id = large.take();
              assertTrue(owned.add(id), () -> "handed out twice: " + id);
              mine.add(id);
            } else {
              int id = mine.removeFirst();
              owned.remove(id);
              large.release(id);
            }
          }
          return null;
        };
    try (var executor = Executors.newFixedThreadPool(4)) {
      for (var done : executor.invokeAll(List.of(worker, worker, worker, worker))) {
        done.get();
      }
    }
    assertEquals(owned.size(), large.size());
  }
}
