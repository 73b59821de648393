package dev.rondo.train;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.data.Batch;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// A loss of a model's outputs for a batch: the quantity that training minimizes.
///
/// The losses given here average over the targets that count, in real steps only. Your own loss is
/// a function on the tape:
///
/// ```java
/// Loss smoothed = (tape, logits, batch) ->
///     tape.add(
///         tape.scale(0.9, CrossEntropy.mean(tape, logits, batch.targets())),
///         tape.scale(0.1, uniform(tape, logits)));
/// ```
///
/// A loss has to leave out padded steps itself: outputs are 0 there, and `batch.lengths()` gives
/// the real steps.
@FunctionalInterface
public interface Loss {
  /// The mean loss of a batch, over its [Batch#count()] targets. Trainers and evaluations weight
  /// the parts of a whole by that count.
  ///
  /// @param tape records the loss
  /// @param logits the model's outputs before its output function, [steps, batchSize, outputSize];
  ///   0 in padded steps
  /// @param batch batch that the outputs belong to
  /// @return one element
  Variable mean(Tape tape, Variable logits, Batch batch);

  /// Cross-entropy with [Batch#targets()], one class or token for each step.
  static Loss crossEntropy() {
    return (tape, logits, batch) -> CrossEntropy.mean(tape, logits, realTargets(tape, batch));
  }

  /// The squared difference from [Batch#values()].
  static Loss meanSquaredError() {
    return (tape, logits, batch) -> {
      var values = requireValues(batch);
      return batch.lengths() == null
          ? MeanSquaredError.mean(tape, logits, values)
          : MeanSquaredError.mean(tape, logits, values, counted(tape, batch, values));
    };
  }

  /// Cross-entropy with the probabilities in [Batch#values()], each output a separate decision.
  static Loss binaryCrossEntropy() {
    return (tape, logits, batch) -> {
      var values = requireValues(batch);
      return batch.lengths() == null
          ? BinaryCrossEntropy.mean(tape, logits, values)
          : BinaryCrossEntropy.mean(tape, logits, values, counted(tape, batch, values));
    };
  }

  private static Tensor requireValues(Batch batch) {
    if (batch.values() == null) {
      throw new IllegalArgumentException("the loss needs dense targets, the batch has no values");
    }
    return batch.values();
  }

  /// The targets, ignored where a step is not real; a copy if there are such steps.
  private static Tokens realTargets(Tape tape, Batch batch) {
    var targets = batch.targets();
    if (targets == null) {
      throw new IllegalArgumentException("the loss needs classes, the batch has no targets");
    }
    if (batch.lengths() == null) {
      return targets;
    }
    if (targets.steps() != batch.steps()) {
      throw new IllegalArgumentException(
          "targets have %d steps, expected %d".formatted(targets.steps(), batch.steps()));
    }
    var real = batch.lengths().mask(batch.steps());
    var result = tape.workspace().tokens(targets.steps(), targets.batchSize());
    for (int t = 0; t < targets.steps(); t++) {
      for (int b = 0; b < targets.batchSize(); b++) {
        result.set(t, b, real[t][b] ? targets.get(t, b) : Tokens.IGNORED);
      }
    }
    return result;
  }

  /// A mask that is 1 in real steps.
  private static Tensor counted(Tape tape, Batch batch, Tensor values) {
    var real = batch.lengths().mask(batch.steps());
    var counted = tape.zeros(values.shape());
    for (int t = 0; t < batch.steps(); t++) {
      for (int b = 0; b < batch.batchSize(); b++) {
        if (real[t][b]) {
          counted.rows(t * batch.batchSize() + b, 1).fill(1);
        }
      }
    }
    return counted;
  }
}
