package dev.rondo.tools.task;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.tensor.Tensor;

/// How answers are judged.
enum Measure {
  /// Mean squared error of a number; one within 0.04 counts as right.
  ///
  /// Source of the 0.04: S. Hochreiter, J. Schmidhuber, "Long short-term memory", 1997.
  SQUARED_ERROR("mean squared error", "within 0.04"),
  /// Mean cross-entropy of classes, in nats; right is the class of the largest output.
  CROSS_ENTROPY("cross-entropy in nats", "accuracy");

  private static final double NEAR = 0.04;

  private final String error;
  private final String accuracy;

  Measure(String error, String accuracy) {
    this.error = error;
    this.accuracy = accuracy;
  }

  /// What the error is called.
  String error() {
    return error;
  }

  /// What the share of right answers is called.
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

  /// For each sequence, the right answers among those of the last `scoredSteps` steps.
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
