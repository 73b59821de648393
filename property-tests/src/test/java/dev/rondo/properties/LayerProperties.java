package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.Recurrent;
import dev.rondo.nn.RecurrentState;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.properties.LayerRun.Shape;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/// What holds for every recurrent stack, bit for bit.
@Tag("kernel")
class LayerProperties {
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

  private static Arbitrary<Shape> shapes(
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
  private static Arbitrary<Integer> batchSizes() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(1, 5), Arbitraries.integers().between(7, 17));
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

  private static Arbitrary<Shape> shapes(List<Variant> kinds) {
    return shapes(
        kinds,
        Arbitraries.integers().between(1, 3),
        Arbitraries.of(1, 2, 3, 15, 16, 17, 33),
        batchSizes(),
        Arbitraries.integers().between(1, 40));
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

  private static LayerRun scalar(Shape shape) {
    try (var backend = Backend.scalar(Threads.one())) {
      return LayerRun.of(backend, shape);
    }
  }

  private static LayerRun best(Shape shape, int threads) {
    try (var backend = Backend.best(Threads.of(threads))) {
      return LayerRun.of(backend, shape);
    }
  }

  @Property(tries = 60)
  void scalarAndVectorKernelsGiveTheSameLayers(@ForAll("shapes") Shape shape) {
    var dropping = shape.dropout(0.3);
    try (var vector = Backend.vector(Threads.one())) {
      LayerRun.assertSame(scalar(dropping), LayerRun.of(vector, dropping));
    }
  }

  @Property(tries = 6)
  void oneTwoAndThreeThreadsGiveTheSameLayers(@ForAll("largeShapes") Shape shape) {
    var dropping = shape.dropout(0.3);
    var one = best(dropping, 1);
    LayerRun.assertSame(one, best(dropping, 2));
    LayerRun.assertSame(one, best(dropping, 3));
  }

  /// Passes over memory are split from 32768 elements on.
  @Example
  void threadsDropTheSameElementsOfAPassThatIsSplit() {
    var shape = new Shape(Variant.GRU, 2, 5, 70, 16, 32, 0.3, 1);
    var one = best(shape, 1);
    LayerRun.assertSame(one, best(shape, 2));
    LayerRun.assertSame(one, best(shape, 3));
  }

  /// Parameter gradients are sums over the batch, and left out.
  @Property(tries = 15)
  void aSequenceOfABatchHasTheBitsOfTheSequenceAlone(@ForAll("certainShapes") Shape shape) {
    var together = best(shape, 1);
    try (var backend = Backend.best()) {
      for (int b = 0; b < shape.batchSize(); b++) {
        var alone = LayerRun.ofSequence(backend, shape, b);
        for (var name : together.results().keySet()) {
          if (!name.matches(".*(weight|bias|peephole|norm).*")) {
            var expected = together.get(name).sequence(b, shape.batchSize());
            LayerRun.assertSame(expected, alone.get(name), name + " of sequence " + b);
          }
        }
      }
    }
  }

  @Property(tries = 60)
  void aCellSteppedByHandHasTheBitsOfTheLayer(@ForAll("singleLayers") Shape shape) {
    try (var backend = Backend.best()) {
      LayerRun.assertSame(LayerRun.of(backend, shape), LayerRun.ofCell(backend, shape));
    }
  }

  /// A stack, its input and its state, all in the caller's memory.
  private static final class Forward implements AutoCloseable {
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

  @Property(tries = 60)
  void aSequenceInChunksHasTheBitsOfTheWhole(
      @ForAll("certainShapes") Shape shape,
      @ForAll boolean training,
      @ForAll boolean thenTraining) {
    try (var whole = new Forward(shape);
        var chunked = new Forward(shape)) {
      var expected = whole.run(training, 0, shape.steps());
      int cut = Math.floorMod(shape.seed(), shape.steps());
      var outputs = new ArrayList<List<Integer>>();
      if (cut > 0) {
        outputs.addAll(chunked.run(training, 0, cut));
      }
      outputs.addAll(chunked.run(thenTraining, cut, shape.steps()));
      assertEquals(expected, outputs);
      assertEquals(whole.states(), chunked.states());
    }
  }

  @Property(tries = 60)
  void anEvaluatingTapeGivesTheBitsOfATrainingOne(@ForAll("certainShapes") Shape shape) {
    try (var training = new Forward(shape);
        var evaluating = new Forward(shape.dropout(0.5))) {
      assertEquals(training.run(true, 0, shape.steps()), evaluating.run(false, 0, shape.steps()));
      assertEquals(training.states(), evaluating.states());
    }
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

  /// Without input and bias, and with recurrent weights whose products shrink, every state decays;
  /// it must end at +0 in every bit, not in subnormal numbers.
  @Property(tries = 8)
  void aStateThatIsLeftAloneEndsAtPlusZero(@ForAll("longShapes") Shape shape) {
    try (var forward = new Forward(shape)) {
      forward.x.clear();
      quieten(forward.parameters);
      for (int i = 0; i < 25; i++) {
        forward.run(false, 0, shape.steps());
      }
      for (var bits : forward.states()) {
        for (var row : bits.rows()) {
          row.forEach(bit -> assertEquals(0, bit));
        }
      }
    }
  }

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
}
