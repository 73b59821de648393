package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.ByHand.LN3;
import static dev.rondo.nn.recurrent.ByHand.assertValues;
import static dev.rondo.nn.recurrent.ByHand.row;
import static dev.rondo.nn.recurrent.ByHand.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is left out at random, where it can be seen: in cells whose gates are constants, so that
/// the new state is the new value alone.
class RegularizationTest {
  /// Enough units that both outcomes of every draw are there.
  private static final int UNITS = 64;

  private static final Activation ONE = Activation.affine(0, 1);
  private static final Activation HALF = Activation.affine(0, 0.5);
  private static final Activation ZERO = Activation.affine(0, 0);

  private final ByHand hand = new ByHand();

  @AfterEach
  void close() {
    hand.close();
  }

  private static Gru gru(Activation update) {
    return Gru.cell()
        .activation(GruGate.RESET, ONE)
        .activation(GruGate.UPDATE, update)
        .activation(GruGate.NEW, Activation.IDENTITY);
  }

  private static Lstm lstm(Activation forget) {
    return Lstm.cell()
        .activation(LstmGate.INPUT, ONE)
        .activation(LstmGate.FORGET, forget)
        .activation(LstmGate.CELL, Activation.IDENTITY)
        .activation(LstmGate.OUTPUT, ONE)
        .outputActivation(Activation.IDENTITY);
  }

  /// Cells that compute h = W·x + U·h₋₁ with the weights of one gate.
  ///
  /// @param gate whose weights these are, among the rows of the parameters
  record Linear(Cell cell, int gate) {}

  static Stream<Linear> linear() {
    return Stream.of(
        new Linear(Rnn.cell(Activation.IDENTITY), 0),
        new Linear(gru(ZERO), 2),
        new Linear(gru(ZERO).resetBefore(), 2),
        new Linear(lstm(ZERO), 2));
  }

  /// A layer with one input, everything 0.
  private Recurrent zero(RecurrentOptions options) {
    var layer = options.create(hand.parameters, hand.random());
    hand.parameters.all().forEach(parameter -> parameter.value().clear());
    return layer;
  }

  /// Sets the gate's part of a parameter to `weights`, row by row.
  private void setGate(String parameter, int gate, double... weights) {
    var value = hand.parameters.get(parameter).value();
    for (int i = 0; i < weights.length; i++) {
      int columns = value.columns();
      value.set(gate * (weights.length / columns) + i / columns, i % columns, weights[i]);
    }
  }

  private static double[] diagonal(int size, double value) {
    var matrix = new double[size * size];
    for (int i = 0; i < size; i++) {
      matrix[i * size + i] = value;
    }
    return matrix;
  }

  private static double[] all(int size, double value) {
    var values = new double[size];
    Arrays.fill(values, value);
    return values;
  }

  private StackState state(Tape tape, Recurrent layer, int batchSize, double... h) {
    var hidden = hand.input(tape, shape(batchSize, h.length / batchSize), h);
    var zero = layer.zeroState(tape, batchSize).layers().getFirst();
    return new StackState(List.of(new CellState(hidden, zero.c())));
  }

  private static double[] step(Recurrent.StackOutput run, int t) {
    return run.output().value().at(t).toArray();
  }

  private static void assertBothOccur(Set<Double> expected, double[] values) {
    var seen = new HashSet<Double>();
    for (double value : values) {
      seen.add(value);
    }
    assertEquals(expected, seen);
  }

