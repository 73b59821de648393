package dev.rondo.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Plan;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.Linear;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is noted in a plan is run when the plan is, as often as it is, with the bits of a tape.
class PlanTest {
  private static final int ROWS = 3;
  private static final int COLUMNS = 19;
  private static final int DEPTH = 17;

  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
  }

  static Stream<Backend> backends() {
    return Stream.of(Backend.scalar(Threads.one()), Backend.vector(Threads.one()));
  }

  /// Values that the operations read, and those that change between runs.
  private final class Operands {
    final Tensor a = tensor(ROWS, COLUMNS);
    final Tensor b = tensor(ROWS, COLUMNS);
    final Tensor row = tensor(COLUMNS);
    final Tensor matrix = tensor(COLUMNS, DEPTH);
    final Tensor table = tensor(5, COLUMNS);
    final Tokens tokens = Tokens.allocate(arena, 1, ROWS);
    private final CounterRandom random = new CounterRandom(1);

    void next() {
      for (var tensor : List.of(a, b, row, matrix, table)) {
        for (int r = 0; r < tensor.rows(); r++) {
          for (int c = 0; c < tensor.columns(); c++) {
            tensor.set(r, c, random.nextGaussian());
          }
        }
      }
      for (int r = 0; r < ROWS; r++) {
        tokens.set(0, r, random.nextInt(5));
      }
    }
  }

  private Tensor tensor(int... shape) {
    return Tensor.allocate(arena, ElementType.FLOAT32, shape);
  }

  /// A mix of everything that goes forward by kernels alone.
  private static Tensor mix(Tape tape, Operands on) {
    var a = tape.constant(on.a);
    var b = tape.constant(on.b);
    var sum = tape.add(tape.multiply(a, b), tape.scale(0.5, tape.subtract(a, b)));
    var gated = tape.multiply(tape.sigmoid(sum), tape.tanh(a));
    var rows = tape.multiplyRow(tape.addRow(gated, tape.constant(on.row)), tape.constant(on.row));
    var chosen = tape.where(on.a, rows, tape.relu(b));
    var looked = tape.gather(tape.constant(on.table), on.tokens);
    var stacked = tape.stack(List.of(chosen, tape.at(looked, 0)));
    var elu = tape.activation(Activation.elu(0.5), tape.at(stacked, 1));
    var joined = tape.concat(tape.at(stacked, 0), elu, tape.softmax(sum));
    var part = tape.slice(joined, 7, COLUMNS);
    var product = tape.matmul(part, tape.constant(on.matrix));
    return tape.concat(product, part, tape.sumRows(joined)).value();
  }

  private static int[] bits(Tensor tensor) {
    return Arrays.stream(tensor.toArray())
        .mapToInt(value -> Float.floatToIntBits((float) value))
        .toArray();
  }

  private int[] evaluated(Backend backend, Operands on) {
    try (var own = new Workspace();
        var tape = Tape.evaluate(backend, own)) {
      return bits(mix(tape, on));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void eachRunGivesTheBitsOfATapeOnWhatTheInputsHoldThen(Backend backend) {
    var on = new Operands();
    var plan = new Plan(backend, WeightFormat.FLOAT32);
    var result = mix(Tape.plan(plan, workspace, new SharedForms()), on);
    for (int run = 0; run < 5; run++) {
      on.next();
      int[] expected = evaluated(backend, on);
      assertFalse(Arrays.equals(expected, bits(result)), "nothing may run before the plan does");
      plan.run();
      assertArrayEquals(expected, bits(result));
    }
  }

  /// Matmul adds to zeros: a second run must not add to what the first left.
  @ParameterizedTest
  @MethodSource("backends")
  void zerosAreClearedInEachRun(Backend backend) {
    var plan = new Plan(backend, WeightFormat.FLOAT32);
    var tape = Tape.plan(plan, workspace, new SharedForms());
    var zeros = tape.zeros(2, 3);
    var target = tape.zeros(2, 3);
    var one = tensor(2, 3);
    one.fill(1);
    tape.backend().arithmetic().accumulate(one, target);
    zeros.fill(7);
    for (int run = 0; run < 3; run++) {
      plan.run();
      assertArrayEquals(new double[6], zeros.toArray());
      assertArrayEquals(one.toArray(), target.toArray());
      zeros.fill(run);
    }
  }

  /// In a run packed weights are as they were when the plan was made; they are packed again by
  /// nobody.
  @ParameterizedTest
  @MethodSource("backends")
  void sharedFormsAreMadeOnceAtOnce(Backend backend) {
    var parameters = new Parameters(backend, arena);
    var layer = Linear.of(4, 3).create(parameters, new CounterRandom(1));
    var x = tensor(2, 4);
    x.fill(1);
    var shared = new SharedForms();
    var first = new Plan(backend, WeightFormat.FLOAT32);
    var tape = Tape.plan(first, workspace, shared);
    var y = layer.forward(tape, tape.constant(x)).value();
    int[] expected;
    try (var own = new Workspace();
        var evaluating = Tape.evaluate(backend, own)) {
      expected = bits(layer.forward(evaluating, evaluating.constant(x)).value());
    }
    parameters.get("weight").value().clear();
    var second = new Plan(backend, WeightFormat.FLOAT32);
    var other = Tape.plan(second, workspace, shared);
    var again = layer.forward(other, other.constant(x)).value();
    assertNotSame(y, again);
    first.run();
    second.run();
    assertArrayEquals(expected, bits(y));
    assertArrayEquals(expected, bits(again), "a second plan uses what the first has packed");
    var key = new Object();
    var made = tape.shared(key, Object.class, Object::new);
    assertSame(made, other.shared(key, Object.class, () -> fail(key)));
  }

  private static Object fail(Object key) {
    throw new AssertionError("made again: " + key);
  }

  @Test
  void whatIsRunNowIsNotNoted() {
    var backend = Backend.best();
    var plan = new Plan(backend, WeightFormat.FLOAT32);
    var one = tensor(1, 3);
    one.fill(1);
    var target = tensor(1, 3);
    plan.now(() -> {
      plan.backend().arithmetic().accumulate(one, target);
      return null;
    });
    assertEquals(1, target.get(0, 0));
    plan.run();
    assertEquals(1, target.get(0, 0));
    assertThrows(
        IllegalStateException.class,
        () ->
            plan.now(() -> {
              throw new IllegalStateException("in the middle");
            }));
    plan.backend().arithmetic().accumulate(one, target);
    assertEquals(1, target.get(0, 0), "noted, not run");
    plan.run();
    assertEquals(2, target.get(0, 0));
  }

  /// Something that goes back.
  @FunctionalInterface
  private interface WayBack {
    void on(Backend backend);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aPlanHasNoWayBack(Backend backend) {
    var plan = new Plan(backend, WeightFormat.FLOAT32);
    var t = tensor(2, 16);
    var tokens = Tokens.allocate(arena, 1, 2);
    for (var way :
        List.<WayBack>of(
            kernels -> kernels.gemm().multiplyTransposed(t, t, t),
            kernels -> kernels.gemm().multiplyTransposed(t, t, t, t, t),
            kernels -> kernels.gemm().packRows(t, null, 0),
            kernels -> kernels.gates().lstmBackward(t, t, t, t, t, t),
            kernels -> kernels.gates().gruBackward(t, t, t, t),
            kernels -> kernels.gates().rnnTanhBackward(t, t, t, t),
            kernels -> kernels.gates().rnnReluBackward(t, t, t, t),
            kernels -> kernels.activations().backward(Activation.TANH, t, t, t),
            kernels -> kernels.activations().tanhBackward(t, t, t),
            kernels -> kernels.activations().sigmoidBackward(t, t, t),
            kernels -> kernels.activations().reluBackward(t, t, t),
            kernels -> kernels.activations().binaryCrossEntropy(t, t, t, t),
            kernels -> kernels.arithmetic().clampBackward(1, t, t, t),
            kernels -> kernels.arithmetic().accumulateDropout(t, t, 0.5, 1, 1),
            kernels -> kernels.rows().addColumn(t, t),
            kernels -> kernels.rows().dotColumns(t, t, t),
            kernels -> kernels.rows().normalizeBackward(t, t, 1, 16, t, t),
            kernels -> kernels.rows().sumOfSquares(t),
            kernels -> kernels.rows().softmaxBackward(t, t, t),
            kernels -> kernels.rows().crossEntropy(t, tokens, 0, t, t),
            kernels -> kernels.rows().scatterAdd(t, tokens, 0, t),
            kernels -> kernels.rows().accumulateTransposed(t, t))) {
      var e = assertThrows(IllegalStateException.class, () -> way.on(plan.backend()));
      assertEquals("a plan has no backward pass", e.getMessage());
    }
    plan.run();
    assertArrayEquals(new double[32], t.toArray(), "none of it was noted");
    var tape = Tape.plan(plan, workspace, new SharedForms());
    var sum = tape.constant(tensor(1));
    var e = assertThrows(IllegalStateException.class, () -> tape.backward(sum));
    assertEquals("an evaluating tape has no backward pass", e.getMessage());
  }

  @Test
  void plansAreOfFloat32Kernels() {
    var float64 = Backend.float64(Threads.one());
    var e =
        assertThrows(IllegalArgumentException.class, () -> new Plan(float64, WeightFormat.FLOAT32));
    assertEquals("plans are of float32 kernels, the backend is float64", e.getMessage());
  }
}
