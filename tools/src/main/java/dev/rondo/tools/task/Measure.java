package dev.rondo.tools.task;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.tensor.Tensor;

/// The measures of answers.
enum Measure {
  /// Mean squared error of a number; an answer within 0.04 is right.
  ///
  /// Source of the 0.04: S. Hochreiter, J. Schmidhuber, "Long short-term memory", 1997.
  SQUARED_ERROR("mean squared error", "within 0.04"),
  /// Mean cross-entropy of classes, in nats; the class with the largest output is the answer.
  CROSS_ENTROPY("cross-entropy in nats", "accuracy");

  private static final double NEAR = 0.04;

  private final String error;
  private final String accuracy;

  Measure(String error, String accuracy) {
    this.error = error;
    this.accuracy = accuracy;
  }

  /// The name of the error.
  String error() {
    return error;
  }

  /// The name of the share of right answers.
  String accuracy() {
    return accuracy;
  }

  /// The mean loss of all answers.
  ///
  /// @param outputs a row for each answer
  Variable loss(Tape tape, Variable outputs, Batch batch) {
    return switch (this) {
      case SQUARED_ERROR -> MeanSquaredError.mean(tape, outputs, batch.numbers());
      case CROSS_ENTROPY -> CrossEntropy.mean(tape, outputs, batch.classes());
    };
  }

  /// The number of right answers of each sequence, among those of its last `scoredSteps` steps.
  int[] right(Tensor outputs, Batch batch, int scoredSteps) {
    int[] right = new int[batch.size()];
    int first = outputs.rows() - scoredSteps * batch.size();
    for (int r = first; r < outputs.rows(); r++) {
      boolean isRight =
          switch (this) {
            case SQUARED_ERROR -> Math.abs(outputs.get(r, 0) - batch.numbers().get(r, 0)) < NEAR;
            case CROSS_ENTROPY -> largest(outputs, r) == batch.classes().get(r);
          };
      right[r % batch.size()] += isRight ? 1 : 0;
    }
    return right;
  }

  private static int largest(Tensor outputs, int row) {
    int best = 0;
    for (int c = 1; c < outputs.columns(); c++) {
      if (outputs.get(row, c) > outputs.get(row, best)) {
        best = c;
      }
    }
    return best;
  }
}
