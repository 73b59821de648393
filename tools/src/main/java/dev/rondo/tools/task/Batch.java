package dev.rondo.tools.task;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;

/// Sequences side by side, time-major, with their answers.
///
/// @param inputs [steps, batchSize, inputSize]
/// @param numbers the answers if they are numbers, [batchSize, 1]; else null
/// @param classes the answers if they are classes, [outputSteps, batchSize]; else null
record Batch(Tensor inputs, Tensor numbers, Tokens classes) {
  /// Sequences `first` to `first + count` of a split, in memory of the workspace.
  static Batch of(Task task, Split split, long first, int count, Workspace workspace) {
    var inputs = workspace.zeros(ElementType.FLOAT32, task.steps(), count, task.inputSize());
    boolean numeric = task.measure() == Measure.SQUARED_ERROR;
    var batch =
        new Batch(
            inputs,
            numeric ? workspace.zeros(ElementType.FLOAT32, count, 1) : null,
            numeric ? null : workspace.tokens(task.outputSteps(), count));
    for (int b = 0; b < count; b++) {
      task.write(split, first + b, batch, b);
    }
    return batch;
  }

  /// The number of sequences.
  int size() {
    return inputs.dimension(1);
  }

  /// Sets number `i` of the input of step `t`.
  void setInput(int t, int b, int i, double value) {
    inputs.set(t * size() + b, i, value);
  }

  /// Number `i` of the input of step `t`.
  double input(int t, int b, int i) {
    return inputs.get(t * size() + b, i);
  }

  /// The same sequences with only the last answer of each.
  Batch lastAnswer() {
    return classes == null ? this : new Batch(inputs, null, classes.at(classes.steps() - 1));
  }
}
