package dev.rondo.nn.recurrent;

import dev.rondo.nn.LayerNorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.loss.ActivationRegularization;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever is put together from kernels gives the same bits on scalar and vector ones, on one
/// thread and two: results, gradients of inputs and of parameters.
@Tag("kernel")
class EqualBitsTest {
  /// Steps and sequences; with the widest rows enough work to be split over threads.
  private static final int STEPS = 5;

  private static final int BATCH_SIZE = 13;
  private static final int[] COLUMNS = {1, 3, 16, 17, 33, 600};

  /// What is run, on x and b `[STEPS, BATCH_SIZE, columns]`.
  record Program(String name, Body body) {
    @FunctionalInterface
    interface Body {
      Variable on(Tape tape, Parameters parameters, Variable x, Tensor b);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Program> programs() {
    return Stream.of(
        new Program("sigmoid", (tape, _, x, _) -> tape.activation(Activation.SIGMOID, x)),
        new Program("elu", (tape, _, x, _) -> tape.activation(Activation.elu(0.7), x)),
        new Program("hard", (tape, _, x, _) -> tape.activation(Activation.hardSigmoid(), x)),
        new Program(
            "multiplyRow",
            (tape, parameters, x, b) -> {
              var row = parameters.create("row", x.value().columns());
              row.value().copyFrom(b.rows(3, 1));
              return tape.multiplyRow(x, tape.parameter(row));
            }),
        new Program(
            "LayerNorm",
            (tape, parameters, x, b) -> {
              var layer = LayerNorm.of(x.value().columns()).create(parameters);
              parameters.get("weight").value().copyFrom(b.rows(3, 1));
              parameters.get("bias").value().copyFrom(b.rows(4, 1));
              return layer.forward(tape, x);
            }),
        new Program("squared error", (tape, _, x, b) -> MeanSquaredError.mean(tape, x, b)),
        new Program("cross-entropy", (tape, _, x, b) -> BinaryCrossEntropy.mean(tape, x, b)),
        new Program(
            "masked cross-entropy",
            (tape, _, x, b) -> BinaryCrossEntropy.sum(tape, x, b, x.value())),
        new Program(
            "activations", (tape, _, x, _) -> ActivationRegularization.activations(tape, x, 2)),
        new Program(
            "activations of real steps",
            (tape, _, x, _) -> ActivationRegularization.activations(tape, x, lengths(), 2)),
        new Program("changes", (tape, _, x, _) -> ActivationRegularization.changes(tape, x, 3)),
        new Program(
            "changes of real steps",
            (tape, _, x, _) -> ActivationRegularization.changes(tape, x, lengths(), 3)));
  }

  /// From no step to all.
  private static Lengths lengths() {
    return Lengths.of(IntStream.range(0, BATCH_SIZE).map(b -> b % (STEPS + 1)).toArray());
  }

  @ParameterizedTest
  @MethodSource("programs")
  void scalarAndVectorKernelsGiveTheSameBits(Program program) {
    for (int columns : COLUMNS) {
      int[] expected = run(Backend.scalar(Threads.one()), program, columns);
      String where = columns + " columns";
      assertArrayEquals(expected, run(Backend.vector(Threads.one()), program, columns), where);
      assertArrayEquals(expected, run(Backend.vector(Threads.of(2)), program, columns), where);
    }
  }

  private static int[] run(Backend backend, Program program, int columns) {
    try (backend;
        var arena = Arena.ofShared();
        var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var parameters = new Parameters(backend, arena);
      var x = tape.input(gaussian(arena, 1, STEPS, BATCH_SIZE, columns));
      var b = gaussian(arena, 2, STEPS, BATCH_SIZE, columns);
      var result = program.body.on(tape, parameters, x, b);
      tape.backward(result, gaussian(arena, 3, result.value().shape()));
      var tensors =
          Stream.concat(
              Stream.of(result.value(), x.gradient()),
              parameters.all().stream().map(parameter -> parameter.gradient()));
      return tensors.flatMapToInt(EqualBitsTest::bits).toArray();
    }
  }

  private static IntStream bits(Tensor tensor) {
    return Arrays.stream(tensor.toArray()).mapToInt(value -> Float.floatToIntBits((float) value));
  }

  private static Tensor gaussian(Arena arena, long seed, int... shape) {
    var random = new Random(seed);
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, 2 * random.nextGaussian());
      }
    }
    return tensor;
  }
}
