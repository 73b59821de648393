package dev.rondo.nn.recurrent;

import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Layers against steps worked by hand, and what they refuse.
class RecurrentTest {
  private static final double TOLERANCE = 1e-6;
  private static final double LN3 = StrictMath.log(3);

  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();
  private final Parameters parameters = new Parameters(backend, arena);

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  private Tensor tensor(int... shape) {
    return Tensor.allocate(arena, ElementType.FLOAT32, shape);
  }

  private void set(String name, double... values) {
    var value = parameters.get(name).value();
    for (int i = 0; i < values.length; i++) {
      if (value.rank() == 1) {
        value.set(0, i, values[i]);
      } else {
        value.set(i, 0, values[i]);
      }
    }
  }

  private Variable constant(Tape tape, double value) {
    var tensor = tensor(1, 1);
    tensor.set(0, 0, value);
    return tape.constant(tensor);
  }

  private Variable one(Tape tape) {
    var x = tensor(1, 1, 1);
    x.set(0, 0, 1);
    return tape.constant(x);
  }

  /// Rows i f g o. x = 1 and h₋₁ = 2: of every pre-activation z the input gives ½z, the state
  /// 2·⅛z, each bias ⅛z. z = (ln 3, -ln 3, ½·ln 3, ln 3) makes i = 3/4, f = 1/4, g = 1/2, o = 3/4,
  /// and with c₋₁ = 4·(½·ln 3 - 3/8)
  ///
  ///     c = 1/4·c₋₁ + 3/4·1/2 = ½·ln 3        h = 3/4·tanh(½·ln 3) = 3/8
  @Test
  void anLstmStepIsTheOneWorkedByHand() {
    var lstm = Lstm.of(1, 1).create(parameters, new CounterRandom(1));
    double[] z = {LN3, -LN3, LN3 / 2, LN3};
    set("weight_ih_l0", z[0] / 2, z[1] / 2, z[2] / 2, z[3] / 2);
    for (String name : List.of("weight_hh_l0", "bias_ih_l0", "bias_hh_l0")) {
      set(name, z[0] / 8, z[1] / 8, z[2] / 8, z[3] / 8);
    }
    try (var tape = Tape.evaluate(backend, workspace)) {
      var state = new CellState(constant(tape, 2), constant(tape, 4 * (LN3 / 2 - 0.375)));
      var run = lstm.forward(tape, one(tape), new StackState(List.of(state)));
      assertEquals(0.375, run.output().value().scalar(), TOLERANCE);
      var last = run.lastState().layers().getFirst();
      assertEquals(0.375, last.h().value().scalar(), TOLERANCE);
      assertEquals(LN3 / 2, last.c().value().scalar(), TOLERANCE);
    }
  }

  /// Rows r z n. r = 3/4, z = 1/4; the state's part of n is U·h₋₁ + b_hh = 3/10·2 - 1/5 = 2/5, the
  /// input's ½·ln 3 - 3/10, so n = tanh(½·ln 3 - 3/10 + 3/4·2/5) = 1/2. With h₋₁ = 2
  ///
  ///     h = (1 - z)·n + z·h₋₁ = 3/8 + 1/2 = 7/8
  @Test
  void aGruStepIsTheOneWorkedByHand() {
    var gru = Gru.of(1, 1).create(parameters, new CounterRandom(1));
    set("weight_ih_l0", LN3 / 2, -LN3 / 2, LN3 / 2);
    set("weight_hh_l0", LN3 / 8, -LN3 / 8, 0.3);
    set("bias_ih_l0", LN3 / 8, -LN3 / 8, -0.3);
    set("bias_hh_l0", LN3 / 8, -LN3 / 8, -0.2);
    try (var tape = Tape.evaluate(backend, workspace)) {
      var state = new CellState(constant(tape, 2), null);
      var run = gru.forward(tape, one(tape), new StackState(List.of(state)));
      assertEquals(0.875, run.output().value().scalar(), TOLERANCE);
    }
  }

  /// z = ¼·ln 3 + 2·¹/₁₆·ln 3 + 2·¹/₁₆·ln 3 = ½·ln 3, so h = tanh(z) = 1/2, or z itself.
  @Test
  void elmanStepsAreTheOnesWorkedByHand() {
    var tanh = Rnn.of(1, 1).create(parameters.at("tanh"), new CounterRandom(1));
    var relu = Rnn.relu(1, 1).create(parameters.at("relu"), new CounterRandom(1));
    for (String prefix : List.of("tanh.", "relu.")) {
      set(prefix + "weight_ih_l0", LN3 / 4);
      set(prefix + "weight_hh_l0", LN3 / 16);
      set(prefix + "bias_ih_l0", LN3 / 16);
      set(prefix + "bias_hh_l0", LN3 / 16);
    }
    try (var tape = Tape.evaluate(backend, workspace)) {
      var state = new StackState(List.of(new CellState(constant(tape, 2), null)));
      var h = tanh.forward(tape, one(tape), state).output().value();
      assertEquals(0.5, h.scalar(), TOLERANCE);
      h = relu.forward(tape, one(tape), state).output().value();
      assertEquals(LN3 / 2, h.scalar(), TOLERANCE);
    }
  }

