package dev.rondo.tools.task;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;

/// One recurrent layer, and an answer that is linear in its state.
final class RecurrentTaskModel implements TaskModel {
  /// Where the layer's parameters stand.
  static final String LAYER = "recurrent";

  private final Parameters parameters;
  private final Recurrent recurrent;
  private final Linear head;

  RecurrentTaskModel(
      RecurrentOptions options, int outputSize, Parameters parameters, CounterRandom random) {
    this.parameters = parameters;
    recurrent = options.create(parameters.at(LAYER), random.next());
    head = Linear.of(options.hiddenSize(), outputSize).create(parameters.at("head"), random.next());
  }

  /// The options of the layer.
  RecurrentOptions options() {
    return recurrent.options();
  }

  /// The answers of states, [..., hiddenSize].
  Variable answer(Tape tape, Variable h) {
    return head.forward(tape, h);
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public Variable forward(Tape tape, Tensor inputs, int outputSteps) {
    var run = recurrent.forward(tape, tape.constant(inputs));
    return answer(tape, outputSteps == 1 ? run.lastState().layers().getFirst().h() : run.output());
  }
}
