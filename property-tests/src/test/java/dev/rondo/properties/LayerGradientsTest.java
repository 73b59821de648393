package dev.rondo.properties;

import static dev.rondo.properties.FiniteDifferences.assertGradients;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.tensor.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The gradients of layers, cells, losses and whole models.
class LayerGradientsTest {
  private static final int INPUT_SIZE = 4;

  /// A recurrent stack.
  record Shape(Variant kind, int layers, int hiddenSize, int batchSize, int steps) {
    RecurrentOptions options(int inputSize) {
      return kind.of(inputSize, hiddenSize).layers(layers);
    }

    boolean hasCellState() {
      return options(1).cell().hasCellState();
    }

    int stateSize() {
      return options(1).stateSize();
    }

    Shape {
      if (kind.needsSeveralUnits()) {
        hiddenSize = Math.max(hiddenSize, 7);
      }
    }

    String group() {
      return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return "%d layers, hidden %d, batch %d, steps %d"
          .formatted(layers, hiddenSize, batchSize, steps);
    }
  }

  static Stream<Shape> shapes() {
    return Stream.of(Variant.values())
        .flatMap(kind ->
            Stream.of(
                new Shape(kind, 1, 1, 1, 5),
                new Shape(kind, 1, 3, 3, 6),
                new Shape(kind, 1, 17, 2, 5),
                new Shape(kind, 1, 3, 9, 5),
                new Shape(kind, 2, 1, 3, 5),
                new Shape(kind, 2, 3, 2, 8),
                new Shape(kind, 3, 3, 1, 7),
                new Shape(kind, 3, 17, 2, 5)));
  }

  private static Recurrent stack(GradientCheck check, Shape shape, double dropout) {
    check.input("x", shape.steps, shape.batchSize, INPUT_SIZE);
    for (int layer = 0; layer < shape.layers; layer++) {
      check.input("h" + layer, shape.batchSize, shape.stateSize());
      if (shape.hasCellState()) {
        check.input("c" + layer, shape.batchSize, shape.hiddenSize);
      }
    }
    var options = shape.options(INPUT_SIZE).dropout(dropout);
    var stack = options.create(check.parameters().at("stack"), check.random());
    prepare(shape.kind, check.parameters());
    return stack;
  }

  /// Rectifiers would be silent half of the time, and with them what is to be checked: biases keep
  /// most of them awake.
  static void prepare(Variant kind, Parameters parameters) {
    if (kind == Variant.RNN_RELU) {
      for (var parameter : parameters.all()) {
        if (parameter.name().contains("bias_ih")) {
          for (int u = 0; u < parameter.value().columns(); u++) {
            parameter.value().set(0, u, 2 + parameter.value().get(0, u));
          }
        }
      }
    }
  }

  private static StackState initial(GradientCheck.Inputs in, Shape shape) {
    var states = new ArrayList<CellState>();
    for (int layer = 0; layer < shape.layers; layer++) {
      var c = shape.hasCellState() ? in.get("c" + layer) : null;
      states.add(new CellState(in.get("h" + layer), c));
    }
    return new StackState(states);
  }

