package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.Arrays;
import java.util.List;

/// Token sequences of different lengths side by side, time-major, padded at the end.
///
/// @param tokens [steps, batchSize], steps being the largest length
/// @param lengths of each sequence
public record PaddedTokens(Tokens tokens, Lengths lengths) {
  /// A copy of `sequences` in the workspace; a sequence may be empty.
  ///
  /// @param padding token beyond a sequence's end: [Tokens#IGNORED] for targets; for inputs any
  ///   token of the vocabulary, such as 0
  public static PaddedTokens of(List<int[]> sequences, int padding, Workspace workspace) {
    var lengths = Lengths.of(sequences.stream().mapToInt(sequence -> sequence.length).toArray());
    var tokens = workspace.tokens(lengths.steps(), sequences.size());
    for (int b = 0; b < sequences.size(); b++) {
      int[] sequence = sequences.get(b);
      for (int t = 0; t < tokens.steps(); t++) {
        tokens.set(t, b, t < sequence.length ? sequence[t] : padding);
      }
    }
    return new PaddedTokens(tokens, lengths);
  }

  /// A batch of these inputs, with a class for each step.
  public Batch with(Tokens targets) {
    return Batch.of(tokens, targets).lengths(lengths);
  }

  /// A batch of these inputs, with dense targets for each step.
  public Batch with(Tensor values) {
    return Batch.of(tokens, values).lengths(lengths);
  }

  /// The same from a batch-first array, `values[b][t]`, in which the first `lengths[b]` tokens of
  /// each row count. Later tokens are not read; rows may differ in size.
  ///
  /// @throws IllegalArgumentException if there are not as many lengths as rows, or a length is
  ///   negative or larger than its row
  public static PaddedTokens batchFirst(
      int[][] values, Lengths lengths, int padding, Workspace workspace) {
    requireRows(values.length, lengths);
    var sequences = new int[values.length][];
    for (int b = 0; b < values.length; b++) {
      requireFits(b, values[b].length, lengths);
      sequences[b] = Arrays.copyOf(values[b], lengths.get(b));
    }
    return of(List.of(sequences), padding, workspace);
  }

  static void requireRows(int rows, Lengths lengths) {
    if (rows != lengths.batchSize()) {
      throw new IllegalArgumentException(
          "there are %d lengths, expected one for each of %d sequences"
              .formatted(lengths.batchSize(), rows));
    }
  }

  static void requireFits(int b, int size, Lengths lengths) {
    if (lengths.get(b) > size) {
      throw new IllegalArgumentException(
          "lengths[%d] must be at most %d, was %d".formatted(b, size, lengths.get(b)));
    }
  }
}
