package dev.rondo.train;

import dev.rondo.autograd.Tape;
import dev.rondo.data.Batch;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.StackState;

/// Runs a model over a batch: the only place that passes inputs and lengths from data to layers.
final class Forward {
  private Forward() {}

  /// @throws IllegalArgumentException if the batch does not have the inputs that the model takes
  static SequenceModel.ModelOutput of(
      Tape tape, SequenceModel model, Batch batch, StackState state) {
    boolean takesTokens = model.embedding() != null;
    if (takesTokens && batch.features() != null) {
      throw new IllegalArgumentException("the model takes tokens, the batch has features");
    }
    if (!takesTokens && batch.tokens() != null) {
      throw new IllegalArgumentException("the model takes features, the batch has tokens");
    }
    return takesTokens
        ? model.forward(tape, batch.tokens(), state, batch.lengths())
        : model.forward(tape, tape.constant(batch.features()), state, batch.lengths());
  }
}
