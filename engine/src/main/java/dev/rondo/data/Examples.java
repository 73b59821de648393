package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// Sequences with a target for each of their steps: taggers, and models that predict numbers.
/// Batches are padded at the ends of shorter sequences; each epoch takes them in a new order.
///
/// ```java
/// Examples.ofTokens(sentences).classes(tags).batches(32, random)        // int[] and int[]
/// Examples.ofFeatures(signals).values(targets).batches(32, random)      // float[][] and float[][]
/// ```
///
/// The last batch of an epoch may have sequences of padding, of length 0. An epoch is a pure
/// function of its number.
public final class Examples implements Batches {
  private final List<int[]> tokens;
  private final List<float[][]> features;
  private final List<int[]> classes;
  private final List<float[][]> values;
  private final int[] lengths;
  private final int batchSize;
  private final CounterRandom random;
  private final LengthBuckets buckets;

  private Examples(
      Inputs inputs,
      List<int[]> classes,
      List<float[][]> values,
      int batchSize,
      CounterRandom random,
      LengthBuckets buckets) {
    this.tokens = inputs.tokens;
    this.features = inputs.features;
    this.lengths = inputs.lengths;
    this.classes = classes;
    this.values = values;
    this.batchSize = batchSize;
    this.random = random;
    this.buckets = buckets;
  }

  /// Sequences of tokens, which are not copied.
  ///
  /// @throws IllegalArgumentException if there is no sequence, or one is empty
  public static Inputs ofTokens(List<int[]> sequences) {
    return new Inputs(
        List.copyOf(sequences), null, sequences.stream().mapToInt(s -> s.length).toArray());
  }

  /// Sequences of vectors, `[t][feature]`, which are not copied.
  ///
  /// @throws IllegalArgumentException if there is no sequence, one is empty, or vectors differ in
  ///   size
  public static Inputs ofFeatures(List<float[][]> sequences) {
    var inputs =
        new Inputs(
            null, List.copyOf(sequences), sequences.stream().mapToInt(s -> s.length).toArray());
    requireVectors("features", sequences, inputs.lengths);
    return inputs;
  }

  /// Sequences without their targets yet.
  public static final class Inputs {
    private final List<int[]> tokens;
    private final List<float[][]> features;
    private final int[] lengths;

    private Inputs(List<int[]> tokens, List<float[][]> features, int[] lengths) {
      this.tokens = tokens;
      this.features = features;
      this.lengths = lengths;
      if (lengths.length == 0) {
        throw new IllegalArgumentException("sequences must not be empty");
      }
      for (int i = 0; i < lengths.length; i++) {
        if (lengths[i] == 0) {
          throw new IllegalArgumentException("sequence %d is empty".formatted(i));
        }
      }
    }

    /// With a class for each step, [Tokens#IGNORED] where nothing is to be learned.
    ///
    /// @throws IllegalArgumentException if a sequence does not have one class for each step
    public Labelled classes(List<int[]> classes) {
      requireLengths(classes.stream().mapToInt(c -> c.length).toArray(), lengths);
      return new Labelled(this, List.copyOf(classes), null);
    }

    /// With a vector of target values for each step, `[t][output]`.
    ///
    /// @throws IllegalArgumentException if a sequence does not have one vector for each step, or
    ///   vectors differ in size
    public Labelled values(List<float[][]> values) {
      requireLengths(values.stream().mapToInt(v -> v.length).toArray(), lengths);
      requireVectors("values", values, lengths);
      return new Labelled(this, null, List.copyOf(values));
    }
  }

  /// Sequences with their targets, to be cut into batches.
  public static final class Labelled {
    private final Inputs inputs;
    private final List<int[]> classes;
    private final List<float[][]> values;

    private Labelled(Inputs inputs, List<int[]> classes, List<float[][]> values) {
      this.inputs = inputs;
      this.classes = classes;
      this.values = values;
    }

