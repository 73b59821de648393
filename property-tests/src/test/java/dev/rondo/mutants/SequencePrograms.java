package dev.rondo.mutants;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.train.TruncatedBptt;
import java.util.ArrayList;
import java.util.List;

/// Programs that go from step to step.
final class SequencePrograms {
  private static final int VOCABULARY = 5;

  private SequencePrograms() {}

  /// Values that no initialization would leave as they are: gains that are not 1, biases that are
  /// not 0.
  static void stir(GradientCheck check) {
    for (var parameter : check.parameters().all()) {
      var value = parameter.value();
      var noise = check.gaussian(value.shape());
      boolean bias = parameter.name().contains("bias_ih");
      for (int r = 0; r < value.rows(); r++) {
        for (int c = 0; c < value.columns(); c++) {
          // biases above zero keep rectifiers awake, and with them what is to be checked
          value.set(r, c, value.get(r, c) + 0.4 * noise.get(r, c) + (bias ? 0.7 : 0));
        }
      }
    }
  }

  /// A stack over a whole sequence: output, last states, and cells if they are kept.
  static GradientCheck.Program recurrent(
      GradientCheck check, ProgramSize size, RecurrentOptions options) {
    check.input("x", size.steps(), size.batchSize(), options.inputSize());
    boolean given = size.startGiven() && !options.learnsInitialState();
    int states = options.layers() * options.directions();
    for (int i = 0; given && i < states; i++) {
      check.input("h" + i, size.batchSize(), options.stateSize());
      if (options.cell().hasCellState()) {
        check.input("c" + i, size.batchSize(), options.hiddenSize());
      }
    }
    var stack = options.create(check.parameters().at("stack"), check.random());
    stir(check);
    return (tape, in) -> {
      var start = stack.initialState(tape, size.batchSize());
      if (given) {
        start = state(in, states, options);
      }
      var run = stack.forward(tape, in.get("x"), start, size.lengths());
      var results = new ArrayList<>(run.cells());
      results.add(run.output());
      addStates(run.lastState(), results);
      return results;
    };
  }

  private static StackState state(GradientCheck.Inputs in, int states, RecurrentOptions options) {
    var layers = new ArrayList<CellState>();
    for (int i = 0; i < states; i++) {
      var c = options.cell().hasCellState() ? in.get("c" + i) : null;
      layers.add(new CellState(in.get("h" + i), c));
    }
    return new StackState(layers);
  }

  private static void addStates(StackState state, List<Variable> results) {
    for (var layer : state.layers()) {
      results.add(layer.h());
      if (layer.c() != null) {
        results.add(layer.c());
      }
    }
  }

  /// A peephole LSTM stepped by hand.
  static GradientCheck.Program steppedCell(GradientCheck check, ProgramSize size) {
    var options = Lstm.of(size.inputSize(), size.hiddenSize(), Lstm.options().withPeepholes());
    check.input("x", size.steps(), size.batchSize(), size.inputSize());
    check.input("h0", size.batchSize(), size.hiddenSize());
    check.input("c0", size.batchSize(), size.hiddenSize());
    var cell = options.createCell(check.parameters().at("cell"), check.random());
    stir(check);
    return (tape, in) -> {
      var state = new CellState(in.get("h0"), in.get("c0"));
      var results = new ArrayList<Variable>();
      for (int t = 0; t < size.steps(); t++) {
        state = cell.step(tape, tape.at(in.get("x"), t), state);
        results.add(state.h());
      }
      results.add(state.c());
      return results;
    };
  }

  /// The loss of the last window of a sequence that is trained with an update every two steps and
  /// gradients over three; the state that it starts from is held constant.
  static GradientCheck.Program truncatedWindow(GradientCheck check, ProgramSize size) {
    int steps = size.steps() + 2;
    var segment = new TruncatedBptt(2, 3).plan(steps).getLast().segments().getLast();
    int run = segment.to() - segment.from();
    check.input("x", run, size.batchSize(), size.inputSize());
    var h = check.gaussian(size.batchSize(), size.hiddenSize());
    var c = check.gaussian(size.batchSize(), size.hiddenSize());
    var targets = check.gaussian(run, size.batchSize(), size.hiddenSize());
    var options = Lstm.of(size.inputSize(), size.hiddenSize());
    var lstm = options.create(check.parameters().at("lstm"), check.random());
    stir(check);
    return (tape, in) -> {
      var state = new StackState(List.of(new CellState(tape.constant(h), tape.constant(c))));
      var losses = new ArrayList<Variable>();
      for (var part : segment.parts()) {
        int from = part.from() - segment.from();
        var pass = lstm.forward(tape, steps(tape, in.get("x"), from, part.steps()), state);
        state = pass.lastState();
        if (part.counted()) {
          losses.add(MeanSquaredError.sum(tape, pass.output(), steps(targets, from, part.steps())));
        }
      }
      return losses;
    };
  }

  private static Variable steps(Tape tape, Variable x, int from, int count) {
    var steps = new ArrayList<Variable>();
    for (int t = from; t < from + count; t++) {
      steps.add(tape.at(x, t));
    }
    return tape.stack(steps);
  }

  private static Tensor steps(Tensor x, int from, int count) {
    int batchSize = x.dimension(1);
    return x.rows(from * batchSize, count * batchSize).reshape(count, batchSize, x.columns());
  }

  /// Embedded tokens through a GRU to the cross-entropy of the next ones; what is not real counts
  /// nothing.
  static GradientCheck.Program languageModel(GradientCheck check, ProgramSize size) {
    var tokens = tokens(check, size, VOCABULARY);
    var targets = tokens(check, size, VOCABULARY);
    if (size.lengths() != null) {
      size.lengths().ignorePadding(targets);
    }
    var parameters = check.parameters();
    var embedding =
        Embedding.of(VOCABULARY, size.inputSize())
            .create(parameters.at("embedding"), check.random());
    var gru =
        Gru.of(size.inputSize(), size.hiddenSize()).create(parameters.at("gru"), check.random());
    var head =
        Linear.of(size.hiddenSize(), VOCABULARY).create(parameters.at("head"), check.random());
    stir(check);
    return (tape, _) -> {
      var run = gru.forward(tape, embedding.forward(tape, tokens), size.lengths());
      return List.of(CrossEntropy.mean(tape, head.forward(tape, run.output()), targets));
    };
  }

  /// Random tokens, mostly some of them more than once.
  static Tokens tokens(GradientCheck check, ProgramSize size, int bound) {
    var tokens = Tokens.allocate(check.arena(), size.steps(), size.batchSize());
    for (int t = 0; t < size.steps(); t++) {
      for (int b = 0; b < size.batchSize(); b++) {
        tokens.set(t, b, check.random().nextInt(bound));
      }
    }
    return tokens;
  }
}
