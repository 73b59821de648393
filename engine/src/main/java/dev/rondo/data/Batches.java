package dev.rondo.data;

import dev.rondo.tensor.Workspace;

/// Training data as a fixed number of batches per epoch. Each batch is a pure function of epoch and
/// index, so that a run can be continued anywhere.
///
/// The engine has [ContiguousWindows], [WholeSequences], [Examples] and the batches of
/// [PackedTexts]. For other data, whether generated, read from files or from a database, implement
/// this interface:
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
/// A separate thread can [load batches ahead][#ahead(int)] if they take long to make.
public interface Batches {
  /// Number of sequences side by side in each batch.
  int batchSize();

  /// Number of batches of an epoch, at least one.
  int batchesPerEpoch();

  /// Returns one batch: the same one for the same arguments, whatever the order of the calls. It
  /// must hold [#batchSize()] sequences; missing ones at the end of an epoch are padding of length
  /// 0.
  ///
  /// @param epoch from 0
  /// @param index from 0, below [#batchesPerEpoch()]
  /// @param workspace owns the memory of the batch
  /// @throws IndexOutOfBoundsException if there is no such batch
  Batch batch(long epoch, int index, Workspace workspace);

  /// The same batches, of which a separate thread makes up to `count` in advance, in the order of
  /// training. Close the result to end the thread.
  ///
  /// @param count number of batches that are kept ready
  /// @throws IllegalArgumentException if `count` is not positive
  default LoadedAhead ahead(int count) {
    return new LoadedAhead(this, count);
  }
}