    /// Batches of these sequences.
    ///
    /// @param random decides the order of each epoch; only its key is used
    /// @throws IllegalArgumentException if `batchSize` is not positive
    public Examples batches(int batchSize, CounterRandom random) {
      if (batchSize <= 0) {
        throw new IllegalArgumentException("batchSize must be positive, was " + batchSize);
      }
      return new Examples(inputs, classes, values, batchSize, random, null);
    }
  }

  private static void requireLengths(int[] targets, int[] lengths) {
    if (targets.length != lengths.length) {
      throw new IllegalArgumentException(
          "there are targets of %d sequences, expected %d"
              .formatted(targets.length, lengths.length));
    }
    for (int i = 0; i < lengths.length; i++) {
      if (targets[i] != lengths[i]) {
        throw new IllegalArgumentException(
            "sequence %d has %d targets, expected one for each of its %d steps"
                .formatted(i, targets[i], lengths[i]));
      }
    }
  }

  private static void requireVectors(String name, List<float[][]> sequences, int[] lengths) {
    int size = sequences.getFirst()[0].length;
    for (int i = 0; i < lengths.length; i++) {
      for (int t = 0; t < lengths[i]; t++) {
        if (sequences.get(i)[t].length != size || size == 0) {
          throw new IllegalArgumentException(
              "%s of step %d of sequence %d have %d numbers, expected %d and at least one"
                  .formatted(name, t, i, sequences.get(i)[t].length, size));
        }
      }
    }
  }

  /// The same sequences in batches of similar length, with less padding.
  ///
  /// @param width see [LengthBuckets]
  /// @throws IllegalArgumentException if `width` is not positive
  public Examples bucketed(int width) {
    var byLength = LengthBuckets.of(Lengths.of(lengths), batchSize, width, random);
    return new Examples(
        new Inputs(tokens, features, lengths), classes, values, batchSize, random, byLength);
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public int batchesPerEpoch() {
    return Math.ceilDiv(lengths.length, batchSize);
  }

  @Override
  public Batch batch(long epoch, int index, Workspace workspace) {
    Objects.checkIndex(index, batchesPerEpoch());
    int[] chosen = chosen(epoch, index);
    var inside = Lengths.of(Arrays.copyOf(of(chosen), batchSize));
    return new Batch(
        tokens == null ? null : tokens(tokens, chosen, 0, workspace),
        features == null ? null : vectors(features, chosen, workspace),
        classes == null ? null : tokens(classes, chosen, Tokens.IGNORED, workspace),
        values == null ? null : vectors(values, chosen, workspace),
        inside,
        true);
  }

  private int[] of(int[] chosen) {
    return Arrays.stream(chosen).map(i -> lengths[i]).toArray();
  }

  /// The chosen rows, and empty ones up to the size of a batch.
  private Tokens tokens(List<int[]> all, int[] chosen, int padding, Workspace workspace) {
    var rows = new ArrayList<int[]>();
    for (int b = 0; b < batchSize; b++) {
      rows.add(b < chosen.length ? all.get(chosen[b]) : new int[0]);
    }
    return PaddedTokens.of(rows, padding, workspace).tokens();
  }

  private Tensor vectors(List<float[][]> all, int[] chosen, Workspace workspace) {
    var rows = new ArrayList<float[][]>();
    for (int b = 0; b < batchSize; b++) {
      rows.add(b < chosen.length ? all.get(chosen[b]) : new float[0][]);
    }
    int size = all.getFirst()[0].length;
    return PaddedFeatures.of(rows, size, ElementType.FLOAT32, workspace).features();
  }

  private int[] chosen(long epoch, int index) {
    if (buckets != null) {
      return buckets.batch(epoch, index);
    }
    int[] order = IntStream.range(0, lengths.length).toArray();
    random.fork(epoch).shuffle(order);
    int from = index * batchSize;
    return Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length));
  }
}
