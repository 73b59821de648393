package dev.rondo.tools.task;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;

/// A model that learns a task.
sealed interface TaskModel permits RecurrentTaskModel, WindowTaskModel {
  /// The learned parameters.
  Parameters parameters();

  /// The answers after the last `outputSteps` steps.
  ///
  /// @param inputs [steps, batchSize, inputSize]
  /// @return a row of outputs for each answer, step by step
  Variable forward(Tape tape, Tensor inputs, int outputSteps);
}