  /// U = 1, h₀ = 1, half of h dropped: a unit that is kept doubles in every step, one that is
  /// dropped is 0 from the first step on. The gradient of h₀ is 2³ or 0 after three steps. On an
  /// evaluating tape h stays 1.
  @ParameterizedTest
  @MethodSource("linear")
  void recurrentDropoutDropsTheSameUnitsAtAllSteps(Linear linear) {
    var layer = zero(RecurrentOptions.of(linear.cell, 1, UNITS).recurrentDropout(0.5));
    setGate("weight_hh_l0", linear.gate, diagonal(UNITS, 1));
    try (var tape = hand.record()) {
      var x = tape.constant(hand.tensor(shape(3, 1, 1), 0, 0, 0));
      var state = state(tape, layer, 1, all(UNITS, 1));
      var run = layer.forward(tape, x, state);
      assertBothOccur(Set.of(0.0, 2.0), step(run, 0));
      assertArrayEquals(ByHand.scaled(2, step(run, 0)), step(run, 1));
      assertArrayEquals(ByHand.scaled(4, step(run, 0)), step(run, 2));
      tape.backward(tape.sum(tape.at(run.output(), 2)));
      var h = state.layers().getFirst().h();
      assertArrayEquals(step(run, 2), h.gradient().toArray());
    }
    try (var tape = hand.evaluate()) {
      var x = tape.constant(hand.tensor(shape(3, 1, 1), 0, 0, 0));
      var run = layer.forward(tape, x, state(tape, layer, 1, all(UNITS, 1)));
      assertArrayEquals(all(UNITS, 1), step(run, 2));
    }
  }

  /// Eight units with weights 1 to 64, and eight rows of h₀ that each have a 1 elsewhere: the first
  /// step shows the matrix, in which a weight is twice what it was or 0. The second step's is the
  /// same matrix. The gradient of a weight is 2 where it was kept, else 0.
  @ParameterizedTest
  @MethodSource("linear")
  void dropConnectDropsTheSameWeightsAtAllSteps(Linear linear) {
    int n = 8;
    var layer = zero(RecurrentOptions.of(linear.cell, 1, n).dropConnect(0.5));
    var weights = new double[n * n];
    Arrays.setAll(weights, i -> i + 1);
    setGate("weight_hh_l0", linear.gate, weights);
    double[] shown;
    try (var tape = hand.record()) {
      var x = tape.constant(hand.tensor(shape(2, n, 1), new double[2 * n]));
      var run = layer.forward(tape, x, state(tape, layer, n, diagonal(n, 1)));
      shown = step(run, 0);
      assertArrayEquals(product(shown, shown, n), step(run, 1));
      tape.backward(tape.sum(tape.at(run.output(), 0)));
    }
    var kept = new HashSet<Boolean>();
    var gradient = hand.parameters.get("weight_hh_l0").gradient();
    for (int unit = 0; unit < n; unit++) {
      for (int from = 0; from < n; from++) {
        double weight = weights[unit * n + from];
        boolean dropped = shown[from * n + unit] == 0;
        kept.add(!dropped);
        assertEquals(dropped ? 0 : 2 * weight, shown[from * n + unit]);
        assertEquals(dropped ? 0.0 : 2.0, gradient.get(linear.gate * n + unit, from));
      }
    }
    assertEquals(2, kept.size());
    try (var tape = hand.evaluate()) {
      var x = tape.constant(hand.tensor(shape(1, n, 1), new double[n]));
      var run = layer.forward(tape, x, state(tape, layer, n, diagonal(n, 1)));
      assertEquals(weights[n + 2], run.output().value().get(2, 1));
    }
  }

  private static double[] product(double[] a, double[] b, int n) {
    var result = new double[n * n];
    for (int i = 0; i < n * n; i++) {
      for (int k = 0; k < n; k++) {
        result[i] += a[i / n * n + k] * b[k * n + i % n];
      }
    }
    return result;
  }

