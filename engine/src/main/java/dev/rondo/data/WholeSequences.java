package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Sequences that are trained whole, from a zero state: the data of full BPTT. Each epoch takes
/// them in a new order. Shorter sequences of a batch are padded at the end; the batch's lengths
/// mark this.
///
/// A sequence of n tokens has n - 1 targets. The last batch of an epoch, or one of the batches if
/// they are [bucketed][#bucketed(int)], may have padding rows, of length 0.
public final class WholeSequences implements Batches {
  private final List<int[]> sequences;
  private final int batchSize;
  private final CounterRandom random;
  private final LengthBuckets buckets;

  private WholeSequences(
      List<int[]> sequences, int batchSize, CounterRandom random, LengthBuckets buckets) {
    this.sequences = sequences;
    this.batchSize = batchSize;
    this.random = random;
    this.buckets = buckets;
  }

  /// Batches of `sequences`, whose arrays are not copied.
  ///
  /// @param random decides the order of each epoch; only its key is used
  /// @throws IllegalArgumentException if there is no sequence, or one of fewer than two tokens
  public static WholeSequences of(List<int[]> sequences, int batchSize, CounterRandom random) {
    if (batchSize <= 0) {
      throw new IllegalArgumentException("batchSize must be positive, was " + batchSize);
    }
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("sequences must not be empty");
    }
    for (int i = 0; i < sequences.size(); i++) {
      if (sequences.get(i).length < 2) {
        throw new IllegalArgumentException(
            "sequence %d has %d tokens, expected at least 2".formatted(i, sequences.get(i).length));
      }
    }
    return new WholeSequences(List.copyOf(sequences), batchSize, random, null);
  }

  /// The same sequences in batches of similar length, with less padding.
  ///
  /// @param width see [LengthBuckets]
  /// @throws IllegalArgumentException if `width` is not positive
  public WholeSequences bucketed(int width) {
    var lengths = Lengths.of(sequences.stream().mapToInt(s -> s.length - 1).toArray());
    var byLength = LengthBuckets.of(lengths, batchSize, width, random);
    return new WholeSequences(sequences, batchSize, random, byLength);
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public int batchesPerEpoch() {
    return Math.ceilDiv(sequences.size(), batchSize);
  }

  @Override
  public Batch batch(long epoch, int index, Workspace workspace) {
    Objects.checkIndex(index, batchesPerEpoch());
    int[] chosen = chosen(epoch, index);
    int[] lengths = new int[batchSize];
    for (int b = 0; b < chosen.length; b++) {
      lengths[b] = sequences.get(chosen[b]).length - 1;
    }
    int steps = Arrays.stream(lengths).max().orElse(0);
    var inputs = workspace.tokens(steps, batchSize);
    var targets = workspace.tokens(steps, batchSize);
    for (int b = 0; b < batchSize; b++) {
      int[] sequence = b < chosen.length ? sequences.get(chosen[b]) : new int[] {0};
      for (int t = 0; t < steps; t++) {
        boolean inside = t < lengths[b];
        inputs.set(t, b, inside ? sequence[t] : 0);
        targets.set(t, b, inside ? sequence[t + 1] : Tokens.IGNORED);
      }
    }
    return Batch.of(inputs, targets).lengths(Lengths.of(lengths));
  }

  /// The sequences of a batch: as many as it has rows, or the remaining ones of an epoch.
  private int[] chosen(long epoch, int index) {
    if (buckets != null) {
      return buckets.batch(epoch, index);
    }
    int[] order = order(epoch);
    int from = index * batchSize;
    return Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length));
  }

  private int[] order(long epoch) {
    int[] order = new int[sequences.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    random.fork(epoch).shuffle(order);
    return order;
  }
}
