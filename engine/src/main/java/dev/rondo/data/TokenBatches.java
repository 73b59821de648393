package dev.rondo.data;

import dev.rondo.tensor.Workspace;

/// Training data as a fixed number of batches an epoch, each a pure function of epoch and index, so
/// that a run can be continued anywhere.
public sealed interface TokenBatches permits ContiguousWindows, PackedBatches, WholeSequences {
  /// Sequences side by side in each batch.
  int batchSize();

  /// Batches of an epoch.
  int batchesPerEpoch();

  /// One batch.
  ///
  /// @param epoch from 0
  /// @param index from 0, below [#batchesPerEpoch()]
  /// @param workspace owns the tokens of the batch
  TokenBatch batch(long epoch, int index, Workspace workspace);
}
