package dev.rondo.tools.task;

import dev.rondo.autograd.Parameters;
import dev.rondo.nn.init.Initializer;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import java.util.Locale;

/// The compared models. Recurrent ones have one layer, and an answer that is linear in its state.
enum TaskModelKind {
  /// An Elman network with tanh.
  RNN(0),
  /// An Elman network with a rectifier that starts as a sum: recurrent weights are the identity,
  /// biases 0, input weights normally distributed.
  ///
  /// Source: Q. Le, N. Jaitly, G. Hinton, "A simple way to initialize recurrent networks of
  /// rectified linear units", 2015.
  IRNN(1),
  /// Gated recurrent unit.
  GRU(2),
  /// Long short-term memory.
  LSTM(3),
  /// A feed-forward network that sees the last few steps.
  WINDOW(4),
  /// A feed-forward network that sees all steps.
  WHOLE(5);

  /// Le et al. use 0.001, with SGD. With Adam, batches of 20 and rates of 0.001 and 0.0003, that
  /// value learned nothing of adding over 200 steps in 7,000 steps; this one did in 1,200.
  private static final double IRNN_INPUT_DEVIATION = 0.1;

  /// The first label of generators of weights, after those of the splits.
  private static final long WEIGHTS = 1000;

  private final long stream;

  TaskModelKind(long stream) {
    this.stream = stream;
  }

  /// The generator of the initial weights.
  ///
  /// @param seeded a generator of the seed, which does not advance
  CounterRandom weights(CounterRandom seeded) {
    return seeded.fork(WEIGHTS + stream);
  }

  /// The name in options and results.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The kind with a label.
  ///
  /// @throws IllegalArgumentException if there is none
  static TaskModelKind of(String label) {
    for (var kind : values()) {
      if (kind.label().equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "--models must be of rnn, irnn, gru, lstm, window and whole, was " + label);
  }

  /// Whether the model has a state.
  boolean recurrent() {
    return this != WINDOW && this != WHOLE;
  }

  /// A new model of this kind.
  TaskModel create(Task task, TrialSettings recipe, Parameters parameters, CounterRandom random) {
    return switch (this) {
      case RNN, IRNN, GRU, LSTM ->
          new RecurrentTaskModel(
              options(task.inputSize(), recipe), task.outputSize(), parameters, random);
      case WINDOW ->
          new WindowTaskModel(
              Math.min(recipe.window(), task.steps()), task, recipe, parameters, random);
      case WHOLE -> new WindowTaskModel(task.steps(), task, recipe, parameters, random);
    };
  }

  private RecurrentOptions options(int inputSize, TrialSettings recipe) {
    int hiddenSize = recipe.hiddenSize();
    return switch (this) {
      case RNN -> Rnn.of(inputSize, hiddenSize);
      case IRNN ->
          Rnn.relu(inputSize, hiddenSize)
              .initialization(
                  Initializer.normal(0, IRNN_INPUT_DEVIATION),
                  Initializer.identity(1),
                  Initializer.zeros());
      case GRU -> {
        var gru = Gru.of(inputSize, hiddenSize);
        yield recipe.memory() == 0
            ? gru
            : gru.initialization(gru.initialization().chronoGru(recipe.memory()));
      }
      case LSTM -> {
        var lstm = Lstm.of(inputSize, hiddenSize);
        yield recipe.memory() == 0
            ? lstm.forgetBias(1)
            : lstm.initialization(lstm.initialization().chronoLstm(recipe.memory()));
      }
      case WINDOW, WHOLE -> throw new IllegalStateException(this + " is not recurrent");
    };
  }
}
