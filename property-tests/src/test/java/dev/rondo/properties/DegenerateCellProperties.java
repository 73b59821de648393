package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.init.Initializer;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.GruGate;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Cells with a gate held open or shut, or an option that does nothing: their results are then
/// known without a computation.
@Label("Law 8.1: a cell with a gate held is the cell that it must then be")
class DegenerateCellProperties {
  /// What roundings of a few steps may add up to, relative to the largest number.
  private static final double ROUNDING = 2e-5;

  /// Open gates: 1 whatever the pre-activation.
  private static final Activation ONE = Activation.affine(0, 1);

  private static final Activation ZERO = Activation.affine(0, 0);

  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<SequenceShape> lstms() {
    return SequenceShape.any(List.of(Variant.LSTM)).map(s -> s.layers(1));
  }

  @Provide
  Arbitrary<SequenceShape> layers() {
    return lstms().map(shape -> shape.direction(Direction.FORWARD));
  }

  private static RecurrentOptions lstm(SequenceShape shape, Lstm cell) {
    return directed(shape, Lstm.of(shape.inputSize(), shape.hiddenSize(), cell));
  }

  private static RecurrentOptions directed(SequenceShape shape, RecurrentOptions options) {
    return shape.direction() == Direction.BIDIRECTIONAL
        ? options.bidirectional(shape.merge())
        : options.direction(shape.direction());
  }

  private static Batch withoutCells(Batch batch) {
    return batch.only(name -> !name.matches("(last )?c\\d"));
  }

  private SequenceRun run(
      RecurrentOptions options, SequenceShape shape, Batch upstream, Consumer<Parameters> change) {
    var stack = SequenceRun.stack(options, shape.seed(), Lengths.of(shape.lengths()));
    var maker = SequenceRun.prepared(stack, change);
    boolean cells = options.cell().hasCellState();
    var inputs = cells ? shape.inputs() : withoutCells(shape.inputs());
    return SequenceRun.of(backend, inputs, cells ? upstream : withoutCells(upstream), maker);
  }

  private static void set(Parameters parameters, String name, int from, int count, double value) {
    for (var parameter : parameters.all()) {
      if (parameter.name().startsWith(name)) {
        for (int i = from; i < from + count; i++) {
          parameter.value().set(0, i, value);
        }
      }
    }
  }

  /// The constant error carousel: with f = 1 and i = 0 c is what it was, and so is its gradient
  /// where h brings none.
  @Property(tries = 40)
  void anLstmThatForgetsNothingAndReadsNothingHoldsItsCell(
      @ForAll("lstms") SequenceShape shape, @ForAll boolean byActivation) {
    int size = shape.hiddenSize();
    var cell = Lstm.cell();
    if (byActivation) {
      cell = cell.activation(LstmGate.FORGET, ONE).activation(LstmGate.INPUT, ZERO);
    }
    var upstream = shape.upstream();
    var cells = upstream.only(name -> name.startsWith("last c"));
    var run =
        run(
            lstm(shape, cell),
            shape,
            cells,
            parameters -> {
              set(parameters, "bias_ih", 0, size, -200);
              set(parameters, "bias_ih", size, size, 200);
            });
    var expected = Batch.empty();
    for (int i = 0; i < shape.states(); i++) {
      expected.states().put("last c" + i, shape.inputs().states().get("c" + i));
      expected.states().put("gradient of c" + i, upstream.states().get("last c" + i));
    }
    Batch.assertSame(expected, run.values().only(expected.states()::containsKey));
  }

  /// h = n + z∘(h₋₁ - n) rounds twice a step.
  @Property(tries = 40)
  void aGruThatUpdatesNothingCopiesItsState(@ForAll("lstms") SequenceShape shape) {
    var open = Gru.cell().activation(GruGate.UPDATE, ONE);
    for (var cell : List.of(open, open.resetBefore())) {
      var options = directed(shape, Gru.of(shape.inputSize(), shape.hiddenSize(), cell));
      var upstream = shape.upstream().only(name -> name.startsWith("last h"));
      var run = run(options, shape, upstream, _ -> {});
      for (int i = 0; i < shape.states(); i++) {
        var states = run.values().states();
        assertClose(shape.inputs().states().get("h" + i), states.get("last h" + i), "h");
        assertClose(upstream.states().get("last h" + i), states.get("gradient of h" + i), "dh");
      }
    }
  }

