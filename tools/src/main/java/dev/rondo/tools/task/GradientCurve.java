package dev.rondo.tools.task;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.nn.CellState;
import dev.rondo.nn.RecurrentCell;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;

/// How much of the last answer's gradient arrives how many steps before it.
///
///     norms[lag] = mean over sequences of ‖dL/dh(T - lag)‖,   L the loss of the answer after step T
final class GradientCurve {
  /// Sequences that are averaged.
  private static final int SEQUENCES = 32;

  private GradientCurve() {}

  /// The curve of a model as it is now, over the first validation sequences: lag 0 to all steps but
  /// one. Leaves the gradients of its parameters cleared.
  static double[] of(RecurrentContender model, Task task, Recipe recipe) {
    var backend = model.parameters().backend();
    int count = Math.min(SEQUENCES, recipe.sequences(task, Split.VALIDATION));
    try (var arena = Arena.ofShared();
        var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(0))) {
      var cell = cellOf(model, new Parameters(backend, arena));
      var batch = Batch.of(task, Split.VALIDATION, 0, count, workspace).lastAnswer();
      var states = new ArrayList<CellState>();
      var state = cell.zeroState(tape, count);
      for (int t = 0; t < task.steps(); t++) {
        state = cell.step(tape, tape.constant(batch.inputs().at(t)), state);
        states.add(state);
      }
      tape.backward(task.measure().loss(tape, model.answer(tape, state.h()), batch));
      model.parameters().clearGradients();
      double[] norms = new double[task.steps()];
      for (int lag = 0; lag < norms.length; lag++) {
        norms[lag] = meanNorm(states.get(norms.length - 1 - lag), count);
      }
      return norms;
    }
  }

  /// A cell with the weights of the model's layer.
  private static RecurrentCell cellOf(RecurrentContender model, Parameters parameters) {
    var cell = model.options().createCell(parameters, new CounterRandom(0));
    var layer = model.parameters().at(RecurrentContender.LAYER);
    for (var parameter : parameters.all()) {
      parameter.value().copyFrom(layer.get(parameter.name() + "_l0").value());
    }
    return cell;
  }

  /// The loss is a mean over the sequences: each row of the gradient is its own sequence's, divided
  /// by their number.
  private static double meanNorm(CellState state, int count) {
    var gradient = state.h().gradient();
    double sum = 0;
    for (int b = 0; b < count; b++) {
      double squares = 0;
      for (int unit = 0; unit < gradient.columns(); unit++) {
        double g = gradient.get(b, unit);
        squares += g * g;
      }
      sum += Math.sqrt(squares);
    }
    return sum;
  }
}
