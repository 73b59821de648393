package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.random.CounterRandom;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What can be put together to be streamed, and what cannot.
class StreamingStackTest {
  @TempDir Path folder;

  private final Arena arena = Arena.ofConfined();
  private final Backend backend = Backend.best();
  private final CounterRandom random = new CounterRandom(1);
  private int made;

  @AfterEach
  void close() {
    arena.close();
  }

  private Parameters place() {
    return new Parameters(backend, arena).at("layer" + made++);
  }

  private Recurrent recurrent(RecurrentOptions options) {
    return options.create(place(), random);
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @Test
  void layersThatDoNotGoForwardAreRefused() {
    var dense = StreamingStack.ofDense(3);
    for (var options :
        List.of(Lstm.of(3, 4).bidirectional(), Lstm.of(3, 4).bidirectional(Merge.SUM))) {
      var layers = recurrent(options);
      assertRefused(
          "layers of direction BIDIRECTIONAL cannot be streamed: their output at a step depends on"
              + " later steps",
          () -> dense.recurrent(layers));
    }
    var reverse = recurrent(Lstm.of(3, 4).direction(Direction.REVERSE));
    assertRefused(
        "layers of direction REVERSE cannot be streamed: their output at a step depends on later"
            + " steps",
        () -> dense.recurrent(reverse));
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    var dense = StreamingStack.ofDense(3);
    assertRefused("size must be positive, was 0", () -> StreamingStack.ofDense(0));
    var message = "the layer takes %d columns, those before it give 3";
    assertRefused(message.formatted(4), () -> dense.recurrent(recurrent(Lstm.of(4, 5))));
    assertRefused(message.formatted(2), () -> dense.layerNorm(LayerNorm.of(2).create(place())));
    assertRefused(
        message.formatted(5), () -> dense.linear(Linear.of(5, 2).create(place(), random)));
    assertThrows(NullPointerException.class, () -> dense.activation(null));
  }

  /// A stack is a value: what is added to it changes a copy.
  @Test
  void aStackKnowsItsSizesAndIsNeverChanged() {
    var embedding = Embedding.of(9, 3).create(place(), random);
    var below = StreamingStack.ofTokens(embedding);
    var stack = below.recurrent(recurrent(Lstm.of(3, 8, Lstm.options().projection(6))));
    var whole = stack.linear(Linear.of(6, 2).create(place(), random)).sigmoid();
    assertEquals(3, below.outputSize());
    assertEquals(6, stack.outputSize());
    assertEquals(2, whole.outputSize());
    assertTrue(whole.takesTokens());
    assertEquals(9, whole.vocabularySize());
    assertEquals(1, whole.inputSize());
    var dense = StreamingStack.ofDense(4);
    assertFalse(dense.takesTokens());
    assertEquals(4, dense.inputSize());
    var e = assertThrows(IllegalStateException.class, dense::vocabularySize);
    assertEquals("the input is a vector, not a token", e.getMessage());
  }

  /// A stack without a recurrent layer has no state to speak of, and is a function of its input.
  @Test
  void aStackWithoutRecurrentLayersIsAFunction() {
    var stack = StreamingStack.ofDense(2).activation(Activation.affine(2, 1));
    var model = SmallModels.compile(stack, arena);
    assertEquals(StateLayout.HEADER_BYTES, model.stateLayout().bytes());
    assertEquals(List.of(), model.stateLayout().parts());
    var state = model.newState(arena);
    var output = new float[2];
    model.step(new float[] {1, -3}, state, output);
    assertEquals(List.of(3f, -5f), List.of(output[0], output[1]));
    assertEquals(1, state.steps());
    var e = assertThrows(IllegalArgumentException.class, () -> model.stateLayout().part("h_l0"));
    assertEquals("no part h_l0 in []", e.getMessage());
  }

  @Test
  void anEpsilonIsPartOfTheModel() {
    var one = StreamingStack.ofDense(4).layerNorm(LayerNorm.of(4).create(place()));
    var other = StreamingStack.ofDense(4).layerNorm(LayerNorm.of(4).epsilon(1e-3).create(place()));
    assertNotEquals(
        SmallModels.compile(one, arena).fingerprint(),
        SmallModels.compile(other, arena).fingerprint());
  }

  /// From a file, from the model in memory, with any kernels: the same bits and the same states.
  @Test
  void aLoadedModelIsTheModelThatWasSaved() throws IOException {
    var architecture = Architecture.languageModel(9, 5, CellKind.LSTM, 6, 2);
    var trained = SequenceModel.create(architecture, backend, arena, random);
    var file = folder.resolve("model.safetensors");
    trained.save(file);
    for (var output : StreamingOptions.Output.values()) {
      var options = StreamingOptions.standard().output(output);
      var compiled = StreamingModel.compile(trained, options, arena);
      var loaded = StreamingModel.load(file, options.backend(Backend.scalar(Threads.one())), arena);
      assertEquals(compiled.fingerprint(), loaded.fingerprint());
      var state = compiled.newState(arena);
      var other = loaded.newState(arena);
      var expected = new float[9];
      var actual = new float[9];
      for (int token : new int[] {0, 8, 3, 3}) {
        compiled.step(token, state, expected);
        loaded.step(token, other, actual);
        assertArrayEquals(expected, actual);
      }
      double sum = 0;
      for (float value : expected) {
        sum += value;
      }
      assertEquals(output == StreamingOptions.Output.SOFTMAX, Math.abs(sum - 1) < 1e-5);
    }
  }

  @Test
  void optionsNeedAFormatAndAnOutput() {
    assertThrows(NullPointerException.class, () -> StreamingOptions.standard().weights(null));
    assertThrows(NullPointerException.class, () -> StreamingOptions.standard().output(null));
    var float64 = StreamingOptions.standard().backend(Backend.float64(Threads.one()));
    assertRefused(
        "plans are of float32 kernels, the backend is float64",
        () -> StreamingModel.compile(StreamingStack.ofDense(1), float64, arena));
  }
}
