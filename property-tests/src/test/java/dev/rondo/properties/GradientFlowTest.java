package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientFlow;
import dev.rondo.check.LayerFlow;
import dev.rondo.check.LayerTrace;
import dev.rondo.check.StateTrace;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentCell;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The findings of a probe in a layer, compared with cells stepped by hand whose states' gradients
/// are read. The probe itself changes nothing.
class GradientFlowTest {
  private static final int INPUT_SIZE = 3;
  private static final int HIDDEN_SIZE = 7;
  private static final int STEPS = 6;

  private final Arena arena = Arena.ofShared();
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

  private Tensor data(Backend backend, long seed, int... shape) {
    var random = new CounterRandom(seed);
    var tensor = Tensor.allocate(arena, backend.type(), shape);
    for (int row = 0; row < tensor.rows(); row++) {
      for (int column = 0; column < tensor.columns(); column++) {
        tensor.set(row, column, random.nextGaussian());
      }
    }
    return tensor;
  }

  /// What is seen of a stack on `x`, with a gradient of its own for every element of the output.
  private record Seen(List<LayerFlow> flows, List<LayerTrace> traces, List<Double> results) {}

  private Seen seen(Backend backend, RecurrentOptions options, Tensor x, Lengths lengths) {
    var parameters = new Parameters(backend, arena);
    var stack = options.create(parameters, new CounterRandom(1));
    return seen(backend, stack, x, lengths, 3, true);
  }

  private Seen seen(
      Backend backend, Recurrent stack, Tensor x, Lengths lengths, long upstream, boolean look) {
    try (var tape = Tape.record(backend, workspace, new CounterRandom(2))) {
      var flow = look ? GradientFlow.on(tape) : null;
      var trace = look ? StateTrace.on(tape, 0) : null;
      var input = tape.input(x);
      var run = stack.forward(tape, input, lengths);
      tape.backward(run.output(), data(backend, upstream, run.output().value().shape()));
      var results = new ArrayList<Tensor>(List.of(run.output().value(), input.gradient()));
      stack.parameters().forEach(parameter -> results.add(parameter.gradient()));
      return new Seen(
          look ? flow.layers() : List.of(),
          look ? trace.layers() : List.of(),
          results.stream().flatMap(t -> Arrays.stream(t.toArray()).boxed()).toList());
    }
  }

  private static double norm(Tensor tensor, int row) {
    double squares = 0;
    for (int column = 0; column < tensor.columns(); column++) {
      squares += tensor.get(row, column) * tensor.get(row, column);
    }
    return Math.sqrt(squares);
  }

  /// The cell rounds dL/dh to its type when it adds both ways, the probe does not.
  private static double tolerance(Backend backend) {
    return backend.type().bytes() == Float.BYTES ? 1e-6 : 1e-14;
  }

  @ParameterizedTest
  @EnumSource
  void normsAreThoseOfTheStatesOfACell(Variant kind) {
    for (var backend : List.of(float32, float64)) {
      var options = kind.of(INPUT_SIZE, HIDDEN_SIZE);
      var x = data(backend, 5, STEPS, 2, INPUT_SIZE);
      var parameters = new Parameters(backend, arena);
      var cell = options.createCell(parameters, new CounterRandom(1));
      try (var tape = Tape.record(backend, workspace, new CounterRandom(2))) {
        var flow = GradientFlow.on(tape);
        var trace = StateTrace.on(tape, 0);
        var states = step(tape, cell, outputs(tape, tape.constant(x)), 2);
        var output = tape.stack(states);
        tape.backward(output, data(backend, 3, output.value().shape()));
        var layer = flow.layers().getFirst();
        for (int t = 0; t < STEPS; t++) {
          var gradient = states.get(t).gradient();
          for (int b = 0; b < 2; b++) {
            double expected = norm(gradient, b);
            assertEquals(expected, layer.norm(t, b), expected * tolerance(backend));
          }
          double both = Math.hypot(norm(gradient, 0), norm(gradient, 1));
          assertEquals(both, layer.norm(t), both * tolerance(backend));
          var h = states.get(t).value().rows(0, 1).toArray();
          assertArrayEquals(h, trace.layers().getFirst().h()[t]);
        }
        if (!kind.isRandom()) {
          var whole = seen(backend, options, x, null);
          assertArrayEquals(whole.flows.getFirst().norms(), layer.norms(), tolerance(backend));
          assertEquals(whole.flows.getFirst().saturations(), layer.saturations());
        }
      }
    }
  }

