package dev.rondo.data;

import dev.rondo.tensor.Workspace;

/// Training data as a fixed number of batches an epoch, each a pure function of epoch and index, so
/// that a run can be continued anywhere.
///
/// Ours are [ContiguousWindows], [WholeSequences], [Examples] and those of [PackedTexts]. Data of
/// another kind, made up, read from files or from a database, implement this interface:
///
/// ```java
/// /// Sums of noisy waves with the class of each: made up as they are asked for.
/// record Waves(int batchSize, int batchesPerEpoch, long seed) implements Batches {
///   @Override
///   public Batch batch(long epoch, int index, Workspace workspace) {
///     var random = new CounterRandom(seed).fork(epoch).fork(index);
///     var x = workspace.zeros(ElementType.FLOAT32, STEPS, batchSize, 1);
///     var classes = workspace.tokens(STEPS, batchSize);
///     ... // fill both
///     return Batch.of(x, classes);
///   }
/// }
/// ```
///
/// A thread of its own can [load batches ahead][#ahead(int)] where they take long to make.
public interface Batches {
  /// Sequences side by side in each batch.
  int batchSize();

  /// Batches of an epoch, at least one.
  int batchesPerEpoch();

  /// One batch: the same one whenever it is asked for, in whatever order. It must hold
  /// [#batchSize()] sequences; those that are left over at the end of an epoch are padding of
  /// length 0.
  ///
  /// @param epoch from 0
  /// @param index from 0, below [#batchesPerEpoch()]
  /// @param workspace owns the memory of the batch
  /// @throws IndexOutOfBoundsException if there is no such batch
  Batch batch(long epoch, int index, Workspace workspace);

  /// The same batches, of which a thread of its own makes up to `count` in advance, in the order of
  /// training. Close what is returned to end the thread.
  ///
  /// @param count batches that are kept ready
  /// @throws IllegalArgumentException if `count` is not positive
  default LoadedAhead ahead(int count) {
    return new LoadedAhead(this, count);
  }
}
