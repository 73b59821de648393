package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmCell;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Gradients, gates and states of networks small enough to be worked by hand.
class GradientFlowTest {
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();
  private final Backend float32 = Backend.best();
  private final Backend float64 = Backend.float64(Threads.one());

  @AfterEach
  void close() {
    float64.close();
    float32.close();
    workspace.close();
    arena.close();
  }

  /// `h = ρ·R·h₋₁ + x` with R a rotation by 1: of any v, ‖(ρ·R)ᵀ·v‖ = ρ·‖v‖.
  private Recurrent rotation(Backend backend, double rho) {
    var parameters = new Parameters(backend, arena);
    var rnn =
        Rnn.of(2, 2, Rnn.options(Activation.affine(1, 0))).create(parameters, new CounterRandom(1));
    for (var parameter : parameters.all()) {
      parameter.value().clear();
    }
    var u = parameters.get("weight_hh_l0").value();
    u.set(0, 0, rho * Math.cos(1));
    u.set(0, 1, -rho * Math.sin(1));
    u.set(1, 0, rho * Math.sin(1));
    u.set(1, 1, rho * Math.cos(1));
    return rnn;
  }

  private Tensor zeros(Backend backend, int... shape) {
    return Tensor.allocate(arena, backend.type(), shape);
  }

  /// dL/dh_T = (3, 4) of the first sequence, (0, 0) of the second.
  private LayerFlow flow(Backend backend, Recurrent rnn, int steps) {
    try (var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var flow = GradientFlow.on(tape);
      var run = rnn.forward(tape, tape.constant(zeros(backend, steps, 2, 2)));
      var upstream = zeros(backend, 2, 2);
      upstream.set(0, 0, 3);
      upstream.set(0, 1, 4);
      tape.backward(run.lastState().layers().getFirst().h(), upstream);
      return flow.layers().getFirst();
    }
  }

  @Test
  void anOrthogonalNetworkKeepsEveryNorm() {
    var layer = flow(float32, rotation(float32, 1), 100);
    assertEquals("weight_hh_l0", layer.name());
    assertEquals(100, layer.steps());
    for (int t = 0; t < 100; t++) {
      assertEquals(5, layer.norm(t), 1e-4);
      assertEquals(5, layer.norm(t, 0), 1e-4);
      assertEquals(0, layer.norm(t, 1));
    }
    assertEquals(Signal.HEALTHY, layer.verdict().signal());
    assertEquals(99, layer.verdict().lag());
    assertEquals(1, layer.verdict().factor(), 1e-6);
  }

  /// 0.5^7 < 0.01 <= 0.5^6; 0.9^43 = 0.0108, 0.9^44 = 0.0097; 2^7 > 100 >= 2^6; 1.1^48 = 97, 1.1^49
  /// = 107.
  @Test
  void aScaledOneNamesTheLagBeyondTheLimit() {
    assertLag(Signal.VANISHING, 7, 0.5);
    assertLag(Signal.VANISHING, 44, 0.9);
    assertLag(Signal.EXPLODING, 7, 2);
    assertLag(Signal.EXPLODING, 49, 1.1);
  }

  private void assertLag(Signal signal, int lag, double rho) {
    for (var backend : List.of(float32, float64)) {
      var layer = flow(backend, rotation(backend, rho), 60);
      assertEquals(signal, layer.verdict().signal(), layer::toString);
      assertEquals(lag, layer.verdict().lag(), layer::toString);
      assertEquals(rho, layer.verdict().factor(), 1e-5);
      var byLag = layer.byLag();
      assertEquals(60, byLag.length);
      for (int k = 0; k < 60; k++) {
        double mean = 5 * Math.pow(rho, k) / 2;
        assertEquals(mean, byLag[k], 1e-4 * mean);
        assertEquals(2 * byLag[k], layer.norm(59 - k), 1e-12 * mean);
      }
    }
  }