  private static List<Variable> outputs(Tape tape, Variable x) {
    var steps = new ArrayList<Variable>();
    for (int t = 0; t < x.value().dimension(0); t++) {
      steps.add(tape.at(x, t));
    }
    return steps;
  }

  /// h of every step.
  private static List<Variable> step(
      Tape tape, RecurrentCell cell, List<Variable> inputs, int batchSize) {
    var states = new ArrayList<Variable>();
    CellState state = cell.zeroState(tape, batchSize);
    for (var input : inputs) {
      state = cell.step(tape, input, state);
      states.add(state.h());
    }
    return states;
  }

  /// Two bidirectional layers, stepped by hand: in reverse, a layer steps through reversed inputs.
  @Test
  void aBidirectionalStackIsThatOfItsCells() {
    for (var backend : List.of(float32, float64)) {
      var options = Lstm.of(INPUT_SIZE, HIDDEN_SIZE).layers(2).bidirectional();
      var parameters = new Parameters(backend, arena);
      var stack = options.create(parameters, new CounterRandom(1));
      var x = data(backend, 5, STEPS, 2, INPUT_SIZE);
      var flows = seen(backend, stack, x, null, 3, true).flows;
      assertEquals(
          List.of("weight_hh_l0", "weight_hh_l0_reverse", "weight_hh_l1", "weight_hh_l1_reverse"),
          flows.stream().map(LayerFlow::name).toList());
      try (var tape = Tape.record(backend, workspace, new CounterRandom(2))) {
        var all = new ArrayList<List<Variable>>();
        var inputs = outputs(tape, tape.constant(x));
        for (int layer = 0; layer < 2; layer++) {
          var cell = cell(backend, parameters, "_l" + layer, inputs.getFirst());
          var forward = step(tape, cell, inputs, 2);
          cell = cell(backend, parameters, "_l" + layer + "_reverse", inputs.getFirst());
          var reverse = step(tape, cell, inputs.reversed(), 2).reversed();
          all.add(forward);
          all.add(reverse);
          var merged = new ArrayList<Variable>();
          for (int t = 0; t < STEPS; t++) {
            merged.add(tape.concat(forward.get(t), reverse.get(t)));
          }
          inputs = merged;
        }
        var output = tape.stack(inputs);
        tape.backward(output, data(backend, 3, output.value().shape()));
        for (int i = 0; i < 4; i++) {
          for (int t = 0; t < STEPS; t++) {
            double expected = norm(all.get(i).get(t).gradient(), 1);
            assertEquals(expected, flows.get(i).norm(t, 1), expected * 5 * tolerance(backend));
          }
        }
        // the reverse direction ends at time 0
        double last = (flows.get(3).norm(0, 0) + flows.get(3).norm(0, 1)) / 2;
        assertEquals(last, flows.get(3).byLag()[0], last * 1e-15);
      }
    }
  }

  private RecurrentCell cell(Backend backend, Parameters source, String suffix, Variable input) {
    var parameters = new Parameters(backend, arena);
    var options = Lstm.of(input.value().columns(), HIDDEN_SIZE);
    var cell = options.createCell(parameters, new CounterRandom(1));
    for (var parameter : parameters.all()) {
      parameter.value().copyFrom(source.get(parameter.name() + suffix).value());
    }
    return cell;
  }

