package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.stream.StreamingStack;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A stream that nothing drives any more decays to +0 in every bit, as the sequence does at the
/// same step: a long silence never ends in subnormal numbers, which are slow on some processors.
class StreamDecayTest {
  private static final int INPUT_SIZE = 3;
  private static final int DRIVEN_STEPS = 8;
  private static final int STEPS = 400;

  /// A layer of each kind, fused and composed.
  record Case(String name, RecurrentOptions options) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("Elman tanh", Rnn.of(INPUT_SIZE, 17)),
        new Case("Elman relu", Rnn.relu(INPUT_SIZE, 17)),
        new Case("GRU", Gru.of(INPUT_SIZE, 17).layers(2)),
        new Case("GRU, reset before", Gru.of(INPUT_SIZE, 17, Gru.options().resetBefore())),
        new Case("LSTM", Lstm.of(INPUT_SIZE, 17).layers(2)),
        new Case("LSTM with peepholes", Lstm.of(INPUT_SIZE, 17, Lstm.options().withPeepholes())),
        new Case("LSTM projected", Lstm.of(INPUT_SIZE, 17, Lstm.options().projection(5))));
  }

  /// No bias, and recurrent weights whose products shrink.
  private static void quieten(Parameters parameters) {
    for (var parameter : parameters.all()) {
      var value = parameter.value();
      if (parameter.name().startsWith("bias")) {
        value.clear();
      } else {
        parameters.backend().arithmetic().scale(0.5, value, value);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSilentStreamEndsAtPlusZeroWhenTheSequenceDoes(Case c) {
    for (var backend : List.of(Backend.scalar(Threads.one()), Backend.best())) {
      try (var arena = Arena.ofConfined()) {
        var parameters = new Parameters(backend, arena);
        var random = new CounterRandom(1);
        var layers = c.options.create(parameters, random);
        quieten(parameters);
        var x = Tensor.allocate(arena, ElementType.FLOAT32, STEPS, 1, INPUT_SIZE);
        for (int t = 0; t < DRIVEN_STEPS; t++) {
          for (int i = 0; i < INPUT_SIZE; i++) {
            x.set(t, i, random.nextGaussian());
          }
        }
        check(backend, layers, x, arena);
        for (var format : List.of(WeightFormat.BFLOAT16, WeightFormat.INT8)) {
          assertEndsAtPlusZero(backend, layers, x, format, arena);
        }
      }
    }
  }

  private static StreamingModel compile(
      Backend backend, Recurrent layers, WeightFormat format, Arena arena) {
    var stack = StreamingStack.ofDense(INPUT_SIZE).recurrent(layers);
    var options = StreamingOptions.standard().backend(backend).weights(format);
    return StreamingModel.compile(stack, options, arena);
  }

  private static float[] row(Tensor tensor, int row) {
    var values = new float[tensor.columns()];
    for (int c = 0; c < values.length; c++) {
      values[c] = (float) tensor.get(row, c);
    }
    return values;
  }

  private static boolean isPlusZero(List<float[]> state) {
    return state.stream()
        .allMatch(part -> {
          for (float value : part) {
            if (Float.floatToRawIntBits(value) != 0) {
              return false;
            }
          }
          return true;
        });
  }

  /// Outputs at every step, and the step from which on they are +0, which lies well inside.
  private static void check(Backend backend, Recurrent layers, Tensor x, Arena arena) {
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace);
        var model = compile(backend, layers, WeightFormat.FLOAT32, arena)) {
      var sequence = layers.forward(tape, tape.constant(x)).output().value();
      var state = model.newState(arena);
      var output = new float[model.outputSize()];
      int silentFrom = -1;
      for (int t = 0; t < STEPS; t++) {
        model.step(row(x, t), state, output);
        Batch.assertSame(row(sequence, t), output, "step " + t);
        if (silentFrom < 0 && t >= DRIVEN_STEPS && isPlusZero(StreamCase.state(state))) {
          silentFrom = t;
        }
      }
      int from = silentFrom;
      assertTrue(
          from > DRIVEN_STEPS + 10 && from < STEPS - 10, () -> "the threshold is at " + from);
      assertTrue(isPlusZero(StreamCase.state(state)));
    }
  }

  private static void assertEndsAtPlusZero(
      Backend backend, Recurrent layers, Tensor x, WeightFormat format, Arena arena) {
    try (var model = compile(backend, layers, format, arena)) {
      var state = model.newState(arena);
      var output = new float[model.outputSize()];
      for (int t = 0; t < STEPS; t++) {
        model.step(row(x, t), state, output);
      }
      assertEquals(STEPS, state.steps());
      assertTrue(isPlusZero(StreamCase.state(state)), format.name());
    }
  }
}