  /// f = i = 1, g = x = 1, half of g dropped: c grows by 2 or by nothing, and what it was stays.
  /// Over two steps it is 0, 2 or 4, and whether one grows says nothing of the next. As h is c, the
  /// gradient of the input's weights is c itself.
  @Test
  void candidateDropoutLeavesOldMemoriesOfAnLstmAlone() {
    var layer = zero(Lstm.of(1, UNITS, lstm(ONE)).candidateDropout(0.5));
    setGate("weight_ih_l0", 2, all(UNITS, 1));
    try (var tape = hand.record()) {
      var run = layer.forward(tape, hand.input(tape, shape(2, 1, 1), 1, 1));
      assertBothOccur(Set.of(0.0, 2.0), step(run, 0));
      assertBothOccur(Set.of(0.0, 2.0), difference(step(run, 1), step(run, 0)));
      assertBothOccur(Set.of(0.0, 2.0, 4.0), step(run, 1));
      tape.backward(tape.sum(tape.at(run.output(), 1)));
      var gradient = hand.parameters.get("weight_ih_l0").gradient();
      assertArrayEquals(step(run, 1), gradient.rows(2 * UNITS, UNITS).toArray());
    }
    try (var tape = hand.evaluate()) {
      var run = layer.forward(tape, hand.input(tape, shape(2, 1, 1), 1, 1));
      assertArrayEquals(all(UNITS, 2), step(run, 1));
    }
  }

  /// z = 1/2, n = x = 1, half of n dropped: h = h₋₁/2 + 1 or h₋₁/2, from 8: 5 or 4, then half of
  /// that and 1 or nothing.
  @Test
  void candidateDropoutLeavesOldMemoriesOfAGruAlone() {
    var layer = zero(Gru.of(1, UNITS, gru(HALF)).candidateDropout(0.5));
    setGate("weight_ih_l0", 2, all(UNITS, 1));
    try (var tape = hand.record()) {
      var x = hand.input(tape, shape(2, 1, 1), 1, 1);
      var run = layer.forward(tape, x, state(tape, layer, 1, all(UNITS, 8)));
      assertBothOccur(Set.of(4.0, 5.0), step(run, 0));
      assertBothOccur(Set.of(2.0, 2.5, 3.0, 3.5), step(run, 1));
    }
  }

  private static double[] difference(double[] a, double[] b) {
    var result = new double[a.length];
    Arrays.setAll(result, i -> a[i] - b[i]);
    return result;
  }

  /// 1/4·h₋₁ + 3/4·h, with h₋₁ = 2 and h = 1/2 of the Elman cell, 7/8 of the GRU, 3/8 of the LSTM:
  /// 7/8, 37/32 and 25/32. The LSTM's c = 1/2·c₋₁ + 1/2·(½·ln 3), with c₋₁ = 2·ln 3 - 3/2; its h is
  /// made from the new c, not from that.
  @Test
  void zoneoutIsItsExpectationInEvaluation() {
    double k = 2 * LN3 - 1.5;
    var rnn = Rnn.of(1, 1).zoneout(0.25, 0).create(hand.parameters.at("rnn"), hand.random());
    var gru = Gru.of(1, 1).zoneout(0.25, 0).create(hand.parameters.at("gru"), hand.random());
    var lstm = Lstm.of(1, 1).zoneout(0.25, 0.5).create(hand.parameters.at("lstm"), hand.random());
    setQuarters("rnn.", LN3 / 2);
    hand.set("gru.weight_ih_l0", LN3 / 2, -LN3 / 2, LN3 / 2);
    hand.set("gru.weight_hh_l0", LN3 / 8, -LN3 / 8, 0.3);
    hand.set("gru.bias_ih_l0", LN3 / 8, -LN3 / 8, -0.3);
    hand.set("gru.bias_hh_l0", LN3 / 8, -LN3 / 8, -0.2);
    setQuarters("lstm.", LN3, -LN3, LN3 / 2, LN3);
    try (var tape = hand.evaluate()) {
      assertValues("rnn", hand.step(tape, rnn, 1, row(2), null).run().output().value(), 7 / 8.0);
      assertValues("gru", hand.step(tape, gru, 1, row(2), null).run().output().value(), 37 / 32.0);
      var step = hand.step(tape, lstm, 1, row(2), row(k));
      assertValues("lstm", step.run().output().value(), 25 / 32.0);
      assertValues("c", step.last().c().value(), k / 2 + LN3 / 4);
    }
  }

