package dev.rondo.tools.task;

import java.util.List;

/// The score of a model.
///
/// @param error the mean loss
/// @param accuracy the share of right answers
/// @param accuracyByDistance the share of right answers for each of [Task#distanceRanges]; NaN
///   without sequences
record TaskScore(double error, double accuracy, List<Double> accuracyByDistance) {
  /// Copies the list.
  TaskScore {
    accuracyByDistance = List.copyOf(accuracyByDistance);
  }
}