  @Test
  void namesAndShapesArePyTorchs() {
    Lstm.of(5, 3).layers(2).create(parameters.at("lstm"), new CounterRandom(1));
    Gru.of(5, 3).create(parameters.at("gru"), new CounterRandom(1));
    GruCell.create(5, 3, parameters.at("cell"), new CounterRandom(1));
    var names = parameters.all().stream().map(Object::toString).toList();
    assertEquals(
        List.of(
            "lstm.weight_ih_l0 [12, 5] FLOAT32",
            "lstm.weight_hh_l0 [12, 3] FLOAT32",
            "lstm.bias_ih_l0 [12] FLOAT32",
            "lstm.bias_hh_l0 [12] FLOAT32",
            "lstm.weight_ih_l1 [12, 3] FLOAT32",
            "lstm.weight_hh_l1 [12, 3] FLOAT32",
            "lstm.bias_ih_l1 [12] FLOAT32",
            "lstm.bias_hh_l1 [12] FLOAT32",
            "gru.weight_ih_l0 [9, 5] FLOAT32",
            "gru.weight_hh_l0 [9, 3] FLOAT32",
            "gru.bias_ih_l0 [9] FLOAT32",
            "gru.bias_hh_l0 [9] FLOAT32",
            "cell.weight_ih [9, 5] FLOAT32",
            "cell.weight_hh [9, 3] FLOAT32",
            "cell.bias_ih [9] FLOAT32",
            "cell.bias_hh [9] FLOAT32"),
        names);
  }

  @Test
  void theForgetBiasIsTheSumOfBoth() {
    Lstm.of(2, 3).forgetBias(1).create(parameters, new CounterRandom(1));
    for (int u = 3; u < 6; u++) {
      assertEquals(1.0, parameters.get("bias_ih_l0").value().get(0, u));
      assertEquals(0.0, parameters.get("bias_hh_l0").value().get(0, u));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @Test
  void wrongShapesAreNamedWithTheRuleAndTheValue() {
    var random = new CounterRandom(1);
    var lstm = Lstm.of(5, 3).layers(2).create(parameters.at("lstm"), random);
    var cell = LstmCell.create(5, 3, parameters.at("cell"), random);
    var linear = Linear.of(5, 3).create(parameters.at("linear"), random);
    var embedding = Embedding.of(4, 3).create(parameters.at("embedding"), random);
    try (var tape = Tape.evaluate(backend, workspace)) {
      var x = tape.constant(tensor(7, 2, 5));
      assertMessage(
          "x is [7, 2, 4] FLOAT32, expected [steps, batchSize, 5]",
          () -> lstm.forward(tape, tape.constant(tensor(7, 2, 4))));
      assertMessage(
          "x is [2, 5] FLOAT32, expected [steps, batchSize, 5]",
          () -> lstm.forward(tape, tape.constant(tensor(2, 5))));
      assertMessage(
          "x is [0, 2, 5] FLOAT32, expected [steps, batchSize, 5]",
          () -> lstm.forward(tape, tape.constant(tensor(0, 2, 5))));
      assertMessage(
          "state h is [3, 3] FLOAT32, expected [2, 3]",
          () -> lstm.forward(tape, x, lstm.zeroState(tape, 3)));
      var layer = lstm.zeroState(tape, 2).layers().getFirst();
      assertMessage(
          "state has 1 layers, expected 2",
          () -> lstm.forward(tape, x, new StackState(List.of(layer))));
      var noCell = new CellState(layer.h(), null);
      assertMessage(
          "state c is null, expected [2, 3]",
          () -> lstm.forward(tape, x, new StackState(List.of(layer, noCell))));
      var row = tape.constant(tensor(2, 5));
      assertMessage(
          "x is [2, 4] FLOAT32, expected [2, 5]",
          () -> cell.step(tape, tape.constant(tensor(2, 4)), cell.zeroState(tape, 2)));
      assertMessage(
          "h is [3, 3] FLOAT32, expected [2, 3]",
          () -> cell.step(tape, row, cell.zeroState(tape, 3)));
      assertMessage("c is missing, expected [2, 3]", () -> cell.step(tape, row, noCell));
      assertMessage(
          "x is [2, 3] FLOAT32, expected [..., 5]",
          () -> linear.forward(tape, tape.constant(tensor(2, 3))));
      assertMessage(
          "token 0 is 4, expected 0 to 3",
          () -> embedding.forward(tape, Tokens.of(arena, new int[][] {{4}})));
    }
  }

  @Test
  void wrongOptionsAreNamedWithTheRuleAndTheValue() {
    assertMessage("hiddenSize must be positive, was 0", () -> Lstm.of(5, 0));
    assertMessage("inputSize must be positive, was -1", () -> Gru.of(-1, 5));
    assertMessage("layers must be positive, was 0", () -> Rnn.of(5, 5).layers(0));
    assertMessage("dropout must be in [0, 1), was 1.0", () -> Rnn.of(5, 5).dropout(1));
    assertMessage("dropout must be in [0, 1), was NaN", () -> Rnn.of(5, 5).dropout(Double.NaN));
    assertMessage(
        "LstmGate.FORGET is none of the cell's gates, which are [RESET, UPDATE, NEW]",
        () -> Gru.of(5, 5).forgetBias(1));
    assertMessage(
        "a cell has one layer and goes forward, layers was 2, direction FORWARD",
        () -> Lstm.of(5, 5).layers(2).createCell(parameters, new CounterRandom(1)));
  }
}
