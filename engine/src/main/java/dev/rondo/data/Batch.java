package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.Objects;

/// The data of one training step: inputs, targets, and the lengths of padded sequences.
///
/// ```java
/// Batch.of(tokens, nextTokens)                                      // a language model
/// Batch.of(features, classes).lengths(Lengths.of(7, 3))             // a tagger, padded
/// Batch.of(features, values)                                        // a regression
/// Batch.of(tokens, classes).features(features)                      // two kinds of input
/// ```
///
/// Lengths apply to inputs and targets: the values of a padded step, NaN included, change neither
/// the loss nor a gradient.
///
/// @param tokens input tokens, [steps, batchSize]; null if there are none
/// @param features input vectors, [steps, batchSize, featureSize]; null if there are none
/// @param targets target tokens or classes, for most losses [steps, batchSize], [Tokens#IGNORED]
///   where nothing is to be learned; null if there are none
/// @param values dense targets, for most losses [steps, batchSize, outputSize]; null if there are
///   none
/// @param lengths which steps are real; null if all are
/// @param fresh whether the sequences start here; otherwise they continue those of the previous
///   batch, and the state is carried over
public record Batch(
    Tokens tokens, Tensor features, Tokens targets, Tensor values, Lengths lengths, boolean fresh) {
  /// Checks that the parts are consistent.
  ///
  /// @throws IllegalArgumentException if there is no input, or steps or sequences differ
  public Batch {
    if (tokens == null && features == null) {
      throw new IllegalArgumentException("a batch must have tokens or features as input");
    }
    if (features != null && features.rank() != 3) {
      throw new IllegalArgumentException(
          "features are %s, expected [steps, batchSize, featureSize]".formatted(features));
    }
    if (tokens != null && features != null) {
      if (features.dimension(0) != tokens.steps() || features.dimension(1) != tokens.batchSize()) {
        throw new IllegalArgumentException(
            "features are %s, expected [%d, %d, featureSize], as tokens"
                .formatted(features, tokens.steps(), tokens.batchSize()));
      }
    }
    int steps = tokens == null ? features.dimension(0) : tokens.steps();
    int batchSize = tokens == null ? features.dimension(1) : tokens.batchSize();
    if (lengths != null && (lengths.batchSize() != batchSize || lengths.steps() > steps)) {
      throw new IllegalArgumentException(
          "lengths are of %d sequences of up to %d steps, the inputs are [%d, %d]"
              .formatted(lengths.batchSize(), lengths.steps(), steps, batchSize));
    }
  }

  /// Tokens with a target token or class for each step.
  public static Batch of(Tokens tokens, Tokens targets) {
    return new Batch(tokens, null, targets, null, null, true);
  }

  /// Tokens with dense targets.
  public static Batch of(Tokens tokens, Tensor values) {
    return new Batch(tokens, null, null, values, null, true);
  }

  /// Vectors with a target token or class for each step.
  public static Batch of(Tensor features, Tokens targets) {
    return new Batch(null, features, targets, null, null, true);
  }

  /// Vectors with dense targets.
  public static Batch of(Tensor features, Tensor values) {
    return new Batch(null, features, null, values, null, true);
  }

  /// This batch with vectors in addition to its tokens.
  public Batch features(Tensor newFeatures) {
    return new Batch(tokens, newFeatures, targets, values, lengths, fresh);
  }

  /// This batch with padded steps.
  ///
  /// @param newLengths null if all steps are real
  public Batch lengths(Lengths newLengths) {
    return new Batch(tokens, features, targets, values, newLengths, fresh);
  }

  /// This batch as the beginning of its sequences, or as the continuation of the previous batch.
  public Batch fresh(boolean newFresh) {
    return new Batch(tokens, features, targets, values, lengths, newFresh);
  }

  /// The number of time steps, padding included.
  public int steps() {
    return tokens == null ? features.dimension(0) : tokens.steps();
  }

  /// The number of sequences side by side.
  public int batchSize() {
    return tokens == null ? features.dimension(1) : tokens.batchSize();
  }

  /// The number of targets that count, by which a mean loss divides. For target tokens, those that
  /// are neither ignored nor in a padded step; else for dense targets, their elements in real
  /// steps; without targets, the real steps.
  public int count() {
    if (targets != null) {
      return countedTargets();
    }
    long real = lengths == null ? (long) steps() * batchSize() : lengths.total();
    return Math.toIntExact(values == null ? real : real * values.columns());
  }

  private int countedTargets() {
    boolean stepwise = lengths != null && targets.steps() == steps();
    var real = stepwise ? lengths.mask(steps()) : null;
    int count = 0;
    for (int t = 0; t < targets.steps(); t++) {
      for (int b = 0; b < targets.batchSize(); b++) {
        boolean counts = targets.get(t, b) != Tokens.IGNORED && (real == null || real[t][b]);
        count += counts ? 1 : 0;
      }
    }
    return count;
  }

  /// Steps `from` to `from + count` as a batch over the same memory, with its lengths cut: a window
  /// of truncated BPTT. It is fresh if it is the beginning of a fresh batch.
  ///
  /// @throws IndexOutOfBoundsException if there are no such steps
  /// @throws IllegalStateException if there is not one target for each step
  public Batch window(int from, int count) {
    Objects.checkFromIndexSize(from, count, steps());
    requireStepwise(targets == null ? steps() : targets.steps());
    requireStepwise(values == null ? steps() : values.dimension(0));
    return new Batch(
        tokens == null ? null : tokens.steps(from, count),
        window(features, from, count),
        targets == null ? null : targets.steps(from, count),
        window(values, from, count),
        lengths == null ? null : lengths.window(from, count),
        fresh && from == 0);
  }

  private void requireStepwise(int steps) {
    if (steps != steps()) {
      throw new IllegalStateException(
          "targets have %d steps, windows need one for each of %d".formatted(steps, steps()));
    }
  }

  private Tensor window(Tensor whole, int from, int count) {
    if (whole == null) {
      return null;
    }
    int rows = batchSize();
    return whole.rows(from * rows, count * rows).reshape(count, rows, whole.columns());
  }
}
