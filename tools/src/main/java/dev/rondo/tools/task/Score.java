package dev.rondo.tools.task;

import java.util.List;

/// How well a model does.
///
/// @param error the mean loss
/// @param accuracy the share of right answers
/// @param accuracyByGroup the same for each of [Task#groups]; NaN for a group without sequences
record Score(double error, double accuracy, List<Double> accuracyByGroup) {
  /// Copies the list.
  Score {
    accuracyByGroup = List.copyOf(accuracyByGroup);
  }
}