  @Test
  void whatIsFarFromOneIsToldApartFromZero() {
    var small = flow(float64, rotation(float64, 1e-3), 100);
    assertEquals(5e-237, small.norm(99 - 79), 1e-245);
    var large = flow(float32, rotation(float32, 10), 31);
    assertEquals(5e30, large.norm(0), 1e26);
    var beyond = flow(float32, rotation(float32, 1e10), 9);
    assertFalse(Double.isFinite(beyond.norm(0)));
    assertEquals(Signal.EXPLODING, beyond.verdict().signal());
  }

  /// A lag counts from each sequence's own end.
  @Test
  void lagsOfSequencesOfDifferentLengthsMeet() {
    var rnn = rotation(float64, 0.5);
    try (var tape = Tape.record(float64, workspace, new CounterRandom(1))) {
      var flow = GradientFlow.on(tape);
      var x = tape.constant(zeros(float64, 6, 3, 2));
      var run = rnn.forward(tape, x, Lengths.of(2, 6, 0));
      var upstream = zeros(float64, 3, 2);
      upstream.set(0, 0, 1);
      upstream.set(1, 1, 3);
      upstream.set(2, 1, 100);
      tape.backward(run.lastState().layers().getFirst().h(), upstream);
      var layer = flow.layers().getFirst();
      assertArrayEquals(new double[] {2, 1, 0.75, 0.375, 0.1875, 0.09375}, layer.byLag(), 1e-14);
      assertEquals(0.5, layer.norm(0, 0), 1e-15);
      assertEquals(1, layer.norm(1, 0), 1e-15);
      assertEquals(0, layer.norm(2, 0));
      assertEquals(3, layer.norm(5, 1), 1e-15);
      assertEquals(0, layer.norm(0, 2));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 2})
  void theJacobianOfARotationIsItsPower(double rho) {
    var rnn = rotation(float32, rho);
    var jacobians = GradientFlow.jacobians(rnn, zeros(float32, 12, 3, 2), 2, 7);
    assertEquals(1, jacobians.size());
    var norms = jacobians.getFirst();
    assertEquals(12, norms.norms().length);
    for (int lag = 0; lag < 12; lag++) {
      double expected = Math.pow(rho, lag);
      assertEquals(expected, norms.gain(lag), 1e-6 * expected);
      assertEquals(Math.sqrt(2) * expected, norms.norms()[lag], 1e-6 * expected);
    }
    assertEquals(1 / Math.sqrt(12), norms.relativeError(), 1e-15);
    var expected = rho < 1 ? Signal.VANISHING : rho > 1 ? Signal.EXPLODING : Signal.HEALTHY;
    assertEquals(expected, norms.verdict().signal());
    for (var parameter : rnn.parameters()) {
      for (double gradient : parameter.gradient().toArray()) {
        assertEquals(0, gradient, parameter.name());
      }
    }
  }

  /// The spectrum of ρ·R is ρ, and so is its norm.
  @Test
  void theReportNamesSpectraToo() {
    var layer = flow(float64, rotation(float64, 0.5), 12);
    var spectrum = layer.spectra().getFirst();
    assertEquals("weight_hh_l0", spectrum.matrix());
    assertEquals("hidden", spectrum.gate());
    assertEquals(0.5, spectrum.radius(), 1e-15);
    assertEquals(0.5, spectrum.norm(), 1e-15);
    try (var tape = Tape.record(float64, workspace, new CounterRandom(1))) {
      var flow = GradientFlow.on(tape);
      var run = rotation(float64, 0.5).forward(tape, tape.constant(zeros(float64, 12, 1, 2)));
      var upstream = zeros(float64, 1, 2);
      upstream.set(0, 0, 1);
      tape.backward(run.lastState().layers().getFirst().h(), upstream);
      assertEquals(
          """
          weight_hh_l0: vanishing: below 1 % at lag 7, x0.500 a step
            by lag  0: 1.00  1: 0.500  2: 0.250  4: 0.0625  8: 0.00391  11: 0.000488
            hidden  left-saturated   0.0 %, right-saturated   0.0 %
            hidden  spectral radius 0.5000, spectral norm 0.5000
          """,
          flow.report());
      assertTrue(flow.report().startsWith(flow.toString()));
    }
  }

