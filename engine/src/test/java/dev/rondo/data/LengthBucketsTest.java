package dev.rondo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthBucketsTest {
  private static int[] lengths(int count, int longest) {
    var random = new CounterRandom(9);
    return IntStream.range(0, count).map(_ -> random.nextInt(longest + 1)).toArray();
  }

  private static LengthBuckets buckets(int[] lengths, int batchSize, int width) {
    return LengthBuckets.of(Lengths.of(lengths), batchSize, width, new CounterRandom(5));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "20, 4, 3", "23, 4, 1", "23, 4, 50", "5, 8, 2", "100, 7, 10", "0, 3, 1"})
  void everySequenceComesOnceInBatchesOfOneBucketOrTwo(int count, int batchSize, int width) {
    int[] lengths = lengths(count, 30);
    var buckets = buckets(lengths, batchSize, width);
    for (long epoch = 0; epoch < 3; epoch++) {
      int[][] batches = buckets.epoch(epoch);
      assertEquals(buckets.batchesPerEpoch(), batches.length);
      int[] seen = Stream.of(batches).flatMapToInt(Arrays::stream).sorted().toArray();
      assertArrayEquals(IntStream.range(0, count).toArray(), seen);
      assertEquals(
          count / batchSize, Stream.of(batches).filter(b -> b.length == batchSize).count());
      assertOrdered(batches, lengths, width);
      for (int i = 0; i < batches.length; i++) {
        assertArrayEquals(batches[i], buckets.batch(epoch, i));
      }
    }
  }

  /// Between the shortest and the longest bucket of a batch lies no sequence of another batch.
  private static void assertOrdered(int[][] batches, int[] lengths, int width) {
    int[][] spans =
        Stream.of(batches)
            .map(batch -> Arrays.stream(batch).map(i -> Math.ceilDiv(lengths[i], width)).toArray())
            .map(b ->
                new int[] {Arrays.stream(b).min().getAsInt(), Arrays.stream(b).max().getAsInt()})
            .sorted(Arrays::compare)
            .toArray(int[][]::new);
    for (int i = 1; i < spans.length; i++) {
      assertTrue(spans[i - 1][1] <= spans[i][0], Arrays.deepToString(spans));
    }
  }

  @Test
  void anEpochIsAFunctionOfItsNumber() {
    int[] lengths = lengths(40, 12);
    var first = buckets(lengths, 4, 3);
    int[][] zero = first.epoch(0);
    assertFalse(Arrays.deepEquals(zero, first.epoch(1)));
    assertTrue(Arrays.deepEquals(zero, first.epoch(0)));
    assertArrayEquals(first.epoch(1)[2], first.batch(1, 2));
    assertArrayEquals(zero[2], first.batch(0, 2));
    assertTrue(Arrays.deepEquals(zero, buckets(lengths, 4, 3).epoch(0)));
  }

  /// Batches come in any order of length, and a sequence meets others: of 40 of one length, the
  /// batch of number 0 is nearly always another.
  @Test
  void batchesAreShuffledAndMixed() {
    int[] lengths = IntStream.range(0, 40).map(i -> i / 20 + 1).toArray();
    var buckets = buckets(lengths, 5, 1);
    var companions = new HashSet<List<Integer>>();
    var firstLengths = new HashSet<Integer>();
    for (long epoch = 0; epoch < 20; epoch++) {
      int[][] batches = buckets.epoch(epoch);
      firstLengths.add(lengths[batches[0][0]]);
      for (int[] batch : batches) {
        if (Arrays.stream(batch).anyMatch(i -> i == 0)) {
          companions.add(Arrays.stream(batch).sorted().boxed().toList());
        }
      }
    }
    assertEquals(2, firstLengths.size());
    assertTrue(companions.size() > 15, "companies " + companions.size());
  }

  /// Lengths 1 and 9, two of each, two to a batch. Sorted, nothing is padded. Mixed, each batch is
  /// 1 + 9 of 2·9 steps, 8/18 padding; shuffled orders that pair equals have none.
  @Test
  void paddingIsCountedBeforeAndAfter() {
    var buckets = buckets(new int[] {1, 9, 1, 9}, 2, 1);
    var shares = new HashSet<Double>();
    for (long epoch = 0; epoch < 20; epoch++) {
      assertEquals(0, buckets.paddingShare(epoch));
      shares.add(buckets.paddingShareUnsorted(epoch));
    }
    assertEquals(new HashSet<>(List.of(0.0, 16.0 / 36)), shares);
    // all in one batch: 1 + 2 + 6 of 3·6
    var one = buckets(new int[] {1, 2, 6}, 3, 1);
    assertEquals(0.5, one.paddingShare(0));
    assertEquals(0.5, one.paddingShareUnsorted(0));
    assertEquals(0, buckets(new int[] {0, 0}, 2, 1).paddingShare(0));
  }

  @Test
  void aWiderBucketPadsMore() {
    int[] lengths = lengths(500, 60);
    double narrow = buckets(lengths, 10, 1).paddingShare(0);
    double wide = buckets(lengths, 10, 20).paddingShare(0);
    double whole = buckets(lengths, 10, 60).paddingShare(0);
    assertTrue(narrow < 0.03, "narrow " + narrow);
    assertTrue(narrow < wide && wide < 0.7 * whole, "wide " + wide + " of " + whole);
  }

  /// Token 0 of sequence i is i, and it has i % 7 + 2 tokens: five sequences each of 1 to 5 steps,
  /// four of 6 and of 7. Sorted in fours, with what is padded:
  ///
  ///     1111 1222 2233 3334 4444 5555 5666 6777 7
  ///        0    1    2    3    0    0    1    1 0
  @Test
  void wholeSequencesMayBeBucketed() {
    var sequences = new ArrayList<int[]>();
    for (int i = 0; i < 33; i++) {
      int[] sequence = new int[i % 7 + 2];
      sequence[0] = i;
      sequences.add(sequence);
    }
    var batches = WholeSequences.of(sequences, 4, new CounterRandom(2)).bucketed(1);
    var seen = new ArrayList<Integer>();
    try (var workspace = new Workspace()) {
      long cells = 0;
      long filled = 0;
      for (int i = 0; i < batches.batchesPerEpoch(); i++) {
        var batch = batches.batch(3, i, workspace);
        assertEquals(4, batch.inputs().batchSize());
        assertEquals(batch.lengths().total(), batch.count());
        assertEquals(batch.lengths().steps(), batch.inputs().steps());
        for (int b = 0; b < 4; b++) {
          if (batch.lengths().get(b) > 0) {
            int first = batch.inputs().get(0, b);
            assertEquals(first % 7 + 1, batch.lengths().get(b));
            seen.add(first);
            cells += batch.inputs().steps();
            filled += batch.lengths().get(b);
          }
        }
      }
      assertEquals(8, cells - filled);
    }
    assertEquals(IntStream.range(0, 33).boxed().toList(), seen.stream().sorted().toList());
  }

  @Test
  void sizesAreChecked() {
    assertEquals(
        "batchSize and width must be positive, were 0 and 1",
        assertThrows(IllegalArgumentException.class, () -> buckets(new int[3], 0, 1)).getMessage());
  }
}