  /// Each sequence of a batch of different lengths shows what it shows alone, and nothing where it
  /// has no step, in both directions, whatever stands there.
  @ParameterizedTest
  @EnumSource(
      value = Variant.class,
      names = {"RNN_TANH", "GRU", "GRU_RESET_BEFORE", "LSTM", "LSTM_EVERYTHING"})
  void aSequenceShowsWhatItShowsAlone(Variant kind) {
    int[] counts = {4, 1, 6, 3};
    var options = kind.of(INPUT_SIZE, HIDDEN_SIZE).layers(2).bidirectional();
    var x = data(float32, 5, STEPS, counts.length, INPUT_SIZE);
    for (int b = 0; b < counts.length; b++) {
      for (int t = counts[b]; t < STEPS; t++) {
        x.rows(t * counts.length + b, 1).fill(Double.NaN);
      }
    }
    var together = seen(float32, options, x, Lengths.of(counts));
    var whole = data(float32, 3, STEPS, counts.length, options.outputSize());
    for (int b = 0; b < counts.length; b++) {
      var alone = alone(options, x, whole, b, counts[b]);
      for (int layer = 0; layer < 4; layer++) {
        for (int t = 0; t < STEPS; t++) {
          double expected = t < counts[b] ? alone.get(layer).norm(t, 0) : 0;
          assertEquals(expected, together.flows.get(layer).norm(t, b));
        }
      }
    }
  }

  /// Sequence `b` without the others and without what stands behind its end.
  private List<LayerFlow> alone(
      RecurrentOptions options, Tensor x, Tensor whole, int b, int count) {
    int batchSize = x.dimension(1);
    var input = Tensor.allocate(arena, float32.type(), count, 1, INPUT_SIZE);
    var upstream = Tensor.allocate(arena, float32.type(), count, 1, whole.columns());
    for (int t = 0; t < count; t++) {
      input.rows(t, 1).copyFrom(x.rows(t * batchSize + b, 1));
      upstream.rows(t, 1).copyFrom(whole.rows(t * batchSize + b, 1));
    }
    var stack = options.create(new Parameters(float32, arena), new CounterRandom(1));
    try (var tape = Tape.record(float32, workspace, new CounterRandom(2))) {
      var flow = GradientFlow.on(tape);
      tape.backward(stack.forward(tape, tape.constant(input)).output(), upstream);
      return flow.layers();
    }
  }

  /// Large enough that the work is shared: threads, and windows that are run again, show the same.
  @Test
  void threadsAndRecomputationShowTheSame() {
    var counts = new int[33];
    Arrays.setAll(counts, b -> 1 + b * 7 % 20);
    try (var threads = Backend.best(Threads.of(3))) {
      for (var lengths : new Lengths[] {null, Lengths.of(counts)}) {
        for (var options : List.of(Lstm.of(20, 40), Gru.of(20, 40).bidirectional())) {
          var x = data(float32, 5, 20, counts.length, 20);
          var one = seen(float32, options, x, lengths);
          var several = seen(threads, options, x, lengths);
          assertSame(one, several);
          assertSame(one, seen(threads, options.recompute(6), x, lengths));
        }
      }
    }
  }

