package dev.rondo.tools.task;

import dev.rondo.autograd.Tape;
import dev.rondo.check.GradientFlow;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;

/// The norm of the gradient of the last answer by the number of steps before it.
///
///     norms[lag] = mean over sequences of ‖dL/dh(T - lag)‖,   L the loss of the answer after step T
///
/// For an LSTM this is the gradient of its output h. The gradient that its cell state carries
/// further back appears only where it reaches h.
final class GradientCurve {
  /// The number of sequences in the average.
  private static final int SEQUENCES = 32;

  private GradientCurve() {}

  /// The curve of a model over the first validation sequences, from lag 0 to all steps but one.
  /// Leaves the gradients of its parameters cleared.
  static double[] of(RecurrentTaskModel model, Task task, TrialSettings recipe) {
    var backend = model.parameters().backend();
    int count = Math.min(SEQUENCES, recipe.sequences(task, Split.VALIDATION));
    try (var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(0))) {
      var batch = Batch.of(task, Split.VALIDATION, 0, count, workspace).lastAnswer();
      var flow = GradientFlow.on(tape);
      tape.backward(task.measure().loss(tape, model.forward(tape, batch.inputs(), 1), batch));
      model.parameters().clearGradients();
      double[] norms = flow.layers().getFirst().byLag();
      for (int lag = 0; lag < norms.length; lag++) {
        // the loss is a mean: each row of the gradient is that of its sequence, divided by `count`
        norms[lag] *= count;
      }
      return norms;
    }
  }
}
