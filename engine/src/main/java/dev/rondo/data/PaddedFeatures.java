package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
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
  /// @throws IllegalArgumentException if a step does not have `featureSize` features
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

  /// A batch of these inputs, with a class for each step.
  public Batch with(Tokens targets) {
    return Batch.of(features, targets).lengths(lengths);
  }

  /// A batch of these inputs, with dense targets for each step.
  public Batch with(Tensor values) {
    return Batch.of(features, values).lengths(lengths);
  }

  /// The same from a batch-first array, `values[b][t][feature]`, in which the first `lengths[b]`
  /// steps of each row count. Later steps are not read; rows may differ in size.
  ///
  /// @throws IllegalArgumentException if there are not as many lengths as rows, a length is larger
  ///   than its row, or a step does not have `featureSize` features
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
