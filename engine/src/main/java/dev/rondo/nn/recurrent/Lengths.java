package dev.rondo.nn.recurrent;

import dev.rondo.tensor.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// The real steps of a batch. The others are skipped, not multiplied by zero: their values, NaN
/// included, change no output, state or gradient, and their output is 0.
///
///     Lengths.of(7, 0, 5)                       three sequences, padded at their ends
///     Lengths.ofMask(real, Lengths.Gap.CARRY)   any steps may be missing
///
/// Rows need not be sorted. A backward direction starts at the last real step of each row. The last
/// state of a row is that of its last real step in the layer's direction; of a row without any, its
/// initial state. Immutable.
public final class Lengths {
  /// Treatment of the state where steps inside a sequence are missing.
  public enum Gap {
    /// The state is carried over: the step after the gap continues from the step before it, as if
    /// the missing steps were not there (the masking of Keras).
    CARRY,
    /// The state is lost: the step after the gap begins from zero. Missing steps before the first
    /// real one and after the last are padding, not gaps.
    ZERO
  }

  /// Steps of one row that follow each other without a reset of the state.
  static final class RealSteps {
    private final int row;
    private final int[] steps;

    RealSteps(int row, int[] steps) {
      this.row = row;
      this.steps = steps;
    }

    int row() {
      return row;
    }

    /// The number of steps.
    int length() {
      return steps.length;
    }

    /// The time of the run's step `s`.
    int time(int s) {
      return steps[s];
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof RealSteps run && row == run.row && Arrays.equals(steps, run.steps);
    }

    @Override
    public int hashCode() {
      return 31 * row + Arrays.hashCode(steps);
    }

    RealSteps reversed() {
      var reversed = new int[steps.length];
      for (int i = 0; i < steps.length; i++) {
        reversed[i] = steps[steps.length - 1 - i];
      }
      return new RealSteps(row, reversed);
    }
  }

  private final int steps;
  private final List<List<RealSteps>> rows;

  private Lengths(int steps, List<List<RealSteps>> rows) {
    this.steps = steps;
    this.rows = rows;
  }

  /// The first `lengths[b]` steps of row b are real.
  ///
  /// @throws IllegalArgumentException if a length is negative
  public static Lengths of(int... lengths) {
    var rows = new ArrayList<List<RealSteps>>();
    int longest = 0;
    for (int b = 0; b < lengths.length; b++) {
      if (lengths[b] < 0) {
        throw new IllegalArgumentException(
            "lengths[%d] must not be negative, was %d".formatted(b, lengths[b]));
      }
      rows.add(everyStep(b, lengths[b]));
      longest = Math.max(longest, lengths[b]);
    }
    return new Lengths(longest, rows);
  }

  /// The steps of a mask.
  ///
  /// @param real `real[t][b]`: true if step t of row b is real; all inner arrays have the same
  ///   length
  /// @param gap treatment of the state where steps inside a sequence are missing
  /// @throws IllegalArgumentException if the inner arrays differ in length
  public static Lengths ofMask(boolean[][] real, Gap gap) {
    int batchSize = real.length == 0 ? 0 : real[0].length;
    for (int t = 0; t < real.length; t++) {
      if (real[t].length != batchSize) {
        throw new IllegalArgumentException(
            "real[%d] has %d rows, expected %d".formatted(t, real[t].length, batchSize));
      }
    }
    var rows = new ArrayList<List<RealSteps>>();
    for (int b = 0; b < batchSize; b++) {
      rows.add(runs(real, b, gap));
    }
    return new Lengths(real.length, rows);
  }

  /// The runs of a row all of whose steps are real.
  static List<RealSteps> everyStep(int row, int steps) {
    var every = new int[steps];
    Arrays.setAll(every, t -> t);
    return List.of(new RealSteps(row, every));
  }

  private static List<RealSteps> runs(boolean[][] real, int b, Gap gap) {
    var runs = new ArrayList<RealSteps>();
    var current = new ArrayList<Integer>();
    for (int t = 0; t < real.length; t++) {
      if (real[t][b]) {
        current.add(t);
      } else if (gap == Gap.ZERO && !current.isEmpty()) {
        runs.add(run(b, current));
        current.clear();
      }
    }
    if (!current.isEmpty() || runs.isEmpty()) {
      runs.add(run(b, current));
    }
    return List.copyOf(runs);
  }

  private static RealSteps run(int b, List<Integer> steps) {
    return new RealSteps(b, steps.stream().mapToInt(Integer::intValue).toArray());
  }

  /// The same length for all rows.
  ///
  /// @throws IllegalArgumentException if a value is negative
  public static Lengths all(int batchSize, int length) {
    if (batchSize < 0) {
      throw new IllegalArgumentException("batchSize must not be negative, was " + batchSize);
    }
    var lengths = new int[batchSize];
    Arrays.fill(lengths, length);
    return of(lengths);
  }

