package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.Architecture;
import dev.rondo.model.Architectures;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Streams of models from files, beside the sequence that the model computes by itself.
class StreamedFilesTest {
  private static final int STEPS = 5;

  @TempDir Path folder;
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  static List<Architecture> forward() {
    return Architectures.forward();
  }

  static List<Architecture> backward() {
    return Architectures.backward();
  }

  private static float element(int step, int column) {
    return 0.3f * step - 0.7f * column;
  }

  private static int token(int step, int vocabularySize) {
    return step * 3 % vocabularySize;
  }

  /// The outputs of the model itself, `[steps][outputSize]`.
  private float[][] sequence(SequenceModel model, OutputFunction function) {
    var architecture = model.architecture();
    float[][] result = new float[STEPS][architecture.outputSize()];
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var state = model.initialState(tape, 1);
      var run =
          switch (architecture.input()) {
            case Architecture.DenseInput dense -> {
              var x = tape.zeros(STEPS, 1, dense.size());
              for (int t = 0; t < STEPS; t++) {
                for (int c = 0; c < dense.size(); c++) {
                  x.set(t, c, element(t, c));
                }
              }
              yield model.forward(tape, tape.constant(x), state);
            }
            case Architecture.TokenInput tokens -> {
              var x = workspace.tokens(STEPS, 1);
              for (int t = 0; t < STEPS; t++) {
                x.set(t, 0, token(t, tokens.vocabularySize()));
              }
              yield model.forward(tape, x, state);
            }
          };
      var outputs =
          switch (function) {
            case IDENTITY -> run.logits().value();
            case SIGMOID -> tape.activation(Activation.SIGMOID, run.logits()).value();
            case SOFTMAX -> tape.softmax(run.logits()).value();
          };
      for (int t = 0; t < STEPS; t++) {
        for (int c = 0; c < result[t].length; c++) {
          result[t][c] = (float) outputs.get(t, c);
        }
      }
    }
    return result;
  }

  private static float[][] stream(StreamingModel model, Architecture architecture, Arena arena) {
    var state = model.newState(arena);
    float[][] result = new float[STEPS][model.outputSize()];
    for (int t = 0; t < STEPS; t++) {
      switch (architecture.input()) {
        case Architecture.DenseInput dense -> {
          float[] x = new float[dense.size()];
          for (int c = 0; c < x.length; c++) {
            x[c] = element(t, c);
          }
          model.step(x, state, result[t]);
        }
        case Architecture.TokenInput tokens ->
            model.step(token(t, tokens.vocabularySize()), state, result[t]);
      }
    }
    return result;
  }

  private static void assertSameBits(float[][] expected, float[][] actual, Object what) {
    for (int t = 0; t < STEPS; t++) {
      for (int c = 0; c < expected[t].length; c++) {
        assertEquals(
            Float.floatToRawIntBits(expected[t][c]),
            Float.floatToRawIntBits(actual[t][c]),
            "%s, step %d, output %d: %s and %s"
                .formatted(what, t, c, expected[t][c], actual[t][c]));
      }
    }
  }

  private Path saved(Architecture architecture) throws IOException {
    var file = folder.resolve("model.safetensors");
    Architectures.model(architecture, backend, arena).save(file);
    return file;
  }

  @ParameterizedTest
  @MethodSource("forward")
  void aFilesStreamHasTheBitsOfTheModelsSequence(Architecture architecture) throws IOException {
    var file = saved(architecture);
    var model = SequenceModel.load(file, backend, arena);
    try (var streaming = StreamingModel.load(file, arena)) {
      float[][] expected = sequence(model, architecture.outputFunction());
      assertSameBits(expected, stream(streaming, architecture, arena), architecture);
    }
  }

  @ParameterizedTest
  @EnumSource(OutputFunction.class)
  void optionsTakeThePlaceOfTheFilesOutputFunction(OutputFunction function) throws IOException {
    for (var own : OutputFunction.values()) {
      var architecture = Architectures.forward().getFirst().output(own);
      var file = saved(architecture);
      var model = SequenceModel.load(file, backend, arena);
      var options =
          StreamingOptions.standard().output(StreamingOptions.Output.valueOf(function.name()));
      try (var streaming = StreamingModel.load(file, options, arena)) {
        assertSameBits(sequence(model, function), stream(streaming, architecture, arena), function);
      }
    }
  }

  @Test
  void otherFormatsOfWeightsLoadEveryForm() throws IOException {
    for (var architecture : forward()) {
      var file = saved(architecture);
      var expected = sequence(SequenceModel.load(file, backend, arena), OutputFunction.SOFTMAX);
      for (var format : List.of(WeightFormat.BFLOAT16, WeightFormat.INT8)) {
        var options =
            StreamingOptions.standard().weights(format).output(StreamingOptions.Output.SOFTMAX);
        try (var streaming = StreamingModel.load(file, options, arena)) {
          float[][] actual = stream(streaming, architecture, arena);
          for (int c = 0; c < expected[0].length; c++) {
            assertEquals(expected[0][c], actual[0][c], 0.05, format + " " + architecture);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backward")
  void whatDoesNotGoForwardIsRefused(Architecture architecture) throws IOException {
    var file = saved(architecture);
    String message =
        assertThrows(IllegalArgumentException.class, () -> StreamingModel.load(file, arena))
            .getMessage();
    assertTrue(message.startsWith("layers of direction "), message);
    assertTrue(message.endsWith("their output at a step depends on later steps"), message);
  }
}
