package dev.rondo.tools.task;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.Linear;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// A feed-forward network with one hidden layer over the last steps. Its first weight matrix has a
/// column for every number of the window; steps before the window have no influence.
///
///     y = V·max(W·[x(t - window + 1), ..., x(t)] + b, 0) + c
final class WindowTaskModel implements TaskModel {
  private final int window;
  private final Parameters parameters;
  private final Linear first;
  private final Linear second;

  /// @param window the number of steps in the window
  WindowTaskModel(
      int window, Task task, TrialSettings recipe, Parameters parameters, CounterRandom random) {
    this.window = window;
    this.parameters = parameters;
    int inputs = Math.multiplyExact(window, task.inputSize());
    int hiddenSize = recipe.hiddenSize();
    first = Linear.of(inputs, hiddenSize).create(parameters.at("first"), random.next());
    second =
        Linear.of(hiddenSize, task.outputSize()).create(parameters.at("second"), random.next());
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public Variable forward(Tape tape, Tensor inputs, int outputSteps) {
    var x = tape.constant(windows(tape, inputs, outputSteps));
    return second.forward(tape, tape.relu(first.forward(tape, x)));
  }

  /// A row for each of the last `outputSteps` steps and each sequence; zeros before the first step.
  private Tensor windows(Tape tape, Tensor inputs, int outputSteps) {
    int steps = inputs.dimension(0);
    int batchSize = inputs.dimension(1);
    int inputSize = inputs.columns();
    long bytes = (long) inputSize * inputs.type().bytes();
    var result = tape.zeros(outputSteps * batchSize, window * inputSize);
    for (int i = 0; i < outputSteps; i++) {
      int last = steps - outputSteps + i;
      for (int t = Math.max(last - window + 1, 0); t <= last; t++) {
        int column = (t - last + window - 1) * inputSize;
        for (int b = 0; b < batchSize; b++) {
          MemorySegment.copy(
              inputs.segment(),
              inputs.byteOffset(t * batchSize + b, 0),
              result.segment(),
              result.byteOffset(i * batchSize + b, column),
              bytes);
        }
      }
    }
    return result;
  }
}
