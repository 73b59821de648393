package dev.rondo.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoadedAheadTest {
  private static final int BATCHES = 5;

  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
  }

  /// Batches that say which they are, and a record of what was asked for.
  private static class Counting implements Batches {
    final List<String> made = new CopyOnWriteArrayList<>();
    final List<Thread> makers = new CopyOnWriteArrayList<>();
    volatile boolean fails;

    @Override
    public int batchSize() {
      return 2;
    }

    @Override
    public int batchesPerEpoch() {
      return BATCHES;
    }

    @Override
    public Batch batch(long epoch, int index, Workspace memory) {
      makers.add(Thread.currentThread());
      made.add(epoch + "/" + index);
      if (fails && index == 2) {
        throw new IllegalArgumentException("line 7 is no number");
      }
      var tokens = memory.tokens(3, 2);
      var features = memory.zeros(ElementType.FLOAT32, 3, 2, 5);
      var values = memory.zeros(ElementType.FLOAT32, 3, 2, 1);
      var targets = memory.tokens(3, 2);
      tokens.set(2, 1, (int) (100 * epoch) + index);
      targets.set(1, 0, index);
      features.set(5, 4, index / 3.0);
      values.set(5, 0, epoch / 3.0);
      return new Batch(tokens, features, targets, values, Lengths.of(3, 2), index == 0);
    }
  }

  private static void assertIs(long epoch, int index, Batch batch) {
    assertEquals(100 * epoch + index, batch.tokens().get(2, 1));
    assertEquals(index, batch.targets().get(1, 0));
    assertEquals((float) (index / 3.0), batch.features().get(5, 4));
    assertEquals((float) (epoch / 3.0), batch.values().get(5, 0));
    assertEquals(Lengths.of(3, 2), batch.lengths());
    assertEquals(index == 0, batch.fresh());
  }

  @Test
  void theyAreTheBatchesOfTheSourceInOrder() {
    var source = new Counting();
    try (var ahead = source.ahead(3)) {
      assertEquals(2, ahead.batchSize());
      assertEquals(BATCHES, ahead.batchesPerEpoch());
      for (long epoch = 0; epoch < 3; epoch++) {
        for (int index = 0; index < BATCHES; index++) {
          assertIs(epoch, index, ahead.batch(epoch, index, workspace));
        }
      }
      assertEquals(1, source.makers.stream().distinct().count());
      assertTrue(source.makers.stream().noneMatch(maker -> maker == Thread.currentThread()));
      // each was made once, in order
      var expected = new String[3 * BATCHES];
      Arrays.setAll(expected, i -> i / BATCHES + "/" + i % BATCHES);
      assertEquals(List.of(expected), source.made.subList(0, 3 * BATCHES));
    }
  }

  @Test
  void asManyAreMadeAheadAsWereAskedFor() throws InterruptedException {
    var sixth = new CountDownLatch(1);
    var source =
        new Counting() {
          @Override
          public Batch batch(long epoch, int index, Workspace memory) {
            if (epoch == 1 && index == 0) {
              sixth.countDown();
            }
            return super.batch(epoch, index, memory);
          }
        };
    try (var ahead = source.ahead(4)) {
      assertIs(0, 0, ahead.batch(0, 0, workspace));
      assertFalse(sixth.await(100, TimeUnit.MILLISECONDS)); // 1 to 4 fill the places
      assertIs(0, 1, ahead.batch(0, 1, workspace));
      assertTrue(sixth.await(30, TimeUnit.SECONDS)); // without anyone asking for it
    }
  }

  /// As after a checkpoint is restored, and when a validation begins anew.
  @Test
  void anyBatchMayBeAskedFor() {
    try (var ahead = new Counting().ahead(2)) {
      assertIs(0, 0, ahead.batch(0, 0, workspace));
      assertIs(7, 3, ahead.batch(7, 3, workspace));
      assertIs(7, 4, ahead.batch(7, 4, workspace));
      assertIs(8, 0, ahead.batch(8, 0, workspace));
      assertIs(0, 2, ahead.batch(0, 2, workspace));
      assertIs(0, 2, ahead.batch(0, 2, workspace));
      assertIs(0, 3, ahead.batch(0, 3, workspace));
      assertThrows(IndexOutOfBoundsException.class, () -> ahead.batch(0, BATCHES, workspace));
    }
  }

  @Test
  void anExceptionOfTheSourceReachesWhoeverAsks() {
    var source = new Counting();
    source.fails = true;
    try (var ahead = source.ahead(4)) {
      assertIs(0, 0, ahead.batch(0, 0, workspace));
      assertIs(0, 1, ahead.batch(0, 1, workspace));
      var failure = assertThrows(IllegalStateException.class, () -> ahead.batch(0, 2, workspace));
      assertEquals("batch 2 of epoch 0 could not be loaded", failure.getMessage());
      assertEquals("line 7 is no number", failure.getCause().getMessage());
      assertSame(IllegalArgumentException.class, failure.getCause().getClass());
      assertThrows(IllegalStateException.class, () -> ahead.batch(0, 2, workspace));
      source.fails = false;
      assertIs(0, 2, ahead.batch(0, 2, workspace));
      assertIs(0, 3, ahead.batch(0, 3, workspace));
    }
  }

  @Test
  @SuppressWarnings("try") // closed twice
  void noThreadIsStartedBeforeABatchIsAskedForAndNoneIsLeft() {
    var source = new Counting();
    try (var ahead = source.ahead(2)) {
      assertNull(loader());
      ahead.batch(0, 0, workspace);
      var loader = source.makers.getFirst();
      assertTrue(loader.isAlive() && loader.isDaemon());
      ahead.close();
      assertFalse(loader.isAlive());
      ahead.close();
      assertEquals(
          "the batches that are loaded ahead are closed",
          assertThrows(IllegalStateException.class, () -> ahead.batch(0, 1, workspace))
              .getMessage());
    }
    try (var unused = source.ahead(1)) {
      assertEquals(2, unused.batchSize());
    }
    assertEquals(
        "count must be positive, was 0",
        assertThrows(IllegalArgumentException.class, () -> source.ahead(0)).getMessage());
  }

  private static Thread loader() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("rondo-batches"))
        .findFirst()
        .orElse(null);
  }

  /// The source waits for something that never comes.
  @Test
  void aSourceThatWaitsIsInterruptedByClose() {
    var never = new CountDownLatch(1);
    var source =
        new Counting() {
          @Override
          public Batch batch(long epoch, int index, Workspace memory) {
            var batch = super.batch(epoch, index, memory);
            if (index == 1) {
              try {
                never.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
              }
            }
            return batch;
          }
        };
    try (var ahead = source.ahead(3)) {
      assertIs(0, 0, ahead.batch(0, 0, workspace));
    }
    assertFalse(source.makers.getFirst().isAlive());
  }
}
