package dev.rondo.tools.task;

import java.util.List;

/// Sequences whose answers depend on early steps.
///
/// An answer is due after the last step, or after every step. Number and split of a sequence alone
/// decide its content, whatever batch it is in.
interface Task {
  /// The name in files and results, such as `adding-200`.
  String name();

  /// The task in one line.
  String description();

  /// The number of steps of a sequence.
  int steps();

  /// The number of inputs of a step.
  int inputSize();

  /// The number of outputs: 1, or the number of classes.
  int outputSize();

  /// The number of last steps after which an answer is due: 1 or all of them.
  default int outputSteps() {
    return 1;
  }

  /// The number of last answers that the accuracy counts.
  default int scoredSteps() {
    return outputSteps();
  }

  /// Ranges of distance, such as `11-20`, which are also scored separately; empty for a task with
  /// one distance.
  default List<String> distanceRanges() {
    return List.of();
  }

  /// The index of a sequence's range.
  default int distanceRange(Split split, long number) {
    return 0;
  }

  /// The measure of answers.
  Measure measure();

  /// Scores to compare with; the first one with an error is drawn as a line.
  ///
  /// @param testSequences the number of test sequences for baselines that have to be measured
  List<Baseline> baselines(int testSequences);

  /// The number of sequences of a split.
  default int available(Split split) {
    return Integer.MAX_VALUE;
  }

  /// Writes a sequence and its answers into column `b` of a batch of zeros.
  void write(Split split, long number, Batch batch, int b);
}
