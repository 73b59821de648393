package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.GruGate;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaskModelTest {
  private static final double TOLERANCE = 1e-6;

  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  private static TrialSettings recipe(int hiddenSize, int window) {
    return new TrialSettings(hiddenSize, window, 2, 1, 0, 4, 4, 1, 1);
  }

  private TaskModel create(TaskModelKind kind, Task task, int hiddenSize, int window) {
    return kind.create(
        task, recipe(hiddenSize, window), new Parameters(backend, arena), new CounterRandom(1));
  }

  private long count(TaskModelKind kind, Task task) {
    return create(kind, task, 100, 20).parameters().count();
  }

  /// 2 inputs, 100 units, 1 output: for each gate 100·2 + 100·100 + 2·100 = 10,400 weights, then
  /// 101 for the answer. The window has 20·2·100 + 100 first, all 200 steps 200·2·100 + 100.
  @Test
  void weightsAreAsManyAsTheEquationsSay() {
    var task = new AddingTask(200, 1);
    assertEquals(10_501, count(TaskModelKind.RNN, task));
    assertEquals(10_501, count(TaskModelKind.IRNN, task));
    assertEquals(31_301, count(TaskModelKind.GRU, task));
    assertEquals(41_701, count(TaskModelKind.LSTM, task));
    assertEquals(4_201, count(TaskModelKind.WINDOW, task));
    assertEquals(40_201, count(TaskModelKind.WHOLE, task));
  }

  @Test
  void theIrnnBeginsAsASum() {
    var model = create(TaskModelKind.IRNN, new AddingTask(5, 1), 3, 2);
    double[] recurrent = model.parameters().get("recurrent.weight_hh_l0").value().toArray();
    assertArrayEquals(new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, recurrent);
    assertArrayEquals(
        new double[3], model.parameters().get("recurrent.bias_ih_l0").value().toArray());
    assertArrayEquals(
        new double[3], model.parameters().get("recurrent.bias_hh_l0").value().toArray());
  }

  /// With biases of forget and update gates between log 1 and log 199, and an input gate that has
  /// the opposite one.
  @Test
  void gatesBeginAbleToBridgeWhatIsAskedFor() {
    var task = new AddingTask(200, 1);
    var recipe = new TrialSettings(50, 20, 2, 1, 200, 4, 4, 1, 1);
    double longest = Math.log(199) + TOLERANCE;
    double[] lstm = biases(TaskModelKind.LSTM, task, recipe);
    double[] gru = biases(TaskModelKind.GRU, task, recipe);
    int firstUpdate = List.of(GruGate.values()).indexOf(GruGate.UPDATE) * 50;
    for (int unit = 0; unit < 50; unit++) {
      double forget = lstm[LstmGate.FORGET.firstRow(50) + unit];
      double update = gru[firstUpdate + unit];
      assertTrue(forget >= 0 && forget <= longest, "forget " + forget);
      assertEquals(-forget, lstm[LstmGate.INPUT.firstRow(50) + unit], TOLERANCE);
      assertTrue(update >= 0 && update <= longest, "update " + update);
    }
    assertTrue(Arrays.stream(lstm).max().orElseThrow() > Math.log(100));
    assertTrue(Arrays.stream(gru).max().orElseThrow() > Math.log(100));
  }

  private double[] biases(TaskModelKind kind, Task task, TrialSettings recipe) {
    var model = kind.create(task, recipe, new Parameters(backend, arena), new CounterRandom(1));
    double[] sum = model.parameters().get("recurrent.bias_ih_l0").value().toArray();
    double[] other = model.parameters().get("recurrent.bias_hh_l0").value().toArray();
    Arrays.setAll(sum, i -> sum[i] + other[i]);
    return sum;
  }

  /// Without that, the forget gates begin with 1.
  @Test
  void withoutMemoryForgetGatesBeginWithOne() {
    double[] biases = biases(TaskModelKind.LSTM, new AddingTask(200, 1), recipe(3, 2));
    for (int unit = 0; unit < 3; unit++) {
      assertEquals(1, biases[LstmGate.FORGET.firstRow(3) + unit]);
    }
  }

  /// A window of 2 steps of one number, one unit of weights 10 and 1: 10·x(t - 1) + x(t), where
  /// nothing stands before the first step. Inputs 1, 2, 3 and for the second sequence 4, 5, 6.
  @Test
  void theWindowSeesTheLastStepsInOrder() {
    try (var tape = Tape.evaluate(backend, workspace)) {
      var inputs = tape.zeros(3, 2, 1);
      for (int i = 0; i < 6; i++) {
        inputs.set(i / 2 * 2 + i % 2, 0, 1 + i / 2 + 3 * (i % 2));
      }
      var model = create(TaskModelKind.WINDOW, new OneNumber(), 1, 2);
      set(model, "first.weight", 10, 1);
      set(model, "first.bias", 0);
      set(model, "second.weight", 1);
      set(model, "second.bias", 0);
      assertArrayEquals(
          new double[] {1, 4, 12, 45, 23, 56},
          model.forward(tape, inputs, 3).value().toArray(),
          TOLERANCE);
      assertArrayEquals(
          new double[] {23, 56}, model.forward(tape, inputs, 1).value().toArray(), TOLERANCE);
    }
  }

  private static void set(TaskModel model, String name, double... values) {
    var value = model.parameters().get(name).value();
    for (int i = 0; i < values.length; i++) {
      value.set(0, i, values[i]);
    }
  }

  /// One unit, h(t) = tanh(x + ½·h(t - 1)), answer y = 2·h(3), x = 0.3, L = (y - 1)²:
  ///
  ///     dL/dh(3) = 2·(y - 1)·2,   dL/dh(t - 1) = dL/dh(t)·(1 - h(t)²)·½
  @Test
  void theGradientCurveIsTheOneWorkedByHand() {
    var model = (RecurrentTaskModel) create(TaskModelKind.RNN, new OneNumber(), 1, 1);
    set(model, "recurrent.weight_ih_l0", 1);
    set(model, "recurrent.weight_hh_l0", 0.5);
    set(model, "recurrent.bias_ih_l0", 0);
    set(model, "recurrent.bias_hh_l0", 0);
    set(model, "head.weight", 2);
    set(model, "head.bias", 0);
    double[] h = new double[4];
    for (int t = 1; t <= 3; t++) {
      h[t] = Math.tanh(0.3 + 0.5 * h[t - 1]);
    }
    double third = 4 * (2 * h[3] - 1);
    double second = third * (1 - h[3] * h[3]) * 0.5;
    double first = second * (1 - h[2] * h[2]) * 0.5;
    double[] expected = {Math.abs(third), Math.abs(second), Math.abs(first)};
    double[] curve = GradientCurve.of(model, new OneNumber(), recipe(1, 1));
    assertArrayEquals(expected, curve, TOLERANCE);
    for (var parameter : model.parameters().all()) {
      for (double gradient : parameter.gradient().toArray()) {
        assertEquals(0, gradient);
      }
    }
  }

  @Test
  void anUnknownModelIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> TaskModelKind.of("elman"));
  }

  /// Three steps of 0.3, and the answer is 1.
  private record OneNumber() implements Task {
    @Override
    public String name() {
      return "one";
    }

    @Override
    public String description() {
      return "one";
    }

    @Override
    public int steps() {
      return 3;
    }

    @Override
    public int inputSize() {
      return 1;
    }

    @Override
    public int outputSize() {
      return 1;
    }

    @Override
    public Measure measure() {
      return Measure.SQUARED_ERROR;
    }

    @Override
    public List<Baseline> baselines(int testSequences) {
      return List.of();
    }

    @Override
    public void write(Split split, long number, Batch batch, int b) {
      for (int t = 0; t < 3; t++) {
        batch.setInput(t, b, 0, 0.3);
      }
      batch.numbers().set(b, 0, 1);
    }
  }
}