  private void set(Parameters parameters, String name, double... values) {
    for (int i = 0; i < values.length; i++) {
      parameters.get(name).value().set(i, 0, values[i]);
    }
  }

  /// One unit whose gates see x alone, with z = w·x for w = (3, -3, 1, 4) of i f g o.
  ///
  /// | x | i | f | g | o |
  /// |---|---|---|---|---|
  /// | 1 | 0.953 right | 0.047 left | 0.76 | 0.98 right |
  /// | -1 | 0.047 left | 0.953 right | -0.76 | 0.018 left |
  /// | 0 | 0.5 | 0.5 | 0 | 0.5 |
  /// | 2 | 0.998 right | 0.002 left | 0.96 right | 1 right |
  @Test
  void saturatedGatesAreCounted() {
    for (var backend : List.of(float32, float64)) {
      var parameters = new Parameters(backend, arena);
      var lstm = Lstm.of(1, 1).create(parameters, new CounterRandom(1));
      parameters.all().forEach(parameter -> parameter.value().clear());
      set(parameters, "weight_ih_l0", 3, -3, 1, 4);
      var x = zeros(backend, 2, 2, 1);
      double[] values = {1, -1, 0, 2};
      for (int i = 0; i < 4; i++) {
        x.set(i, 0, values[i]);
      }
      try (var tape = Tape.evaluate(backend, workspace)) {
        var flow = GradientFlow.on(tape);
        lstm.forward(tape, tape.constant(x));
        var expected =
            List.of(
                new Saturation("input", 0.25, 0.5),
                new Saturation("forget", 0.5, 0.25),
                new Saturation("cell", 0, 0.25),
                new Saturation("output", 0.25, 0.5));
        assertEquals(expected, flow.layers().getFirst().saturations());
      }
      try (var tape = Tape.evaluate(backend, workspace)) {
        var flow = GradientFlow.on(tape);
        lstm.forward(tape, tape.constant(x), Lengths.of(2, 1)); // without x = 2
        assertEquals(
            new Saturation("input", 1 / 3.0, 1 / 3.0),
            flow.layers().getFirst().saturations().getFirst());
      }
    }
  }

  @Test
  void theLimitsOfOtherFunctions() {
    var values =
        Tensor.of(arena, new float[][] {{-1, -0.91f, -0.89f, -0.5f, 0, 0.05f, 0.5f, 0.95f}});
    assertCounts(2, 1, Activation.TANH, values);
    assertCounts(2, 1, Activation.SOFTSIGN, values);
    assertCounts(6, 1, Activation.hardSigmoid(), values);
    assertCounts(5, 0, Activation.RELU, values);
    assertCounts(3, 0, Activation.elu(0.6), values); // below -0.54
    assertCounts(0, 0, Activation.affine(1, 0), values);
    assertCounts(0, 0, Activation.leakyRelu(0.1), values);
    assertCounts(0, 0, Activation.TANH, Tensor.of(arena, new float[][] {{Float.NaN}}));
  }

  private static void assertCounts(int left, int right, Activation f, Tensor values) {
    assertEquals((long) right << 32 | left, Saturation.Limits.of(f).count(values, 0), f::toString);
  }