  private static void assertSame(Seen expected, Seen actual) {
    assertEquals(expected.flows.size(), actual.flows.size());
    for (int layer = 0; layer < expected.flows.size(); layer++) {
      var flow = actual.flows.get(layer);
      assertArrayEquals(expected.flows.get(layer).norms(), flow.norms());
      assertArrayEquals(expected.flows.get(layer).byLag(), flow.byLag());
      assertEquals(expected.flows.get(layer).saturations(), flow.saturations());
      assertTrue(flow.norm(0) > 0);
      var trace = actual.traces.get(layer);
      for (var name : trace.names()) {
        assertArrayEquals(expected.traces.get(layer).get(name), trace.get(name), name);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void lookingChangesNothing(Variant kind) {
    var options = kind.of(INPUT_SIZE, HIDDEN_SIZE).layers(2);
    var x = data(float32, 5, STEPS, 3, INPUT_SIZE);
    var results = new ArrayList<List<Double>>();
    for (boolean look : new boolean[] {false, true}) {
      var stack = options.create(new Parameters(float32, arena), new CounterRandom(1));
      results.add(seen(float32, stack, x, Lengths.of(6, 2, 5), 3, look).results);
    }
    assertEquals(results.getFirst(), results.getLast());
  }

  /// ‖∂h_T/∂h_t‖ of each layer by central differences: h_t is moved, c_t and what the layer below
  /// gives stay. With 500 directions of 2 sequences the standard error is 2.2 %, at most.
  @ParameterizedTest
  @EnumSource(
      value = Variant.class,
      names = {"RNN_TANH", "GRU", "LSTM", "LSTM_PROJECTED"})
  void jacobiansAreThoseOfFiniteDifferences(Variant kind) {
    int batchSize = 2;
    var options = kind.of(INPUT_SIZE, 4);
    var parameters = new Parameters(float64, arena);
    var stack = options.create(parameters, new CounterRandom(1));
    var x = data(float64, 5, STEPS, batchSize, INPUT_SIZE);
    var estimate = GradientFlow.jacobians(stack, x, 500, 9).getFirst();
    assertEquals(STEPS, estimate.norms().length);
    for (int lag = 0; lag < STEPS; lag++) {
      double exact = exactJacobian(stack, x, STEPS - lag);
      double error = estimate.norms()[lag] / exact - 1;
      assertTrue(
          Math.abs(error) < 4 * estimate.relativeError() + 1e-8,
          "lag %d: %s instead of %s".formatted(lag, estimate.norms()[lag], exact));
    }
    assertEquals(Math.sqrt(options.stateSize()), estimate.norms()[0], 1e-14);
  }

  /// The root of the mean square over the sequences, of the steps from `from` on.
  private double exactJacobian(Recurrent stack, Tensor x, int from) {
    int batchSize = x.dimension(1);
    double step = 1e-5;
    var state = stack.newState(batchSize, arena);
    try (var tape = Tape.evaluate(float64, workspace)) {
      stack
          .forward(tape, tape.constant(x.rows(0, from * batchSize).reshape(from, batchSize, 3)))
          .lastState()
          .copyTo(state);
    }
    double squares = 0;
    for (int unit = 0; unit < state.h(0).columns(); unit++) {
      var plus = moved(stack, x, from, state.h(0), state, unit, step);
      var minus = moved(stack, x, from, state.h(0), state, unit, -step);
      for (int i = 0; i < plus.length; i++) {
        double slope = (plus[i] - minus[i]) / (2 * step);
        squares += slope * slope;
      }
    }
    return Math.sqrt(squares / batchSize);
  }

  /// The last h after one unit of h_t was moved in every sequence.
  private double[] moved(
      Recurrent stack, Tensor x, int from, Tensor h, RecurrentState state, int unit, double step) {
    int batchSize = x.dimension(1);
    int count = x.dimension(0) - from;
    try (var tape = Tape.evaluate(float64, workspace)) {
      var other = tape.zeros(h.shape());
      other.copyFrom(h);
      for (int b = 0; b < batchSize; b++) {
        other.set(b, unit, h.get(b, unit) + step);
      }
      if (count == 0) {
        return other.toArray();
      }
      var rest = x.rows(from * batchSize, count * batchSize).reshape(count, batchSize, 3);
      var c = state.on(tape).layers().getFirst().c();
      var start = new StackState(List.of(new CellState(tape.constant(other), c)));
      var run = stack.forward(tape, tape.constant(rest), start);
      return run.lastState().layers().getFirst().h().value().toArray();
    }
  }
}
