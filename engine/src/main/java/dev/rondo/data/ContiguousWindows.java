package dev.rondo.data;

import dev.rondo.tensor.Workspace;
import java.util.Objects;

/// One long sequence cut into columns that are read side by side, window after window: the data of
/// truncated BPTT with carried state.
///
/// Column b is tokens `b·length` to `(b+1)·length`, with `length = tokens / batchSize`; the
/// remainder at the end is not used. Window w holds steps `w·steps` to `(w+1)·steps` of every
/// column; the last one may be shorter, so that every target of a column counts once per epoch.
/// States are zero at the start of an epoch and carried from window to window.
public final class ContiguousWindows implements Batches {
  private final int[] tokens;
  private final int batchSize;
  private final int steps;
  private final int columnLength;
  private final int windowsPerStart;

  private ContiguousWindows(int[] tokens, int batchSize, int steps, int windowsPerStart) {
    this.tokens = tokens;
    this.batchSize = batchSize;
    this.steps = steps;
    this.columnLength = tokens.length / batchSize;
    this.windowsPerStart = windowsPerStart;
  }

  /// Windows over `tokens`, which are not copied.
  ///
  /// @param batchSize columns
  /// @param steps the longest window, within which the gradient reaches back
  /// @throws IllegalArgumentException if the tokens do not fill one window
  public static ContiguousWindows of(int[] tokens, int batchSize, int steps) {
    if (batchSize <= 0 || steps <= 0) {
      throw new IllegalArgumentException(
          "batchSize and steps must be positive, were %d and %d".formatted(batchSize, steps));
    }
    long needed = (long) batchSize * (steps + 1L);
    if (tokens.length < needed) {
      throw new IllegalArgumentException(
          "%d tokens, expected at least %d: %d columns of %d steps and the target of the last"
              .formatted(tokens.length, needed, batchSize, steps));
    }
    return new ContiguousWindows(tokens, batchSize, steps, Integer.MAX_VALUE);
  }

  /// The same, but the state is set to zero again after every `windows` windows, so that the model
  /// also learns to begin a text from a zero state. Otherwise this happens only once per epoch.
  ///
  /// @throws IllegalArgumentException if `windows` is not positive
  public ContiguousWindows startingEvery(int windows) {
    if (windows <= 0) {
      throw new IllegalArgumentException("windows must be positive, was " + windows);
    }
    return new ContiguousWindows(tokens, batchSize, steps, windows);
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public int batchesPerEpoch() {
    return Math.ceilDiv(columnLength - 1, steps);
  }

  @Override
  public Batch batch(long epoch, int index, Workspace workspace) {
    Objects.checkIndex(index, batchesPerEpoch());
    int from = index * steps;
    int count = Math.min(steps, columnLength - 1 - from);
    var inputs = workspace.tokens(count, batchSize);
    var targets = workspace.tokens(count, batchSize);
    for (int t = 0; t < count; t++) {
      for (int b = 0; b < batchSize; b++) {
        int at = b * columnLength + from + t;
        inputs.set(t, b, tokens[at]);
        targets.set(t, b, tokens[at + 1]);
      }
    }
    boolean fresh = index % windowsPerStart == 0;
    return Batch.of(inputs, targets).fresh(fresh);
  }
}
