package dev.rondo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which tokens a training run gets to see, and how often.
class BatchesTest {
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
  }

  /// 0, 1, 2, ...: a token says where it comes from.
  private static int[] counting(int length) {
    int[] tokens = new int[length];
    Arrays.setAll(tokens, i -> i);
    return tokens;
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @ParameterizedTest
  @CsvSource({"30, 3, 4", "31, 3, 3", "29, 3, 8", "10, 1, 9", "10, 1, 5", "24, 4, 1", "8, 4, 1"})
  void everyTargetOfAColumnComesOnceInOrder(int length, int batchSize, int steps) {
    var windows = ContiguousWindows.of(counting(length), batchSize, steps);
    int column = length / batchSize;
    int[] next = new int[batchSize];
    for (int i = 0; i < windows.batchesPerEpoch(); i++) {
      var batch = windows.batch(0, i, workspace);
      assertEquals(i == 0, batch.fresh());
      assertEquals(batch.targets().size(), batch.count());
      assertTrue(batch.tokens().steps() <= steps && batch.tokens().steps() > 0);
      for (int t = 0; t < batch.tokens().steps(); t++) {
        for (int b = 0; b < batchSize; b++) {
          assertEquals(b * column + next[b], batch.tokens().get(t, b));
          assertEquals(b * column + next[b] + 1, batch.targets().get(t, b));
          next[b]++;
        }
      }
    }
    for (int seen : next) {
      assertEquals(column - 1, seen);
    }
  }

  @Test
  void windowsAreTheSameInEveryEpochAndOrderOfAsking() {
    var windows = ContiguousWindows.of(counting(20), 2, 3);
    var last = windows.batch(5, windows.batchesPerEpoch() - 1, workspace);
    assertEquals(2, windows.batchSize());
    assertEquals(3, windows.batchesPerEpoch());
    assertEquals(9, last.targets().get(last.targets().steps() - 1, 0));
    assertEquals(19, last.targets().get(last.targets().steps() - 1, 1));
  }

  @Test
  void dataThatDoNotFillAWindowAreRefused() {
    assertMessage(
        "7 tokens, expected at least 8: 2 columns of 3 steps and the target of the last",
        () -> ContiguousWindows.of(counting(7), 2, 3));
    assertMessage(
        "batchSize and steps must be positive, were 0 and 3",
        () -> ContiguousWindows.of(counting(7), 0, 3));
    var windows = ContiguousWindows.of(counting(8), 2, 3);
    assertThrows(IndexOutOfBoundsException.class, () -> windows.batch(0, 1, workspace));
  }

  /// Sequence i is i, i + 100, i + 200, ... and has i + 2 tokens.
  private static List<int[]> sequences(int count) {
    var sequences = new ArrayList<int[]>();
    for (int i = 0; i < count; i++) {
      int[] sequence = counting(i + 2);
      for (int t = 0; t < sequence.length; t++) {
        sequence[t] = 100 * t + i;
      }
      sequences.add(sequence);
    }
    return sequences;
  }

  /// The sequences of an epoch in order, each checked for its padding.
  private List<Integer> epoch(WholeSequences batches, long epoch) {
    var seen = new ArrayList<Integer>();
    for (int i = 0; i < batches.batchesPerEpoch(); i++) {
      var batch = batches.batch(epoch, i, workspace);
      assertTrue(batch.fresh());
      int counted = 0;
      int longest = 0;
      for (int b = 0; b < batches.batchSize(); b++) {
        int length = checkRow(batch, b);
        if (length > 0) {
          seen.add(batch.tokens().get(0, b));
        }
        counted += length;
        longest = Math.max(longest, length);
      }
      assertEquals(counted, batch.count());
      assertEquals(longest, batch.tokens().steps());
    }
    return seen;
  }

  /// The targets of sequence `b`, 0 for a row of padding.
  private static int checkRow(Batch batch, int b) {
    int sequence = batch.tokens().get(0, b);
    int length = batch.targets().get(0, b) == Tokens.IGNORED ? 0 : sequence + 1;
    for (int t = 0; t < batch.tokens().steps(); t++) {
      if (t < length) {
        assertEquals(100 * t + sequence, batch.tokens().get(t, b));
        assertEquals(100 * (t + 1) + sequence, batch.targets().get(t, b));
      } else {
        assertEquals(0, batch.tokens().get(t, b));
        assertEquals(Tokens.IGNORED, batch.targets().get(t, b));
      }
    }
    return length;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 3", "6, 3", "5, 8"})
  void everySequenceComesOnceAnEpoch(int count, int batchSize) {
    var batches = WholeSequences.of(sequences(count), batchSize, new CounterRandom(3));
    for (long epoch = 0; epoch < 3; epoch++) {
      int[] seen = epoch(batches, epoch).stream().mapToInt(i -> i).sorted().toArray();
      assertArrayEquals(counting(count), seen);
    }
  }

  @Test
  void theOrderIsNewInEachEpochAndTheSameWhenAskedAgain() {
    var random = new CounterRandom(3);
    var batches = WholeSequences.of(sequences(20), 4, random);
    var first = epoch(batches, 0);
    assertFalse(first.equals(epoch(batches, 1)));
    random.nextInt(); // what else is drawn from it changes nothing
    assertEquals(first, epoch(batches, 0));
    assertEquals(first, epoch(WholeSequences.of(sequences(20), 4, new CounterRandom(3)), 0));
  }

  @Test
  void sequencesWithNothingToPredictAreRefused() {
    var random = new CounterRandom(1);
    assertMessage(
        "sequence 1 has 1 tokens, expected at least 2",
        () -> WholeSequences.of(List.of(new int[2], new int[1]), 1, random));
    assertMessage("sequences must not be empty", () -> WholeSequences.of(List.of(), 1, random));
    assertMessage(
        "batchSize must be positive, was 0",
        () -> WholeSequences.of(List.of(new int[2]), 0, random));
  }
}