  /// As in the test of the LSTM step, z = (ln 3, -ln 3, ½·ln 3, ln 3) makes i = 3/4, f = 1/4,
  /// g = 1/2, o = 3/4 in every step of the second sequence:
  ///
  ///     c = 3/8, then 1/4·3/8 + 3/8 = 15/32        h = 3/4·tanh(c)
  ///
  /// The first sequence sees 0, where i = f = o = 1/2 and g = c = h = 0.
  @Test
  void aTraceShowsTheStepsWorkedByHand() {
    var parameters = new Parameters(float64, arena);
    var lstm = Lstm.of(1, 1).create(parameters, new CounterRandom(1));
    parameters.all().forEach(parameter -> parameter.value().clear());
    double ln3 = StrictMath.log(3);
    set(parameters, "weight_ih_l0", ln3, -ln3, ln3 / 2, ln3);
    var x = zeros(float64, 2, 2, 1);
    x.set(1, 0, 1);
    x.set(3, 0, 1);
    var trace = StateTrace.of(float64, lstm, x, 1).layers().getFirst();
    assertEquals("weight_hh_l0", trace.name());
    assertEquals(List.of("input", "forget", "cell", "output", "h", "c"), trace.names());
    assertTrace(trace.get("input"), 0.75, 0.75);
    assertTrace(trace.get("forget"), 0.25, 0.25);
    assertTrace(trace.get("cell"), 0.5, 0.5);
    assertTrace(trace.get("output"), 0.75, 0.75);
    assertTrace(trace.c(), 0.375, 15.0 / 32);
    assertTrace(trace.h(), 0.75 * Math.tanh(0.375), 0.75 * Math.tanh(15.0 / 32));
    var other = StateTrace.of(float64, lstm, x, 0).layers().getFirst();
    assertTrace(other.get("forget"), 0.5, 0.5);
    assertTrace(other.h(), 0, 0);
    var error = assertThrows(IllegalArgumentException.class, () -> trace.get("reset"));
    assertEquals(
        "weight_hh_l0 has no reset, only [input, forget, cell, output, h, c]", error.getMessage());
  }

  private static void assertTrace(double[][] actual, double... expected) {
    assertEquals(expected.length, actual.length);
    for (int t = 0; t < expected.length; t++) {
      assertArrayEquals(new double[] {expected[t]}, actual[t], 1e-7);
    }
  }

  /// The steps of a cell are those of one layer; each observer sees them all.
  @Test
  void theStepsOfACellAreOneLayer() {
    var parameters = new Parameters(float64, arena);
    var cell = LstmCell.create(1, 1, parameters, new CounterRandom(1));
    try (var tape = Tape.record(float64, workspace, new CounterRandom(1))) {
      var flow = GradientFlow.on(tape);
      var trace = StateTrace.on(tape, 0);
      var state = cell.zeroState(tape, 1);
      var states = new double[3];
      for (int t = 0; t < 3; t++) {
        var x = zeros(float64, 1, 1);
        x.set(0, 0, t - 1);
        state = cell.step(tape, tape.constant(x), state);
        states[t] = state.h().value().scalar();
      }
      tape.backward(state.h(), state.h().value());
      assertEquals(1, flow.layers().size());
      var layer = flow.layers().getFirst();
      assertEquals(3, layer.steps());
      assertEquals(Math.abs(states[2]), layer.norm(2));
      assertEquals(layer.norm(2), layer.byLag()[0]);
      assertEquals(layer.norm(0), layer.byLag()[2]);
      assertEquals(1, trace.layers().size());
      assertTrace(trace.layers().getFirst().h(), states);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    var rnn = rotation(float32, 1);
    var x = zeros(float32, 3, 2, 2);
    assertRefused("directions must be positive, was 0", () -> GradientFlow.jacobians(rnn, x, 0, 1));
    assertRefused(
        "x is [3, 2] FLOAT32, expected [steps, batchSize, inputSize]",
        () -> GradientFlow.jacobians(rnn, zeros(float32, 3, 2), 1, 1));
    assertRefused(
        "initial has 5 sequences, x has 2",
        () -> GradientFlow.jacobians(rnn, x, null, rnn.newState(5, arena), 1, 1));
    assertRefused("sequence 2 of a batch of 2", () -> StateTrace.of(float32, rnn, x, 2));
    assertRefused(
        "sequence must not be negative, was -1", () -> StateTrace.of(float32, rnn, x, -1));
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
