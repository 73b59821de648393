package dev.rondo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files of models: what comes back, and what is refused before it costs anything.
class SequenceModelTest {
  /// Far less than allocating or reading what the files claim would take, and no less than a busy
  /// machine needs.
  private static final Duration AT_ONCE = Duration.ofSeconds(60);

  private static final Architecture SMALL = Architecture.languageModel(5, 3, Gru.cell(), 4, 1);

  @TempDir Path folder;
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private SequenceModel small() {
    return SequenceModel.create(SMALL, backend, arena, new CounterRandom(1));
  }

  /// A file with the tensors of [#SMALL] whose metadata say something else.
  private Path fileWith(Map<String, String> changes) throws IOException {
    var metadata = new LinkedHashMap<>(SMALL.metadata());
    metadata.putAll(changes);
    var writer = new SafeTensorsWriter();
    metadata.forEach((key, value) -> {
      if (!value.isEmpty()) {
        writer.metadata(key, value);
      }
    });
    small().parameters().values().forEach(writer::add);
    var file = folder.resolve("model.safetensors");
    writer.write(file);
    return file;
  }

  private String refusal(Path file) {
    return assertTimeoutPreemptively(
        AT_ONCE,
        () -> {
          try (var none = new NoMemory()) {
            return assertThrows(
                    ModelFormatException.class, () -> SequenceModel.load(file, backend, none))
                .getMessage();
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "rondo.hidden_size, 2000000000, recurrent.weight_ih_l0",
    "rondo.hidden_size, 5, recurrent.weight_ih_l0",
    "rondo.layers, 1000000, recurrent.weight_ih_l1",
    "rondo.layers, 2147483647, recurrent.weight_ih_l1",
    "rondo.input_size, 2147483647, embedding.weight",
    "rondo.embedding_size, 2000000000, embedding.weight",
    "rondo.output_size, 2000000000, output.weight",
    "rondo.cell, lstm, recurrent.weight_ih_l0"
  })
  void sizesThatTheFileDoesNotHoldAreRefusedBeforeMemoryIsTaken(
      String key, String value, String tensor) throws IOException {
    String message = refusal(fileWith(Map.of(key, value)));
    assertTrue(message.contains(tensor), message);
  }

  @ParameterizedTest
  @CsvSource({
    "rondo.hidden_size, 0, 'hiddenSize must be positive, was 0'",
    "rondo.layers, -1, 'layers must be positive, was -1'",
    "rondo.hidden_size, 99999999999, 'rondo.hidden_size is 99999999999, expected a number'",
    "rondo.layers, two, 'rondo.layers is two, expected a number'",
    "rondo.dropout, NaN, 'dropout must be in [0, 1), was NaN'",
    "rondo.dropout, 1, 'dropout must be in [0, 1), was 1.0'",
    "rondo.cell, gpt, 'cell must be one of rnn_tanh, '",
    "rondo.input, pixels, 'rondo.input is pixels, expected tokens or dense'",
    "rondo.model, sequence-model/9, 'rondo.model is sequence-model/9, expected sequence-model/1, sequence-model/2 or sequence-model/3'",
    "rondo.cell, '', 'rondo.cell is missing: not a sequence model'",
    "rondo.model, '', 'rondo.model is missing: not a sequence model'"
  })
  void metadataThatBreakARuleAreRefusedByName(String key, String value, String rule)
      throws IOException {
    String message = refusal(fileWith(Map.of(key, value)));
    assertTrue(message.contains(rule), message);
  }

  @Test
  void aModelOfDenseInputComesBackToo() throws IOException {
    var architecture =
        new Architecture(new Architecture.DenseInput(3), Rnn.cell(Activation.RELU), 4, 2, 0.25, 2);
    var model = SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
    var file = folder.resolve("dense.safetensors");
    model.save(file);
    var loaded = SequenceModel.load(file, backend, arena);
    assertEquals(architecture, loaded.architecture());
    var state = loaded.newState(1, arena);
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var x = tape.constant(tape.zeros(2, 1, 3));
      assertEquals("[2, 1, 2] FLOAT32", loaded.forward(tape, x, state).logits().toString());
      var tokens = Tokens.allocate(arena, 2, 1);
      assertEquals(
          "the model takes dense input, not tokens",
          assertThrows(IllegalStateException.class, () -> loaded.forward(tape, tokens, state))
              .getMessage());
      assertEquals(
          "the model takes tokens, not dense input",
          assertThrows(IllegalStateException.class, () -> small().forward(tape, x, state))
              .getMessage());
    }
  }

  @Test
  void aFloat64ModelReadsAFloat32File() throws IOException {
    var model = small();
    var file = folder.resolve("model.safetensors");
    model.save(file);
    try (var twin = Backend.float64(Threads.one())) {
      var loaded = SequenceModel.load(file, twin, arena);
      var name = "recurrent.weight_hh_l0";
      assertEquals(
          model.parameters().get(name).value().get(2, 3),
          loaded.parameters().get(name).value().get(2, 3));
    }
  }

  @Test
  void propertiesAreTheUsersAndReservedKeysAreNot() throws IOException {
    var model = small();
    model.setProperty("vocabulary", "a b");
    assertEquals(
        "key must not start with rondo., was rondo.cell",
        assertThrows(IllegalArgumentException.class, () -> model.setProperty("rondo.cell", "lstm"))
            .getMessage());
    var file = folder.resolve("model.safetensors");
    model.save(file);
    var loaded = SequenceModel.load(file, backend, arena);
    assertEquals(Map.of("vocabulary", "a b"), loaded.properties());
    assertEquals("a b", loaded.property("vocabulary"));
    try (var tensors = SafeTensors.open(file)) {
      assertEquals("gru", tensors.metadata().get("rondo.cell"));
    }
  }
}
