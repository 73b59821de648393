package dev.rondo.bench;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;

/// A language model over 65 characters, made of the engine's layers, with one batch of random text:
/// the contender of the benchmark. Embedding vectors are as long as a state.
final class EngineCharModel implements AutoCloseable {
  /// The number of characters in the vocabulary.
  static final int CHARACTERS = 65;

  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final Backend backend;
  private final Parameters parameters;
  private final Embedding embedding;
  private final Recurrent lstm;
  private final Linear head;
  private final Adam adam;
  private final Tokens text;

  EngineCharModel(Backend backend, int steps, int batchSize, int hiddenSize) {
    this.backend = backend;
    parameters = new Parameters(backend, arena);
    var random = new CounterRandom(42);
    embedding =
        Embedding.of(CHARACTERS, hiddenSize).create(parameters.at("embedding"), random.next());
    lstm = Lstm.of(hiddenSize, hiddenSize).layers(2).create(parameters.at("lstm"), random.next());
    head = Linear.of(hiddenSize, CHARACTERS).create(parameters.at("head"), random.next());
    adam = Adam.of(parameters, EngineLayer.LEARNING_RATE);
    text = Operands.tokens(arena, 1, steps + 1, batchSize, CHARACTERS);
  }

  Parameters parameters() {
    return parameters;
  }

  /// `count` steps of the text from `from` on, row by row.
  int[] text(int from, int count) {
    var steps = text.steps(from, count);
    var result = new int[steps.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = steps.get(i);
    }
    return result;
  }

  /// Forward and backward pass over the first `count` steps; adds to the gradients.
  ///
  /// @return the mean loss
  double forwardAndBack(int count) {
    try (var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var run = lstm.forward(tape, embedding.forward(tape, text.steps(0, count)));
      var logits = head.forward(tape, run.output());
      var loss = CrossEntropy.mean(tape, logits, text.steps(1, count));
      tape.backward(loss);
      return loss.value().scalar();
    }
  }

  /// A training step over the whole text: forward and backward pass, clipping, Adam.
  ///
  /// @return the mean loss
  double train() {
    double loss = forwardAndBack(text.steps() - 1);
    GradientClipping.byGlobalNorm(parameters, EngineLayer.MAXIMUM_NORM);
    adam.step();
    parameters.clearGradients();
    return loss;
  }

  @Override
  public void close() {
    backend.close();
    workspace.close();
    arena.close();
  }
}