  private static void assertClose(float[][] expected, float[][] actual, String name) {
    for (int b = 0; b < expected.length; b++) {
      assertClose(expected[b], actual[b], name);
    }
  }

  private static void assertClose(float[] expected, float[] actual, String name) {
    double scale = 1;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], ROUNDING * scale, name);
    }
  }

  private static void assertClose(SequenceRun expected, SequenceRun actual) {
    assertClose(expected.values(), actual.values());
    expected
        .parameters()
        .forEach((name, values) ->
            assertClose(values, actual.parameters().get(name), "gradient of " + name));
  }

  private static void assertClose(Batch expected, Batch actual) {
    expected.states().forEach((name, v) -> assertClose(v, actual.states().get(name), name));
    expected
        .sequences()
        .forEach((name, values) -> {
          for (int t = 0; t < values.length; t++) {
            assertClose(values[t], actual.sequences().get(name)[t], name);
          }
        });
  }

  /// With r = 1 and no bias of the state's product it is the same before and after the product.
  @Property(tries = 40)
  void anOpenResetGateMayStandBeforeOrAfterTheProduct(@ForAll("lstms") SequenceShape shape) {
    int size = shape.hiddenSize();
    var after = Gru.cell().activation(GruGate.RESET, ONE);
    var runs = new ArrayList<SequenceRun>();
    for (var cell : List.of(after, after.resetBefore())) {
      var options = directed(shape, Gru.of(shape.inputSize(), size, cell));
      runs.add(
          run(
              options,
              shape,
              shape.upstream(),
              parameters -> set(parameters, "bias_hh", 2 * size, size, 0)));
    }
    assertClose(runs.getFirst(), runs.getLast());
  }

  /// 1 - σ(x) = σ(-x): a coupled gate is a forget gate with the input gate's weights negated.
  @Property(tries = 40)
  void aCoupledGateIsAForgetGateWithNegatedWeights(@ForAll("layers") SequenceShape shape) {
    var values = new LinkedHashMap<String, double[]>();
    var coupled =
        run(
            lstm(shape, Lstm.cell().withCoupledGates()),
            shape,
            shape.upstream(),
            parameters -> parameters.all().forEach(p -> values.put(p.name(), p.value().toArray())));
    var plain =
        run(
            lstm(shape, Lstm.cell()),
            shape,
            shape.upstream(),
            parameters -> parameters.all().forEach(p -> uncouple(p.value(), values.get(p.name()))));
    assertClose(coupled.values(), plain.values());
    plain
        .parameters()
        .forEach((name, gradient) ->
            assertClose(coupled.parameters().get(name), couple(gradient), "gradient of " + name));
  }

  /// Rows i g o as i f g o, those of f the negated ones of i.
  private static void uncouple(Tensor value, double[] coupled) {
    int block = coupled.length / 3;
    for (int i = 0; i < 4 * block; i++) {
      double element;
      if (i < block) {
        element = coupled[i];
      } else if (i < 2 * block) {
        element = -coupled[i - block];
      } else {
        element = coupled[i - block];
      }
      value.set(i / value.columns(), i % value.columns(), element);
    }
  }

  /// The gradient of i f g o as that of i g o.
  private static float[] couple(float[] gradient) {
    int block = gradient.length / 4;
    var result = new float[3 * block];
    for (int i = 0; i < block; i++) {
      result[i] = gradient[i] - gradient[block + i];
      result[block + i] = gradient[2 * block + i];
      result[2 * block + i] = gradient[3 * block + i];
    }
    return result;
  }

  /// The one fused, the other composed: every bit agrees.
  @Property(tries = 40)
  void peepholesOfZeroAreNone(@ForAll("lstms") SequenceShape shape) {
    var plain = run(lstm(shape, Lstm.cell()), shape, shape.upstream(), _ -> {});
    var zero =
        run(
            lstm(shape, Lstm.cell().withPeepholes()),
            shape,
            shape.upstream(),
            parameters -> copyInto(parameters, shape));
    SequenceRun.assertSame(plain, without("peephole", zero));
  }

  /// The weights of a plain LSTM; everything else 0, a square matrix the identity.
  private static void copyInto(Parameters parameters, SequenceShape shape) {
    var plain = new Parameters(parameters.backend(), parameters.arena());
    lstm(shape, Lstm.cell()).create(plain, new CounterRandom(shape.seed()));
    for (var parameter : parameters.all()) {
      var name = parameter.name();
      if (name.startsWith("peephole")) {
        parameter.value().clear();
      } else if (name.startsWith("weight_hr")) {
        parameter.value().clear();
        for (int i = 0; i < shape.hiddenSize(); i++) {
          parameter.value().set(i, i, 1);
        }
      } else {
        parameter.value().copyFrom(plain.get(name).value());
      }
    }
  }

  private static SequenceRun without(String name, SequenceRun run) {
    Map<String, float[]> rest = new LinkedHashMap<>(run.parameters());
    rest.keySet().removeIf(parameter -> parameter.startsWith(name));
    return new SequenceRun(run.values(), rest);
  }

  @Property(tries = 40)
  void aProjectionThatIsTheIdentityIsNone(@ForAll("lstms") SequenceShape shape) {
    var plain = run(lstm(shape, Lstm.cell()), shape, shape.upstream(), _ -> {});
    var projected =
        run(
            lstm(shape, Lstm.cell().projection(shape.hiddenSize())),
            shape,
            shape.upstream(),
            parameters -> copyInto(parameters, shape));
    SequenceRun.assertSame(plain, without("weight_hr", projected));
  }

  /// Of h = ρ·Q·h₋₁ with orthogonal Q the gradient shrinks or grows by exactly ρ a step; for ρ = 1
  /// it neither vanishes nor explodes.
  @Example
  void theGradientOfALinearNetworkGoesByItsSpectralRadius() {
    for (double rho : new double[] {1, 0.5, 0.9, 1.1}) {
      for (int size : new int[] {1, 3, 16, 17, 40}) {
        var norms = gradientNorms(rho, size, 30);
        for (int k = 0; k < norms.size(); k++) {
          double expected = norms.getFirst() * StrictMath.pow(rho, k);
          assertEquals(1, norms.get(k) / expected, ROUNDING, "rho " + rho + ", " + k + " steps");
        }
      }
    }
  }

  /// |dL/dh| of the last state and of each before it.
  private List<Double> gradientNorms(double rho, int size, int steps) {
    try (var arena = Arena.ofConfined();
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var zeros = Initializer.zeros();
      var cell =
          Rnn.of(3, size, Rnn.cell(Activation.IDENTITY))
              .initialization(Initializer.normal(0, 1), Initializer.orthogonal(rho), zeros)
              .createCell(parameters, new CounterRandom(size));
      var batch =
          Batch.empty().gaussian(1, "x", 1, 3).gaussian(1, "h", 1, size).gaussian(2, "dh", 1, size);
      try (var tape = Tape.record(backend, workspace, new CounterRandom(0))) {
        var x = tape.constant(SequenceRun.on(arena, batch.states().get("x")));
        var states = new ArrayList<CellState>();
        states.add(new CellState(tape.input(SequenceRun.on(arena, batch.states().get("h"))), null));
        for (int t = 0; t < steps; t++) {
          states.add(cell.step(tape, x, states.getLast()));
        }
        tape.backward(states.getLast().h(), SequenceRun.on(arena, batch.states().get("dh")));
        return states.reversed().stream().map(state -> norm(state.h().gradient())).toList();
      }
    }
  }

  private static double norm(Tensor tensor) {
    double sum = 0;
    for (double value : tensor.toArray()) {
      sum += value * value;
    }
    return StrictMath.sqrt(sum);
  }
}
