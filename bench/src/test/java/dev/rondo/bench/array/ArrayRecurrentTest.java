package dev.rondo.bench.array;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The baseline of the benchmarks computes what the engine computes: outputs, and gradients of
/// every parameter and of the input.
class ArrayRecurrentTest {
  private static final int STEPS = 5;
  private static final int BATCH_SIZE = 6; // a tile of four rows and two more
  private static final int INPUT_SIZE = 13;
  private static final int HIDDEN_SIZE = 21;

  /// Of states in [-1, 1]: σ is another formula, with an error of 1.5e-7.
  private static final double OUTPUT_TOLERANCE = 2e-6;

  /// Of gradients that are sums of up to 30 products below 1.
  private static final double GRADIENT_TOLERANCE = 3e-5;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RNN_RELU")
  void aLayerGivesWhatTheEngineGives(CellKind kind) {
    try (var arena = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one());
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var layer = options(kind).create(parameters, new CounterRandom(42));
      var x = random(arena, 1, INPUT_SIZE);
      var upstream = random(arena, 2, HIDDEN_SIZE);
      var arrays = new ArrayRecurrent(kind, parameters, 0, STEPS, BATCH_SIZE);
      try (var tape = Tape.record(backend, workspace, new CounterRandom(0))) {
        var input = tape.input(x);
        var output = layer.forward(tape, input).output();
        tape.backward(output, upstream);

        var actual = arrays.forward(ArrayParameter.rowsOf(x));
        assertClose("output", output.value(), actual, OUTPUT_TOLERANCE);
        var dx = arrays.backward(ArrayParameter.rowsOf(upstream), true);
        assertClose("dx", input.gradient(), dx, GRADIENT_TOLERANCE);
      }
      for (int i = 0; i < arrays.parameters().size(); i++) {
        var expected = parameters.all().get(i);
        assertClose(
            expected.name(),
            expected.gradient(),
            arrays.parameters().get(i).gradient(),
            GRADIENT_TOLERANCE);
      }
    }
  }

  private static RecurrentOptions options(CellKind kind) {
    return switch (kind) {
      case LSTM -> Lstm.of(INPUT_SIZE, HIDDEN_SIZE);
      case GRU -> Gru.of(INPUT_SIZE, HIDDEN_SIZE);
      case RNN_TANH -> Rnn.of(INPUT_SIZE, HIDDEN_SIZE);
      case RNN_RELU -> throw new IllegalArgumentException("no rectifier here");
    };
  }

  private static Tensor random(Arena arena, long label, int columns) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, STEPS, BATCH_SIZE, columns);
    var random = new CounterRandom(label);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < columns; c++) {
        tensor.set(r, c, random.nextFloat() - 0.5);
      }
    }
    return tensor;
  }

  private static void assertClose(
      String name, Tensor expected, float[][] actual, double tolerance) {
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        assertEquals(expected.get(r, c), actual[r][c], tolerance, name + "[" + r + ", " + c + "]");
      }
    }
  }
}
