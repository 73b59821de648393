package dev.rondo.tools.task;

import java.util.List;

/// Sequences with answers that depend on what stood far back.
///
/// An answer is asked for after the last step, or after every step. Sequences have numbers: number
/// and split alone decide what a sequence holds, whatever batch it is in.
interface Task {
  /// For file names and results, such as `adding-200`.
  String name();

  /// What is to be learned, in one line.
  String description();

  /// Steps of a sequence.
  int steps();

  /// Numbers of a step's input.
  int inputSize();

  /// Numbers of an answer: 1, or the classes.
  int outputSize();

  /// After how many of the last steps an answer is asked for: 1 or all of them.
  default int outputSteps() {
    return 1;
  }

  /// How many of the last answers the accuracy counts.
  default int scoredSteps() {
    return outputSteps();
  }

  /// Ranges of distance, such as `11-20`, whose sequences are also scored by themselves; empty for
  /// a task with one distance.
  default List<String> distanceRanges() {
    return List.of();
  }

  /// The index of the range that a sequence belongs to.
  default int distanceRange(Split split, long number) {
    return 0;
  }

  /// How answers are judged.
  Measure measure();

  /// What to compare with; the first one with an error is drawn as a line.
  ///
  /// @param testSequences where a baseline is measured rather than known, on so many of the test's
  List<Baseline> baselines(int testSequences);

  /// The sequences that there are of a split.
  default int available(Split split) {
    return Integer.MAX_VALUE;
  }

  /// Writes a sequence and its answers into column `b` of a batch of zeros.
  void write(Split split, long number, Batch batch, int b);
}