  private static List<Variable> variables(StackState state) {
    var result = new ArrayList<Variable>();
    for (var layer : state.layers()) {
      result.add(layer.h());
      if (layer.c() != null) {
        result.add(layer.c());
      }
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void outputAndLastStateHaveTheRightGradients(Shape shape) {
    try (var check = new GradientCheck(11)) {
      var stack = stack(check, shape, 0);
      assertGradients(
          check,
          shape.group(),
          shape + ", output and last state",
          (tape, in) -> {
            var run = stack.forward(tape, in.get("x"), initial(in, shape));
            var results = variables(run.lastState());
            results.addFirst(run.output());
            return results;
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void theOutputAloneHasTheRightGradient(Variant kind) {
    var shape = new Shape(kind, 2, 3, 2, 6);
    try (var check = new GradientCheck(12)) {
      var stack = stack(check, shape, 0);
      assertGradients(
          check,
          shape.group(),
          shape + ", output alone",
          (tape, in) -> List.of(stack.forward(tape, in.get("x"), initial(in, shape)).output()));
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void theLastStateAloneHasTheRightGradient(Variant kind) {
    var shape = new Shape(kind, 2, 3, 2, 6);
    try (var check = new GradientCheck(13)) {
      var stack = stack(check, shape, 0);
      assertGradients(
          check,
          shape.group(),
          shape + ", last state alone",
          (tape, in) ->
              variables(stack.forward(tape, in.get("x"), initial(in, shape)).lastState()));
    }
  }

  /// Nothing but the c of the last step asks for a gradient.
  @Test
  void theLastCellStateAloneHasTheRightGradient() {
    var shape = new Shape(Variant.LSTM, 1, 3, 2, 6);
    try (var check = new GradientCheck(14)) {
      var stack = stack(check, shape, 0);
      assertGradients(
          check,
          shape.group(),
          shape + ", last c alone",
          (tape, in) -> {
            var run = stack.forward(tape, in.get("x"), initial(in, shape));
            return List.of(run.lastState().layers().getFirst().c());
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void dropoutBetweenLayersHasTheGradientOfItsMask(Variant kind) {
    var shape = new Shape(kind, 3, 5, 3, 5);
    try (var check = new GradientCheck(15)) {
      var stack = stack(check, shape, 0.4);
      assertGradients(
          check,
          shape.group(),
          shape + ", dropout 0.4",
          (tape, in) -> List.of(stack.forward(tape, in.get("x"), initial(in, shape)).output()));
    }
  }

  /// The state of one run is the start of the next on the same tape, as in an encoder and decoder
  /// that share weights.
  @ParameterizedTest
  @EnumSource(Variant.class)
  void aStackUsedTwiceOnATapeGetsBothGradients(Variant kind) {
    var shape = new Shape(kind, 2, 3, 2, 5);
    try (var check = new GradientCheck(16)) {
      var stack = stack(check, shape, 0);
      check.input("y", 3, shape.batchSize, INPUT_SIZE);
      assertGradients(
          check,
          shape.group(),
          shape + ", used twice",
          (tape, in) -> {
            var first = stack.forward(tape, in.get("x"), initial(in, shape));
            var second = stack.forward(tape, in.get("y"), first.lastState());
            return List.of(first.output(), second.output());
          });
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aCellSteppedByHandHasTheRightGradients(Shape shape) {
    try (var check = new GradientCheck(17)) {
      var cell =
          shape.options(INPUT_SIZE).createCell(check.parameters().at("cell"), check.random());
      prepare(shape.kind, check.parameters());
      check.input("x", shape.steps, shape.batchSize, INPUT_SIZE);
      check.input("h", shape.batchSize, shape.stateSize());
      if (shape.hasCellState()) {
        check.input("c", shape.batchSize, shape.hiddenSize);
      }
      assertGradients(
          check,
          shape.group(),
          shape + ", stepped by hand",
          (tape, in) -> {
            var c = shape.hasCellState() ? in.get("c") : null;
            var state = new CellState(in.get("h"), c);
            var outputs = new ArrayList<Variable>();
            for (int t = 0; t < shape.steps; t++) {
              state = cell.step(tape, tape.at(in.get("x"), t), state);
              outputs.add(state.h());
            }
            var results = new ArrayList<Variable>(List.of(tape.stack(outputs), state.h()));
            if (state.c() != null) {
              results.add(state.c());
            }
            return results;
          });
    }
  }

  static Stream<Shape> cells() {
    return Stream.of(Variant.values())
        .flatMap(kind ->
            Stream.of(
                new Shape(kind, 1, 1, 1, 5),
                new Shape(kind, 1, 3, 2, 6),
                new Shape(kind, 1, 17, 3, 5)));
  }

  /// Each output goes into the next input: what a decoder does, and no layer can.
  @ParameterizedTest
  @EnumSource(Variant.class)
  void aCellThatReadsItsOwnOutputHasTheRightGradients(Variant kind) {
    var shape = new Shape(kind, 1, 3, 2, 5);
    try (var check = new GradientCheck(18)) {
      int size = shape.stateSize();
      var cell = shape.options(size).createCell(check.parameters().at("cell"), check.random());
      prepare(kind, check.parameters());
      check.input("x", shape.batchSize, size);
      check.input("h", shape.batchSize, size);
      if (shape.hasCellState()) {
        check.input("c", shape.batchSize, shape.hiddenSize);
      }
      assertGradients(
          check,
          shape.group(),
          shape + ", reading its own output",
          (tape, in) -> {
            var state = new CellState(in.get("h"), shape.hasCellState() ? in.get("c") : null);
            var x = in.get("x");
            for (int t = 0; t < shape.steps; t++) {
              state = cell.step(tape, x, state);
              x = tape.add(state.h(), tape.scale(0.5, x));
            }
            return List.of(x, tape.multiply(in.get("h"), state.h()));
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17, 33})
  void linearHasTheRightGradients(int size) {
    try (var check = new GradientCheck(size)) {
      var linear = Linear.of(size, size + 1).create(check.parameters(), check.random());
      check.input("x", 3, 2, size);
      assertGradients(
          check,
          "linear",
          "%d to %d".formatted(size, size + 1),
          (tape, in) -> List.of(linear.forward(tape, in.get("x"))));
    }
  }

  @Test
  void linearUsedTwiceGetsBothGradients() {
    try (var check = new GradientCheck(3)) {
      var linear = Linear.of(5, 5).create(check.parameters(), check.random());
      check.input("x", 4, 5);
      assertGradients(
          check,
          "linear",
          "5 to 5, used twice",
          (tape, in) ->
              List.of(linear.forward(tape, tape.tanh(linear.forward(tape, in.get("x"))))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17})
  void embeddingHasTheRightGradient(int size) {
    try (var check = new GradientCheck(size)) {
      var embedding = Embedding.of(4, size).create(check.parameters(), check.random());
      var tokens = Tokens.of(check.arena(), new int[][] {{0, 3, 3}, {2, 0, 3}});
      assertGradients(
          check,
          "embedding",
          "4 tokens of %d".formatted(size),
          (tape, _) -> List.of(embedding.forward(tape, tokens)));
    }
  }

  /// One weight gets a gradient from the tokens that went in and from those that may come out.
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17})
  void aTiedProjectionHasTheRightGradient(int size) {
    try (var check = new GradientCheck(size)) {
      var embedding =
          Embedding.of(4, size).create(check.parameters().at("embedding"), check.random());
      var head =
          Linear.of(size, 4)
              .create(check.parameters().at("head"), embedding.weight(), check.random());
      var tokens = Tokens.of(check.arena(), new int[][] {{0, 3, 3}, {2, 0, 3}});
      assertGradients(
          check,
          "tied embedding and projection",
          "4 tokens of %d".formatted(size),
          (tape, _) -> List.of(head.forward(tape, tape.tanh(embedding.forward(tape, tokens)))));
    }
  }

  @Test
  void dropoutHasTheGradientOfItsMask() {
    try (var check = new GradientCheck(4)) {
      check.input("x", 3, 2, 19);
      assertGradients(
          check, "dropout", "0.5", (tape, in) -> List.of(Dropout.apply(tape, in.get("x"), 0.5)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16, 17, 40})
  void crossEntropyHasTheRightGradient(int classes) {
    try (var check = new GradientCheck(classes)) {
      check.input("logits", 3, 2, classes);
      int last = classes - 1;
      var all = Tokens.of(check.arena(), new int[][] {{0, last}, {1, 1}, {last, 0}});
      var some =
          Tokens.of(
              check.arena(), new int[][] {{0, Tokens.IGNORED}, {Tokens.IGNORED, 1}, {last, 0}});
      assertGradients(
          check,
          "cross-entropy",
          "%d classes, mean and sum, with ignored targets and without".formatted(classes),
          (tape, in) ->
              List.of(
                  CrossEntropy.mean(tape, in.get("logits"), all),
                  CrossEntropy.sum(tape, in.get("logits"), all),
                  CrossEntropy.mean(tape, in.get("logits"), some),
                  CrossEntropy.sum(tape, in.get("logits"), some)));
    }
  }

  @ParameterizedTest
  @EnumSource(CellKind.class)
  void aLanguageModelHasTheRightGradients(CellKind kind) {
    try (var check = new GradientCheck(21)) {
      var architecture = Architecture.languageModel(5, 3, kind, 7, 2).dropout(0.3);
      var model =
          SequenceModel.create(architecture, check.backend(), check.arena(), check.random());
      check.with(model.parameters());
      prepare(variant(kind), model.parameters());
      var state = model.newState(2, check.arena());
      state.h(0).copyFrom(check.gaussian(2, 7));
      state.h(1).copyFrom(check.gaussian(2, 7));
      var inputs = Tokens.of(check.arena(), new int[][] {{0, 1}, {2, 3}, {4, 1}, {3, 3}, {0, 2}});
      var targets =
          Tokens.of(
              check.arena(),
              new int[][] {{2, 3}, {4, 1}, {3, Tokens.IGNORED}, {0, 2}, {1, Tokens.IGNORED}});
      assertGradients(
          check,
          "sequence model",
          "language model, " + kind.label(),
          (tape, _) ->
              List.of(
                  CrossEntropy.mean(tape, model.forward(tape, inputs, state).logits(), targets)));
    }
  }

  @ParameterizedTest
  @EnumSource(CellKind.class)
  void aModelOfDenseInputHasTheRightGradients(CellKind kind) {
    try (var check = new GradientCheck(22)) {
      var architecture = new Architecture(new Architecture.DenseInput(3), kind, 5, 2, 0.2, 2);
      var model =
          SequenceModel.create(architecture, check.backend(), check.arena(), check.random());
      check.with(model.parameters());
      prepare(variant(kind), model.parameters());
      var state = model.newState(2, check.arena());
      check.input("x", 6, 2, 3);
      assertGradients(
          check,
          "sequence model",
          "dense input, " + kind.label(),
          (tape, in) -> List.of(squared(tape, model.forward(tape, in.get("x"), state).logits())));
    }
  }

  private static Variant variant(CellKind kind) {
    return Variant.valueOf(kind.name());
  }

  private static Variable squared(Tape tape, Variable y) {
    return tape.mean(tape.multiply(y, y));
  }
}