  private void setQuarters(String prefix, double... z) {
    hand.set(prefix + "weight_ih_l0", ByHand.scaled(0.5, z));
    for (String name : List.of("weight_hh_l0", "bias_ih_l0", "bias_hh_l0")) {
      hand.set(prefix + name, ByHand.scaled(0.125, z));
    }
  }

  /// Units of the common cells that are alike: with zoneout each h, and each c, is to the bit that
  /// of the step before or that of the cell without zoneout, h and c each for itself.
  @ParameterizedTest
  @MethodSource("common")
  void withZoneoutAUnitIsExactlyTheOldOrTheNewOne(Cell cell) {
    boolean cellState = cell.hasCellState();
    var options = RecurrentOptions.of(cell, 1, UNITS);
    var plain = options.create(hand.parameters.at("plain"), hand.random());
    var zoned =
        options
            .zoneout(0.5, cellState ? 0.5 : 0)
            .create(hand.parameters.at("zoned"), hand.random());
    for (String name : List.of("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")) {
      var value = hand.parameters.get("plain." + name).value();
      hand.parameters.get("zoned." + name).value().copyFrom(value);
    }
    try (var tape = hand.record()) {
      var c = cellState ? all(UNITS, 3) : null;
      var expected = hand.step(tape, plain, 1, all(UNITS, 2), c).last();
      var actual = hand.step(tape, zoned, 1, all(UNITS, 2), c).last();
      var kept = kept(2, expected.h().value(), actual.h().value());
      assertEquals(Set.of(true, false), Set.copyOf(kept));
      if (cellState) {
        var keptCells = kept(3, expected.c().value(), actual.c().value());
        assertEquals(Set.of(true, false), Set.copyOf(keptCells));
        assertTrue(!kept.equals(keptCells), "h and c are drawn apart");
      }
    }
  }

  static Stream<Cell> common() {
    return Stream.of(Rnn.cell(Activation.TANH), Gru.cell(), Gru.cell().resetBefore(), Lstm.cell());
  }

  private static List<Boolean> kept(double old, Tensor fresh, Tensor actual) {
    var kept = new Boolean[UNITS];
    for (int unit = 0; unit < UNITS; unit++) {
      kept[unit] = actual.get(0, unit) == old;
      assertEquals(kept[unit] ? old : fresh.get(0, unit), actual.get(0, unit));
    }
    return List.of(kept);
  }

  /// h = h₋₁ + 1, or h₋₁ again, drawn anew in each step: 0, 1 or 2 after two. dL/dh₋₁ is 1 of all
  /// units, kept or new; a bias gets 1 for every step in which its unit was new.
  @Test
  void zoneoutIsDrawnInEveryStep() {
    var options = Rnn.of(1, UNITS, Rnn.cell(Activation.IDENTITY)).zoneout(0.5, 0);
    var layer = zero(options);
    setGate("weight_hh_l0", 0, diagonal(UNITS, 1));
    hand.fill("bias_ih_l0", 1);
    try (var tape = hand.record()) {
      var x = tape.constant(hand.tensor(shape(2, 1, 1), 0, 0));
      var state = state(tape, layer, 1, all(UNITS, 0));
      var run = layer.forward(tape, x, state);
      assertBothOccur(Set.of(0.0, 1.0), step(run, 0));
      assertBothOccur(Set.of(0.0, 1.0), difference(step(run, 1), step(run, 0)));
      assertBothOccur(Set.of(0.0, 1.0, 2.0), step(run, 1));
      tape.backward(tape.sum(tape.at(run.output(), 1)));
      assertArrayEquals(all(UNITS, 1), state.layers().getFirst().h().gradient().toArray());
      var gradient = hand.parameters.get("bias_ih_l0").gradient();
      assertArrayEquals(step(run, 1), gradient.toArray());
    }
  }
}