  /// The number of rows.
  public int batchSize() {
    return rows.size();
  }

  /// The smallest number of steps that a batch may have.
  public int steps() {
    return steps;
  }

  /// The number of real steps of row `b`.
  public int get(int b) {
    return rows.get(b).stream().mapToInt(RealSteps::length).sum();
  }

  /// The real steps of every row.
  public int[] toArray() {
    return IntStream.range(0, rows.size()).map(this::get).toArray();
  }

  /// True if step `t` of row `b` is real.
  public boolean isReal(int t, int b) {
    for (var run : rows.get(b)) {
      if (Arrays.binarySearch(run.steps, t) >= 0) {
        return true;
      }
    }
    return false;
  }

  /// Number of real steps of all rows together.
  public long total() {
    return rows.stream().flatMap(List::stream).mapToLong(RealSteps::length).sum();
  }

  /// The share of a batch of [#steps()] steps that is not real, from 0 to 1; 0 for an empty batch.
  ///
  ///     1 - total / (steps·batchSize)
  public double paddingShare() {
    long cells = (long) steps * rows.size();
    return cells == 0 ? 0 : (double) (cells - total()) / cells;
  }

  /// True where a step is real: `mask[t][b]`.
  ///
  /// @param count steps of the mask, at least [#steps()]
  /// @throws IllegalArgumentException if `count` is less
  public boolean[][] mask(int count) {
    if (count < steps) {
      throw new IllegalArgumentException(
          "count must be at least %d, was %d".formatted(steps, count));
    }
    var mask = new boolean[count][rows.size()];
    for (var runs : rows) {
      for (var run : runs) {
        for (int t : run.steps) {
          mask[t][run.row] = true;
        }
      }
    }
    return mask;
  }

  /// The real steps among `count` steps from `from` on, counted from 0: the lengths of a window of
  /// truncated BPTT. A state that is lost in a gap before the window or at its beginning is lost in
  /// the window too.
  ///
  /// @throws IndexOutOfBoundsException if `from` or `count` is negative
  public Lengths window(int from, int count) {
    Objects.checkFromIndexSize(from, count, Integer.MAX_VALUE);
    var cut = new ArrayList<List<RealSteps>>();
    int end = 0;
    for (int b = 0; b < rows.size(); b++) {
      var runs = new ArrayList<RealSteps>();
      for (int i = 0; i < rows.get(b).size(); i++) {
        var run = rows.get(b).get(i);
        int[] inside =
            Arrays.stream(run.steps)
                .filter(t -> t >= from && t < from + count)
                .map(t -> t - from)
                .toArray();
        boolean begins = run.steps.length > 0 && run.steps[0] >= from;
        if (inside.length > 0) {
          if (i > 0 && begins && runs.isEmpty()) {
            runs.add(new RealSteps(b, new int[0])); // the earlier state ends here
          }
          runs.add(new RealSteps(b, inside));
          end = Math.max(end, inside[inside.length - 1] + 1);
        }
      }
      cut.add(runs.isEmpty() ? everyStep(b, 0) : List.copyOf(runs));
    }
    return new Lengths(end, cut);
  }

  /// Sets the targets of steps that are not real to [Tokens#IGNORED].
  ///
  /// @param targets [steps, batchSize], changed
  /// @return number of targets that are not ignored afterwards
  /// @throws IllegalArgumentException if the sizes do not fit
  public int ignorePadding(Tokens targets) {
    if (targets.batchSize() != rows.size() || targets.steps() < steps) {
      throw new IllegalArgumentException(
          "targets are %s, expected [%d or more, %d]".formatted(targets, steps, rows.size()));
    }
    int count = 0;
    for (int t = 0; t < targets.steps(); t++) {
      for (int b = 0; b < rows.size(); b++) {
        if (!isReal(t, b)) {
          targets.set(t, b, Tokens.IGNORED);
        }
        count += targets.get(t, b) == Tokens.IGNORED ? 0 : 1;
      }
    }
    return count;
  }

  /// The runs of row `b`, at least one, in the order of time.
  List<RealSteps> runs(int b) {
    return rows.get(b);
  }

  /// True if every row has `count` real steps.
  boolean allReal(int count) {
    return rows.stream()
        .allMatch(runs -> runs.size() == 1 && runs.getFirst().steps.length == count);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Lengths lengths && rows.equals(lengths.rows);
  }

  @Override
  public int hashCode() {
    return rows.hashCode();
  }

  /// The real steps of every row.
  @Override
  public String toString() {
    return "Lengths" + Arrays.toString(toArray());
  }
}
