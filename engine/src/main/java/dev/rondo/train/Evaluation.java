package dev.rondo.train;

import dev.rondo.autograd.Tape;
import dev.rondo.data.Batches;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;

/// The mean cross-entropy of a model on data that it was not trained on.
///
/// @param nats mean cross-entropy of a token
/// @param tokens number of predicted tokens
public record Evaluation(double nats, long tokens) {
  /// Steps computed at once, which limits the memory and changes no bit.
  private static final int STEPS_AT_ONCE = 512;

  /// Bits of a token: nats / ln 2.
  public double bits() {
    return nats / StrictMath.log(2);
  }

  /// Perplexity, e^nats: the number of equally likely tokens that would be as hard to predict.
  public double perplexity() {
    return StrictMath.exp(nats);
  }

  /// The mean loss over an epoch of batches, in which each target has the same weight. If batches
  /// continue each other, the state is carried over.
  ///
  /// @throws IllegalArgumentException if a batch does not fit the model or the loss, or nothing
  ///   counts
  public static double loss(SequenceModel model, Batches batches, Loss loss) {
    return overEpoch(model, batches, loss).nats;
  }

  /// The mean cross-entropy of the target tokens or classes of an epoch of batches.
  ///
  /// @throws IllegalArgumentException if a batch does not fit the model or has no target
  public static Evaluation of(SequenceModel model, Batches batches) {
    return overEpoch(model, batches, Loss.crossEntropy());
  }

  private static Evaluation overEpoch(SequenceModel model, Batches batches, Loss loss) {
    double sum = 0;
    long count = 0;
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var state = model.newState(batches.batchSize(), arena);
      for (int i = 0; i < batches.batchesPerEpoch(); i++) {
        try (var tape = Tape.evaluate(model.parameters().backend(), workspace)) {
          var batch = batches.batch(0, i, workspace);
          var start =
              batch.fresh() ? model.initialState(tape, batches.batchSize()) : state.on(tape);
          var run = Forward.of(tape, model, batch, start);
          int counted = batch.count();
          if (counted > 0) {
            sum += counted * loss.mean(tape, run.logits(), batch).value().scalar();
            count += counted;
          }
          run.lastState().copyTo(state);
        }
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("evaluation needs at least one target, there is none");
    }
    return new Evaluation(sum / count, count);
  }

  /// Reads `tokens` from the initial state to the end, with batch size 1, and predicts every token
  /// after the first once.
  ///
  /// @throws IllegalArgumentException if there are fewer than two tokens
  public static Evaluation of(SequenceModel model, int[] tokens) {
    if (tokens.length < 2) {
      throw new IllegalArgumentException(
          "evaluation needs at least two tokens, there are " + tokens.length);
    }
    double sum = 0;
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var state = model.newState(1, arena);
      var backend = model.parameters().backend();
      try (var tape = Tape.evaluate(backend, workspace)) {
        model.initialState(tape, 1).copyTo(state);
      }
      for (int from = 0; from < tokens.length - 1; from += STEPS_AT_ONCE) {
        int count = Math.min(STEPS_AT_ONCE, tokens.length - 1 - from);
        try (var tape = Tape.evaluate(backend, workspace)) {
          var inputs = workspace.tokens(count, 1);
          var targets = workspace.tokens(count, 1);
          for (int t = 0; t < count; t++) {
            inputs.set(t, 0, tokens[from + t]);
            targets.set(t, 0, tokens[from + t + 1]);
          }
          var run = model.forward(tape, inputs, state);
          for (int t = 0; t < count; t++) { // one by one: a sum of many would be rounded to float
            var logits = tape.at(run.logits(), t);
            sum += CrossEntropy.sum(tape, logits, targets.at(t)).value().scalar();
          }
          run.lastState().copyTo(state);
        }
      }
    }
    return new Evaluation(sum / (tokens.length - 1), tokens.length - 1L);
  }
}
