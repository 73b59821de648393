package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A choice of sequences for each batch, in a new order each epoch. Sequences of similar length are
/// put together, so that there is little padding.
///
/// Sequences are shuffled, then sorted by bucket (lengths 1 to `width`, then to `2·width`, and so
/// on; the order within a bucket stays shuffled). They are then cut into batches, whose order is
/// shuffled in turn. A batch may span two buckets, so that only one batch of an epoch has fewer
/// than `batchSize` sequences. Every sequence occurs once. An epoch is a pure function of its
/// number.
///
/// A small width gives less padding, a large one more mixing. With 1, only sequences of equal
/// length exchange places; with the largest length, all do.
public final class LengthBuckets {
  private final int[] lengths;
  private final int batchSize;
  private final int width;
  private final CounterRandom random;

  /// The epoch of the last request: batches are requested one by one.
  private volatile Epoch last;

  private record Epoch(long number, List<int[]> batches) {}

  private LengthBuckets(int[] lengths, int batchSize, int width, CounterRandom random) {
    this.lengths = lengths;
    this.batchSize = batchSize;
    this.width = width;
    this.random = random;
  }

  /// Creates buckets for sequences of these lengths.
  ///
  /// @param lengths of all sequences
  /// @param batchSize sequences of a batch
  /// @param width number of lengths in a bucket
  /// @param random decides the order of each epoch; only its key is used
  /// @throws IllegalArgumentException if a size is not positive
  public static LengthBuckets of(Lengths lengths, int batchSize, int width, CounterRandom random) {
    if (batchSize <= 0 || width <= 0) {
      throw new IllegalArgumentException(
          "batchSize and width must be positive, were %d and %d".formatted(batchSize, width));
    }
    return new LengthBuckets(lengths.toArray(), batchSize, width, random);
  }

  /// Number of batches of an epoch.
  public int batchesPerEpoch() {
    return Math.ceilDiv(lengths.length, batchSize);
  }

  /// The sequences of a batch, by number.
  ///
  /// @param epoch from 0
  /// @param index from 0, below [#batchesPerEpoch()]
  public int[] batch(long epoch, int index) {
    var known = last;
    if (known == null || known.number != epoch) {
      known = new Epoch(epoch, List.of(epoch(epoch)));
      last = known;
    }
    return known.batches.get(index).clone();
  }

  /// The sequences of each batch, by number, in the order of an epoch.
  public int[][] epoch(long epoch) {
    var draws = random.fork(epoch);
    int[] order = shuffled(draws);
    int[] sorted =
        Arrays.stream(order)
            .boxed()
            .sorted(Comparator.comparingInt(i -> Math.ceilDiv(lengths[i], width)))
            .mapToInt(Integer::intValue)
            .toArray();
    int[][] batches = cut(sorted);
    int[] places = IntStream.range(0, batches.length).toArray();
    draws.shuffle(places);
    var result = new int[batches.length][];
    Arrays.setAll(result, i -> batches[places[i]]);
    return result;
  }

  /// The share of steps in the batches of an epoch that are padding, each batch being as long as
  /// its longest sequence: from 0 to 1.
  public double paddingShare(long epoch) {
    return paddingShare(epoch(epoch));
  }

  /// The share of padding, as [#paddingShare(long)], if sequences were shuffled and batched
  /// regardless of their length.
  public double paddingShareUnsorted(long epoch) {
    return paddingShare(cut(shuffled(random.fork(epoch))));
  }

  private int[] shuffled(CounterRandom draws) {
    int[] order = IntStream.range(0, lengths.length).toArray();
    draws.shuffle(order);
    return order;
  }

  private int[][] cut(int[] order) {
    var batches = new int[batchesPerEpoch()][];
    Arrays.setAll(
        batches,
        i -> {
          int from = i * batchSize;
          return Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length));
        });
    return batches;
  }

  private double paddingShare(int[][] batches) {
    long cells = 0;
    long filled = 0;
    for (int[] batch : batches) {
      var inside = Lengths.of(Arrays.stream(batch).map(i -> lengths[i]).toArray());
      cells += (long) inside.steps() * batch.length;
      filled += inside.total();
    }
    return cells == 0 ? 0 : (double) (cells - filled) / cells;
  }
}
