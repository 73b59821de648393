package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.GruCell;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.RnnCell;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is said of layers of several units, gates and cells.
class LayerFlowTest {
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();
  private final Backend backend = Backend.float64(Threads.one());

  @AfterEach
  void close() {
    backend.close();
    workspace.close();
    arena.close();
  }

  private Tensor zeros(int... shape) {
    return Tensor.allocate(arena, backend.type(), shape);
  }

  /// Two units whose recurrent matrices are 1, 2, 3 and 4 times the identity for i f g o.
  @Test
  void everyGateHasASpectrumOfItsOwn() {
    var parameters = new Parameters(backend, arena);
    var lstm = Lstm.of(1, 2).create(parameters, new CounterRandom(1));
    var u = parameters.get("weight_hh_l0").value();
    u.clear();
    for (int gate = 0; gate < 4; gate++) {
      for (int unit = 0; unit < 2; unit++) {
        u.set(2 * gate + unit, unit, gate + 1);
      }
    }
    try (var tape = Tape.evaluate(backend, workspace)) {
      var flow = GradientFlow.on(tape);
      lstm.forward(tape, tape.constant(zeros(3, 1, 1)));
      var spectra = flow.layers().getFirst().spectra();
      assertEquals(
          List.of("input", "forget", "cell", "output"),
          spectra.stream().map(GateSpectrum::gate).toList());
      for (int gate = 0; gate < 4; gate++) {
        assertEquals(gate + 1, spectra.get(gate).radius(), 1e-14);
        assertEquals(gate + 1, spectra.get(gate).norm(), 1e-14);
      }
    }
  }

  /// `h = x` of two units over two steps: one of four values is above 0.9, one below -0.9.
  @Test
  void sharesAreOfAllUnits() {
    var parameters = new Parameters(backend, arena);
    var rnn = Rnn.of(1, 2).create(parameters, new CounterRandom(1));
    parameters.all().forEach(parameter -> parameter.value().clear());
    parameters.get("weight_ih_l0").value().set(0, 0, 5);
    var x = zeros(2, 1, 1);
    x.set(0, 0, 1);
    x.set(1, 0, -1);
    try (var tape = Tape.evaluate(backend, workspace)) {
      var flow = GradientFlow.on(tape);
      rnn.forward(tape, tape.constant(x));
      assertEquals(
          List.of(new Saturation("hidden", 0.25, 0.25)), flow.layers().getFirst().saturations());
    }
  }

  /// Limits of both types in the last of several columns; a value at the limit is not beyond it.
  @Test
  void aValueAtTheLimitIsNotSaturated() {
    for (var type : ElementType.values()) {
      var values = Tensor.allocate(arena, type, 1, 4);
      var relu = Saturation.Limits.of(Activation.RELU);
      values.fill(1);
      values.set(0, 3, 0);
      assertEquals(1, relu.count(values, 0), type.toString());
      var halves = new Saturation.Limits(-0.5, 0.5);
      values.set(0, 0, -0.5);
      values.set(0, 1, 0.5);
      values.set(0, 2, -0.75);
      values.set(0, 3, 0.75);
      assertEquals(1L << 32 | 1, halves.count(values, 0), type.toString());
    }
  }

  @Test
  void aTraceSaysWhatThereIs() {
    var rnn = Rnn.of(1, 2).create(new Parameters(backend, arena), new CounterRandom(1));
    var trace = StateTrace.of(backend, rnn, zeros(2, 1, 1), 0).layers().getFirst();
    assertEquals("weight_hh_l0 [hidden, h]", trace.toString());
  }

  @Test
  void lagsArePowersOfTwoAndTheLast() {
    assertEquals("  by lag  0: 1.00\n", LayerFlow.lags(new double[] {1}));
    assertEquals(
        "  by lag  0: 1.00  1: 2.00  2: 3.00  4: 5.00  7: 8.00\n",
        LayerFlow.lags(new double[] {1, 2, 3, 4, 5, 6, 7, 8}));
    assertEquals(
        "  by lag  0: 1.00  1: 2.00  2: 3.00  4: 5.00  8: 9.00\n",
        LayerFlow.lags(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }

  /// Two cells on one tape are two layers; steps of one cell for batches of different sizes are two
  /// as well.
  @Test
  void stepsOfDifferentCellsAreNotMixed() {
    var parameters = new Parameters(backend, arena);
    var random = new CounterRandom(1);
    var rnn = RnnCell.create(1, 1, parameters.at("rnn"), random);
    var gru = GruCell.create(1, 1, parameters.at("gru"), random);
    try (var tape = Tape.evaluate(backend, workspace)) {
      var flow = GradientFlow.on(tape);
      var one = tape.constant(zeros(1, 1));
      var two = tape.constant(zeros(2, 1));
      var state = rnn.step(tape, one, rnn.zeroState(tape, 1));
      gru.step(tape, one, gru.zeroState(tape, 1));
      rnn.step(tape, one, state);
      rnn.step(tape, two, rnn.zeroState(tape, 2));
      var layers = flow.layers();
      assertEquals(
          List.of("rnn.weight_hh", "gru.weight_hh", "rnn.weight_hh"),
          layers.stream().map(LayerFlow::name).toList());
      assertEquals(List.of(2, 1, 1), layers.stream().map(LayerFlow::steps).toList());
      assertArrayEquals(new double[2], layers.getFirst().norms());
      var text = new StringBuilder();
      layers.forEach(layer -> text.append(layer.toString()));
      assertEquals(text.toString(), flow.toString());
    }
  }
}
