package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tools.task.IdxFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `rondo task`, with models that learn next to nothing, quickly.
class TaskCommandTest {
  private static final List<String> MODELS =
      List.of("rnn", "irnn", "gru", "lstm", "window", "whole");
  private static final List<String> LITTLE =
      List.of(
          "--steps",
          "4",
          "--hidden",
          "5",
          "--batch",
          "6",
          "--lr",
          "0.01,0.001",
          "--window",
          "3",
          "--evaluations",
          "2",
          "--validation-sequences",
          "8",
          "--test-sequences",
          "11");

  @TempDir private Path folder;

  private LmRunner.Result run(String... arguments) {
    var all = new ArrayList<>(List.of("task"));
    all.addAll(List.of(arguments));
    all.addAll(LITTLE);
    return LmRunner.run(all.toArray(String[]::new));
  }

  /// Runs everything once and looks at all that it writes.
  private void assertComplete(String name, String baseline, String... arguments)
      throws IOException {
    var json = folder.resolve("results.jsonl");
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--out", folder.resolve("pictures").toString()));
    all.addAll(List.of("--json", json.toString()));
    var result = run(all.toArray(String[]::new));
    assertEquals(0, result.exitCode(), result.err());
    var out = result.out();
    assertTrue(out.startsWith(name + ": "), out);
    assertTrue(out.contains(baseline), out);
    assertTrue(out.contains("4 steps a run"), out);
    for (var model : MODELS) {
      long rows = out.lines().filter(line -> line.startsWith(model + " ")).count();
      assertEquals(3, rows, out);
    }
    for (var picture : List.of("-error.png", "-gradients.png")) {
      var image = ImageIO.read(folder.resolve("pictures").resolve(name + picture).toFile());
      assertTrue(image.getWidth() > 1000);
    }
    assertLines(name, Files.readAllLines(json));
  }

  /// For each model and rate three evaluations and a test; for recurrent ones two curves.
  private static void assertLines(String name, List<String> lines) {
    for (var model : MODELS) {
      for (var rate : List.of("0.01", "0.001")) {
        var begin =
            "{\"task\": \"%s\", \"model\": \"%s\", \"learningRate\": %s, "
                .formatted(name, model, rate);
        var own = lines.stream().filter(line -> line.startsWith(begin)).toList();
        boolean recurrent = !model.startsWith("w");
        assertEquals(recurrent ? 6 : 4, own.size(), own.toString());
        for (int i = 0; i < 3; i++) {
          assertTrue(own.get(i).contains("\"validation\", \"step\": " + 2 * i), own.get(i));
        }
        assertTrue(own.get(3).contains("\"split\": \"test\""), own.get(3));
        assertFalse(own.get(3).contains("null"), own.get(3));
      }
    }
    assertEquals(2 * (4 * 6 + 2 * 4), lines.size());
  }

  @Test
  void adding() throws IOException {
    assertComplete(
        "adding-7", "always answering 1: mean squared error 0.1667", "adding", "--length", "7");
  }

  @Test
  void copy() throws IOException {
    // 10·ln 8/22
    assertComplete("copy-2", "cross-entropy in nats 0.9452", "copy", "--delay", "2");
  }

  @Test
  void agreement() throws IOException {
    assertComplete(
        "agreement-5-7", "always singular (majority)", "agreement", "--max-distance", "7");
  }

  @Test
  void sequentialMnist() throws IOException {
    IdxFiles.writeDigits(folder, 24, 11);
    assertComplete("seqmnist-row", "accuracy 10.00 %", "seqmnist", "--data", folder.toString());
    assertComplete(
        "seqmnist-pixel",
        "accuracy 10.00 %",
        "seqmnist",
        "--data",
        folder.toString(),
        "--by",
        "pixel");
  }

  /// All numbers but the minutes.
  @Test
  void theSameStepsGiveTheSameTables() {
    var first = run("adding", "--length", "5", "--threads", "1").out();
    var second = run("adding", "--length", "5", "--threads", "2").out();
    assertEquals(withoutMinutes(first), withoutMinutes(second));
    assertFalse(
        withoutMinutes(first)
            .equals(withoutMinutes(run("adding", "--length", "5", "--seed", "2").out())));
  }

  private static String withoutMinutes(String out) {
    return out.replaceAll("  0\\.\\d\\d  ", "");
  }

  private static void assertRefused(int exitCode, String said, LmRunner.Result result) {
    assertEquals(exitCode, result.exitCode(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains(said), result.err());
  }

  @Test
  void whatCannotBeIsSaidInOneLine() throws IOException {
    assertRefused(2, "--length must be at least 2, was 1", run("adding", "--length", "1"));
    assertRefused(2, "--delay must be positive, was 0", run("copy", "--delay", "0"));
    assertRefused(
        2, "--min-distance must be at least 5, was 4", run("agreement", "--min-distance", "4"));
    assertRefused(2, "was elman", run("adding", "--models", "rnn,elman"));
    assertRefused(2, "--minutes must be positive, was 0.0", run("adding", "--minutes", "0"));
    assertRefused(2, "--memory must be 0, or at least 2, was 1", run("adding", "--memory", "1"));
    assertRefused(2, "--clip must be 0 or positive, was -1.0", run("adding", "--clip", "-1"));
    assertRefused(
        2, "--by must be row or pixel, was x", run("seqmnist", "--data", "d", "--by", "x"));
    var nowhere = folder.resolve("nowhere");
    assertRefused(
        1, "there is no folder " + nowhere, run("seqmnist", "--data", nowhere.toString()));
    assertRefused(
        1,
        "there is neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz in " + folder,
        run("seqmnist", "--data", folder.toString()));
    assertRefused(
        1,
        "there is no folder " + nowhere,
        run("adding", "--json", nowhere.resolve("file").toString()));
  }

  @Test
  void aloneItShowsItsCommands() {
    var result = LmRunner.run("task");
    assertEquals(0, result.exitCode());
    for (var command : List.of("adding", "copy", "seqmnist", "agreement")) {
      assertTrue(result.out().contains("  " + command + " "), result.out());
    }
  }
}
