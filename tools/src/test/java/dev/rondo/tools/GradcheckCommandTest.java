package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.LayerStack;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `rondo gradcheck` of small models, made up and from files.
class GradcheckCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "rnn_tanh", "rnn_relu"})
  void everyCellIsRight(String cell) {
    var result =
        LmRunner.run(
            "gradcheck", "--cell", cell, "--hidden", "3", "--layers", "1", "--length", "3");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("recurrent.weight_hh_l0"), result.out());
    assertTrue(result.out().endsWith("right" + System.lineSeparator()), result.out());
  }

  @Test
  void theModelOfAFileIsCheckedAndReported() throws IOException {
    var file = folder.resolve("model.safetensors");
    try (var arena = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var architecture = Architecture.languageModel(7, 3, CellKind.GRU, 5, 2);
      SequenceModel.create(architecture, backend, arena, new CounterRandom(3)).save(file);
    }
    var json = folder.resolve("report.json");
    var result = LmRunner.run("gradcheck", "--model", file.toString(), "--json", json.toString());
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("embedding.weight"), result.out());
    assertTrue(Files.readString(json).startsWith("{\"passes\": true"), Files.readString(json));
  }

  @Test
  void aModelOfTwoDirectionsWithOtherCellsIsChecked() throws IOException {
    var file = folder.resolve("model.safetensors");
    var cell = Lstm.options().withPeepholes().projection(2);
    var stack = LayerStack.of(cell, 3).layers(2).bidirectional(Merge.CONCAT).skip(Skip.INPUT);
    try (var arena = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var architecture = Architecture.of(new Architecture.DenseInput(2), stack, 2).layerNorm();
      SequenceModel.create(architecture, backend, arena, new CounterRandom(3)).save(file);
    }
    var result = LmRunner.run("gradcheck", "--model", file.toString(), "--length", "3");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("recurrent.weight_hr_l1_reverse"), result.out());
    assertTrue(result.out().contains("norm.weight"), result.out());
  }

  @Test
  void aWrongOptionIsOneLine() {
    var result = LmRunner.run("gradcheck", "--hidden", "0");
    assertEquals(2, result.exitCode());
    assertEquals(
        "rondo gradcheck: --hidden must be positive, was 0 (see rondo help gradcheck)",
        result.err().strip());
  }

  @Test
  void bothDirectionsOfSequencesOfAnyLengthAreRight() {
    var result =
        LmRunner.run(
            "gradcheck",
            "--cell",
            "gru",
            "--hidden",
            "3",
            "--layers",
            "1",
            "--bidirectional",
            "--length",
            "3",
            "--lengths",
            "3,0,2");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("recurrent.weight_hh_l0_reverse"), result.out());
    assertTrue(result.out().contains("[3, 3, 4]"), result.out());
  }

  /// Rounding alone is more than that.
  @Test
  void theToleranceIsTheUsersToChoose() {
    var result = LmRunner.run("gradcheck", "--hidden", "2", "--tolerance", "1e-15");
    assertTrue(result.out().contains("relative errors up to 1.0e-15 pass"), result.out());
    assertTrue(result.out().contains("uncertain      "), result.out());
  }

  @Test
  void lengthsBeyondTheInputAreRefused() {
    var result = LmRunner.run("gradcheck", "--length", "3", "--lengths", "4,1");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("--lengths must be 0 to 3, was 4"), result.err());
  }
}
