package dev.rondo.properties;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.properties.LayerRun.Shape;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;

/// The stacks that laws are tried on, and how they are run.
abstract class Stacks {
  /// Cells that leave nothing out at random.
  private static final List<Variant> CERTAIN =
      Arrays.stream(Variant.values()).filter(kind -> !kind.isRandom()).toList();

  /// Cells whose states decay where nothing drives them.
  private static final List<Variant> DECAYING =
      List.of(
          Variant.RNN_TANH,
          Variant.RNN_RELU,
          Variant.RNN_SOFTSIGN,
          Variant.RNN_CLIPPED,
          Variant.GRU,
          Variant.GRU_RESET_BEFORE,
          Variant.LSTM,
          Variant.LSTM_PEEPHOLES,
          Variant.LSTM_COUPLED,
          Variant.LSTM_PROJECTED);

  static Arbitrary<Shape> shapes(
      List<Variant> kinds,
      Arbitrary<Integer> layers,
      Arbitrary<Integer> hiddenSizes,
      Arbitrary<Integer> batchSizes,
      Arbitrary<Integer> steps) {
    return Combinators.combine(
            Arbitraries.of(kinds),
            layers,
            Arbitraries.integers().between(1, 20),
            hiddenSizes,
            batchSizes,
            steps,
            Arbitraries.longs())
        .as((kind, l, input, h, b, t, seed) -> new Shape(kind, l, input, h, b, t, 0, seed));
  }

  /// Few sequences, and eight or more, from which a layer orders its products otherwise.
  static Arbitrary<Integer> batchSizes() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(1, 5), Arbitraries.integers().between(7, 17));
  }

  static Arbitrary<Shape> shapes(List<Variant> kinds) {
    return shapes(
        kinds,
        Arbitraries.integers().between(1, 3),
        Arbitraries.of(1, 2, 3, 15, 16, 17, 33),
        batchSizes(),
        Arbitraries.integers().between(1, 40));
  }

  /// Hidden sizes around the padding; steps beyond the 32 that are projected at once.
  @Provide
  Arbitrary<Shape> shapes() {
    return shapes(List.of(Variant.values()));
  }

  @Provide
  Arbitrary<Shape> certainShapes() {
    return shapes(CERTAIN);
  }

  @Provide
  Arbitrary<Shape> singleLayers() {
    return shapes(
        CERTAIN,
        Arbitraries.just(1),
        Arbitraries.of(1, 2, 3, 15, 16, 17, 33),
        batchSizes(),
        Arbitraries.integers().between(1, 40));
  }

  /// Large enough for work to be split over threads, in slices that are not equal.
  @Provide
  Arbitrary<Shape> largeShapes() {
    return shapes(
        List.of(Variant.values()),
        Arbitraries.integers().between(1, 2),
        Arbitraries.of(48, 63, 70),
        Arbitraries.integers().between(4, 26),
        Arbitraries.integers().between(25, 30));
  }

  @Provide
  Arbitrary<Shape> longShapes() {
    return shapes(
        DECAYING,
        Arbitraries.integers().between(1, 2),
        Arbitraries.of(1, 2, 3, 16, 17),
        Arbitraries.integers().between(1, 2),
        Arbitraries.just(40));
  }

  static LayerRun scalar(Shape shape) {
    try (var backend = Backend.scalar(Threads.one())) {
      return LayerRun.of(backend, shape);
    }
  }

  static LayerRun best(Shape shape, int threads) {
    try (var backend = Backend.best(Threads.of(threads))) {
      return LayerRun.of(backend, shape);
    }
  }

  /// A stack, its input and its state, all in the caller's memory.
  static final class Forward implements AutoCloseable {
    final Backend backend = Backend.best();
    final Arena arena = Arena.ofConfined();
    final Workspace workspace = new Workspace();
    final Shape shape;
    final Parameters parameters = new Parameters(backend, arena);
    final Recurrent stack;
    final Tensor x;
    final RecurrentState state;

    Forward(Shape shape) {
      this.shape = shape;
      var random = new CounterRandom(shape.seed());
      stack = shape.options().create(parameters, random);
      x =
          Tensor.allocate(
              arena, ElementType.FLOAT32, shape.steps(), shape.batchSize(), shape.inputSize());
      fill(x, random);
      state = stack.newState(shape.batchSize(), arena);
      state.tensors().values().forEach(tensor -> fill(tensor, random));
    }

    private static void fill(Tensor tensor, CounterRandom random) {
      for (int r = 0; r < tensor.rows(); r++) {
        for (int c = 0; c < tensor.columns(); c++) {
          tensor.set(r, c, random.nextGaussian());
        }
      }
    }

    Tape tape(boolean training) {
      return training
          ? Tape.record(backend, workspace, new CounterRandom(0))
          : Tape.evaluate(backend, workspace);
    }

    /// Steps `from` to `to` on a tape of their own; the state goes on.
    List<List<Integer>> run(boolean training, int from, int to) {
      int batchSize = shape.batchSize();
      var chunk =
          x.rows(from * batchSize, (to - from) * batchSize)
              .reshape(to - from, batchSize, shape.inputSize());
      try (var tape = tape(training)) {
        var run = stack.forward(tape, tape.constant(chunk), state);
        run.lastState().copyTo(state);
        return Bits.of("output", run.output().value()).rows();
      }
    }

    List<Bits> states() {
      return state.tensors().entrySet().stream()
          .map(entry -> Bits.of(entry.getKey(), entry.getValue()))
          .toList();
    }

    @Override
    public void close() {
      workspace.close();
      arena.close();
      backend.close();
    }
  }
}
