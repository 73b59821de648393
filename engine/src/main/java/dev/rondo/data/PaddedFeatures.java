package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.util.Arrays;
import java.util.List;

/// Sequences of feature vectors of different lengths side by side, time-major, padded at the end
/// with zeros.
///
/// @param features [steps, batchSize, featureSize], steps being the largest length
/// @param lengths of each sequence
public record PaddedFeatures(Tensor features, Lengths lengths) {
  /// A copy of `sequences` in the workspace; a sequence may be empty.
  ///
  /// @param sequences `[t][feature]` each
  /// @param featureSize features of a step
  /// @throws IllegalArgumentException if a step has other than `featureSize` features
  public static PaddedFeatures of(
      List<float[][]> sequences, int featureSize, ElementType type, Workspace workspace) {
    if (featureSize <= 0) {
      throw new IllegalArgumentException("featureSize must be positive, was " + featureSize);
    }
    var lengths = Lengths.of(sequences.stream().mapToInt(sequence -> sequence.length).toArray());
    var features = workspace.zeros(type, lengths.steps(), sequences.size(), featureSize);
    for (int b = 0; b < sequences.size(); b++) {
      float[][] sequence = sequences.get(b);
      for (int t = 0; t < sequence.length; t++) {
        if (sequence[t].length != featureSize) {
          throw new IllegalArgumentException(
              "step %d of sequence %d has %d features, expected %d"
                  .formatted(t, b, sequence[t].length, featureSize));
        }
        int row = t * sequences.size() + b;
        for (int i = 0; i < featureSize; i++) {
          features.set(row, i, sequence[t][i]);
        }
      }
    }
    return new PaddedFeatures(features, lengths);
  }

  /// The same from an array that is batch-first, `values[b][t][feature]`, of whose rows the first
  /// `lengths[b]` steps count. What stands behind them is not read; rows need not be of one size.
  ///
  /// @throws IllegalArgumentException if there are not as many lengths as rows, a length is larger
  ///   than its row, or a step has other than `featureSize` features
  public static PaddedFeatures batchFirst(
      float[][][] values, Lengths lengths, int featureSize, ElementType type, Workspace workspace) {
    PaddedTokens.requireRows(values.length, lengths);
    var sequences = new float[values.length][][];
    for (int b = 0; b < values.length; b++) {
      PaddedTokens.requireFits(b, values[b].length, lengths);
      sequences[b] = Arrays.copyOf(values[b], lengths.get(b));
    }
    return of(List.of(sequences), featureSize, type, workspace);
  }
}
