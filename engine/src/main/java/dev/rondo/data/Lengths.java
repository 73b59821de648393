package dev.rondo.data;

import dev.rondo.tensor.Tokens;
import java.util.Arrays;

/// How many steps each sequence of a batch has. Steps beyond that are padding: they stand at the
/// end, and no output, state or gradient may depend on them.
///
/// A length of 0 is a row of nothing but padding. Immutable.
public final class Lengths {
  private final int[] values;

  private Lengths(int[] values) {
    this.values = values;
  }

  /// These lengths, copied.
  ///
  /// @throws IllegalArgumentException if one is negative
  public static Lengths of(int... lengths) {
    int[] values = lengths.clone();
    for (int b = 0; b < values.length; b++) {
      if (values[b] < 0) {
        throw new IllegalArgumentException(
            "lengths[%d] must not be negative, was %d".formatted(b, values[b]));
      }
    }
    return new Lengths(values);
  }

  /// The same length for all.
  ///
  /// @throws IllegalArgumentException if a value is negative
  public static Lengths all(int batchSize, int length) {
    if (batchSize < 0) {
      throw new IllegalArgumentException("batchSize must not be negative, was " + batchSize);
    }
    int[] values = new int[batchSize];
    Arrays.fill(values, length);
    return of(values);
  }

  /// The lengths of a mask that is true where a step counts.
  ///
  /// @param mask `mask[t][b]`, time-major
  /// @throws IllegalArgumentException if rows differ in size, or a step counts after one that does
  ///   not: such a mask can leave out targets ([#ignore]), but is no padding
  public static Lengths ofMask(boolean[][] mask) {
    int[] values = new int[mask.length == 0 ? 0 : mask[0].length];
    for (int t = 0; t < mask.length; t++) {
      requireSize(mask, t, values.length);
      for (int b = 0; b < values.length; b++) {
        if (!mask[t][b]) {
          continue;
        }
        if (values[b] < t) {
          throw new IllegalArgumentException(
              "mask[%d][%d] is true after mask[%d][%d] was false, expected padding at the end only"
                  .formatted(t, b, values[b], b));
        }
        values[b]++;
      }
    }
    return new Lengths(values);
  }

  /// Sets the targets to [Tokens#IGNORED] where the mask, which may be any, is false.
  ///
  /// @param mask `mask[t][b]`, time-major
  /// @param targets [steps, batchSize], changed
  /// @return targets that are not ignored afterwards
  /// @throws IllegalArgumentException if the sizes differ
  public static int ignore(boolean[][] mask, Tokens targets) {
    if (mask.length != targets.steps()) {
      throw new IllegalArgumentException(
          "mask has %d steps, targets are %s".formatted(mask.length, targets));
    }
    int count = 0;
    for (int t = 0; t < mask.length; t++) {
      requireSize(mask, t, targets.batchSize());
      for (int b = 0; b < targets.batchSize(); b++) {
        if (!mask[t][b]) {
          targets.set(t, b, Tokens.IGNORED);
        }
        count += targets.get(t, b) == Tokens.IGNORED ? 0 : 1;
      }
    }
    return count;
  }

  private static void requireSize(boolean[][] mask, int t, int batchSize) {
    if (mask[t].length != batchSize) {
      throw new IllegalArgumentException(
          "mask[%d] has %d sequences, expected %d".formatted(t, mask[t].length, batchSize));
    }
  }

  /// The number of sequences.
  public int batchSize() {
    return values.length;
  }

  /// The steps of sequence `b`.
  public int get(int b) {
    return values[b];
  }

  /// Whether step `t` of sequence `b` is no padding.
  public boolean contains(int t, int b) {
    return t >= 0 && t < values[b];
  }

  /// The largest length, 0 if there is no sequence: the steps of a batch that is no longer than it
  /// has to be.
  public int longest() {
    return Arrays.stream(values).max().orElse(0);
  }

  /// Steps of all sequences, padding not counted.
  public long total() {
    return Arrays.stream(values).asLongStream().sum();
  }

  /// The share of a batch of [#longest()] steps that is padding, from 0 to 1; 0 of an empty one.
  ///
  ///     1 - total / (longest·batchSize)
  public double paddingShare() {
    long cells = (long) longest() * values.length;
    return cells == 0 ? 0 : (double) (cells - total()) / cells;
  }

  /// True where a step counts: `mask[t][b]`, time-major.
  ///
  /// @param steps of the batch, at least [#longest()]
  /// @throws IllegalArgumentException if `steps` is less
  public boolean[][] mask(int steps) {
    if (steps < longest()) {
      throw new IllegalArgumentException(
          "steps must be at least %d, was %d".formatted(longest(), steps));
    }
    var mask = new boolean[steps][values.length];
    for (int t = 0; t < steps; t++) {
      for (int b = 0; b < values.length; b++) {
        mask[t][b] = t < values[b];
      }
    }
    return mask;
  }

  /// The lengths, a copy.
  public int[] toArray() {
    return values.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Lengths lengths && Arrays.equals(values, lengths.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Lengths" + Arrays.toString(values);
  }
}
