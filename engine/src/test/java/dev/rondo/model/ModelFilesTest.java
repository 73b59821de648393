package dev.rondo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Regularization;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Files of models of every form: what comes back, and what is refused before it costs anything.
class ModelFilesTest {
  private static final int STEPS = 3;
  private static final int BATCH_SIZE = 2;

  @TempDir Path folder;
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  static List<Architecture> all() {
    return Architectures.all();
  }

  /// Every parameter that there is, at least once.
  static List<Architecture> shapes() {
    return List.of(
        Architectures.ofFormat1().getFirst(),
        Architectures.backward().get(1),
        Architectures.ofFormat2().get(13),
        Architectures.ofFormat2().getLast());
  }

  static List<Architecture> ofFormat1() {
    return Architectures.ofFormat1();
  }

  private SequenceModel model(Architecture architecture) {
    return Architectures.model(architecture, backend, arena);
  }

  /// The bits of a model's outputs for some input, from its initial state.
  private int[] outputs(SequenceModel model) {
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var state = model.initialState(tape, BATCH_SIZE);
      var run =
          switch (model.architecture().input()) {
            case Architecture.DenseInput dense -> {
              var x = tape.zeros(STEPS, BATCH_SIZE, dense.size());
              for (int r = 0; r < x.rows(); r++) {
                x.set(r, r % dense.size(), r - 2.5f);
              }
              yield model.forward(tape, tape.constant(x), state);
            }
            case Architecture.TokenInput tokens -> {
              var x = workspace.tokens(STEPS, BATCH_SIZE);
              for (int i = 0; i < x.size(); i++) {
                x.set(i / BATCH_SIZE, i % BATCH_SIZE, i % tokens.vocabularySize());
              }
              yield model.forward(tape, x, state);
            }
          };
      return bits(model.outputs(tape, run.logits()).value());
    }
  }

  private static int[] bits(Tensor tensor) {
    int[] bits = new int[tensor.rows() * tensor.columns()];
    for (int i = 0; i < bits.length; i++) {
      float value = (float) tensor.get(i / tensor.columns(), i % tensor.columns());
      bits[i] = Float.floatToRawIntBits(value);
    }
    return bits;
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyFormComesBackWithItsBits(Architecture architecture) throws IOException {
    var model = model(architecture);
    var file = folder.resolve("model.safetensors");
    model.save(file);
    var loaded = SequenceModel.load(file, backend, arena);
    assertEquals(architecture, loaded.architecture());
    int[] expected = outputs(model);
    assertTrue(Arrays.stream(expected).distinct().count() > 3, "outputs differ");
    assertArrayEquals(expected, outputs(loaded));
    loaded.save(folder.resolve("again.safetensors"));
    assertEquals(-1, Files.mismatch(file, folder.resolve("again.safetensors")));
  }

  @ParameterizedTest
  @MethodSource("ofFormat1")
  void whatFormat1CanSayIsWrittenInIt(Architecture architecture) {
    assertEquals("sequence-model/1", architecture.metadata().get("rondo.model"));
    for (var changed :
        List.of(architecture.layerNorm(), architecture.output(OutputFunction.SIGMOID))) {
      assertEquals("sequence-model/2", changed.metadata().get("rondo.model"));
      assertEquals(changed, Architecture.of(changed.metadata()));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aMissingParameterOrOneOfAnotherShapeIsRefusedByNameBeforeMemoryIsTaken(
      Architecture architecture) throws IOException {
    var parameters = model(architecture).parameters().all();
    for (var parameter : parameters) {
      String name = parameter.name();
      write(architecture, parameters, parameter, null);
      assertEquals("the parameter is missing", refusal().replaceAll(".*: ", ""), name);
      int[] shape = parameter.value().shape();
      shape[0]++;
      write(architecture, parameters, parameter, Tensor.allocate(arena, backend.type(), shape));
      String message = refusal();
      assertTrue(message.contains(name), message);
      assertTrue(message.contains("shape is " + Arrays.toString(shape)), message);
    }
  }

  private Path file() {
    return folder.resolve("changed.safetensors");
  }

  /// A file with one tensor missing or replaced.
  private void write(
      Architecture architecture, List<Parameter> parameters, Parameter left, Tensor instead)
      throws IOException {
    var writer = new SafeTensorsWriter();
    architecture.metadata().forEach(writer::metadata);
    for (var parameter : parameters) {
      if (parameter != left) {
        writer.add(parameter.name(), parameter.value());
      } else if (instead != null) {
        writer.add(parameter.name(), instead);
      }
    }
    writer.write(file());
  }

  private String refusal() {
    try (var none = new NoMemory()) {
      return assertThrows(
              ModelFormatException.class, () -> SequenceModel.load(file(), backend, none))
          .getMessage();
    }
  }

  private static Architecture everything() {
    return Architectures.ofFormat2().get(7);
  }

  @Test
  void aFileCutShortAnywhereIsRefusedBeforeMemoryIsTaken() throws IOException {
    model(everything()).save(file());
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length += 1 + length / 7) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertFalse(refusal().isBlank());
    }
    Files.write(file(), Arrays.copyOf(whole, whole.length - 1));
    assertFalse(refusal().isBlank());
  }

  @ParameterizedTest
  @CsvSource({
    "rondo.hidden_size, 2000000000, recurrent.weight_ih_l0",
    "rondo.layers, 2147483647, recurrent.weight_ih_l3",
    "rondo.input_size, 2147483647, recurrent.weight_ih_l0",
    "rondo.output_size, 2147483647, output.weight",
    "rondo.direction, bidirectional, recurrent.weight_ih_l0_reverse",
    "rondo.cell, lstm peepholes coupled projection=7, recurrent.weight_hh_l0",
    "rondo.cell, lstm, recurrent.weight_ih_l0"
  })
  void sizesThatTheFileDoesNotHoldAreRefusedBeforeMemoryIsTaken(
      String key, String value, String tensor) throws IOException {
    writeWith(Map.of(key, value));
    String message = refusal();
    assertTrue(message.contains(tensor), message);
  }

  private void writeWith(Map<String, String> changes) throws IOException {
    var metadata = new LinkedHashMap<>(everything().metadata());
    metadata.putAll(changes);
    var writer = new SafeTensorsWriter();
    metadata.forEach(writer::metadata);
    model(everything()).parameters().values().forEach(writer::add);
    writer.write(file());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rondo.cell | lstm peepholes=3 | peepholes takes no value, was 3",
        "rondo.cell | lstm projection=1.5 | projection is 1.5, expected a whole number",
        "rondo.cell | lstm projection=-1 | projection must not be negative, was -1",
        "rondo.cell | lstm projection=9 | projection must be at most hiddenSize 7, was 9",
        "rondo.cell | lstm clip=NaN | clip must be positive, was NaN",
        "rondo.cell | lstm cell=elu(1,2,3) | cell is elu(1,2,3): expected at most two numbers",
        "rondo.cell | lstm attention | a lstm cell knows no [attention]",
        "rondo.cell | gpt layers=3 | cell must be one of rnn_tanh, ",
        "rondo.direction | sideways | expected one of [forward, reverse, bidirectional]",
        "rondo.merge | sum | merge SUM needs both directions, direction is FORWARD",
        "rondo.skip | some | rondo.skip is some, expected one of [none, residual, input]",
        "rondo.dropout_locked | yes | rondo.dropout_locked is yes, expected true or false",
        "rondo.dropout_state | 1 | state must be in [0, 1), was 1.0",
        "rondo.zoneout_hidden | half | rondo.zoneout_hidden is half, expected a number",
        "rondo.layer_norm | 1 | rondo.layer_norm is 1, expected true or false",
        "rondo.output | argmax | output must be identity, sigmoid or softmax, was argmax",
        "rondo.attention | 8 | rondo.attention is not a key of sequence-model/2",
        "rondo.model | sequence-model/1 | is not a key of sequence-model/1",
        "rondo.model | sequence-model/4 | expected sequence-model/1, sequence-model/2 or"
      })
  void keysAndValuesThatAreNotUnderstoodAreRefusedByName(String key, String value, String rule)
      throws IOException {
    writeWith(Map.of(key, value));
    String message = refusal();
    assertTrue(message.contains(rule), message);
  }

  @Test
  void keysOfACheckpointAreNotTheModels() throws IOException {
    writeWith(Map.of("rondo.train.step", "3", "rondo.extra.text", "x"));
    assertEquals(everything(), SequenceModel.load(file(), backend, arena).architecture());
  }

  @Test
  void layersThatDoNotFitTogetherAreRefused() {
    var gru = RecurrentOptions.of(Gru.cell(), 4);
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> gru.regularization(new Regularization(0, false, 0, 0, 0, 0.1, 0)))
            .getMessage()
            .startsWith("zoneoutCell needs a cell state"));
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    RecurrentOptions.of(Rnn.cell(Activation.TANH), 4)
                        .regularization(new Regularization(0, false, 0, 0.1, 0, 0, 0)))
            .getMessage()
            .startsWith("candidate needs a gated cell"));
    assertEquals(
        "projection must be at most hiddenSize 4, was 5",
        assertThrows(
                IllegalArgumentException.class,
                () -> RecurrentOptions.of(Lstm.cell().projection(5), 4))
            .getMessage());
  }
}
