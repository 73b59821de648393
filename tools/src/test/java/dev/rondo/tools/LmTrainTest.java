package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LmTrainTest {
  private static final String SCORE =
      "validation loss \\d+\\.\\d{4} nats, \\d+\\.\\d{4} bits per %s, perplexity \\d+\\.\\d{3}";

  private static final Pattern METRIC =
      Pattern.compile(
          "\\{\"step\": \\d+, \"epoch\": \\d+, \"split\": \"(train|validation)\", \"loss\":"
              + " \\d+\\.[0-9E-]+, \"learningRate\": [0-9.E-]+, \"gradientNorm\":"
              + " (null|[0-9.E-]+), \"tokensPerSecond\": \\d+, \"seconds\": \\d+\\.\\d{3}\\}");

  @TempDir Path folder;
  private LmRunner lm;

  @BeforeEach
  void writeTheText() {
    lm = new LmRunner(folder);
  }

  private void assertSameBytes(String expected, String actual) {
    assertArrayEquals(lm.bytes(expected), lm.bytes(actual), actual);
  }

  private static LmRunner.Result succeeded(LmRunner.Result result) {
    assertEquals(0, result.exitCode(), result.err());
    return result;
  }

  @ParameterizedTest
  @ValueSource(strings = {"rnn", "gru", "lstm"})
  void theSameSeedGivesTheSameFileWhateverThreadsAndKernels(String cell) {
    succeeded(lm.train("one", "--cell", cell, "--steps", "25", "--threads", "1"));
    succeeded(lm.train("two", "--cell", cell, "--steps", "25", "--threads", "2"));
    assertSameBytes("one", "two");
    assertSameBytes("one.checkpoint", "two.checkpoint");
    System.setProperty("dev.rondo.kernels", "scalar");
    try {
      succeeded(lm.train("scalar", "--cell", cell, "--steps", "25", "--threads", "2"));
    } finally {
      System.clearProperty("dev.rondo.kernels");
    }
    assertSameBytes("one", "scalar");
    assertSameBytes("one.checkpoint", "scalar.checkpoint");
    succeeded(lm.train("other", "--cell", cell, "--steps", "25", "--seed", "2"));
    assertFalse(Arrays.equals(lm.bytes("one"), lm.bytes("other")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "momentum", "adam", "adamw"})
  void aResumedRunEndsWithTheBytesOfOneThatNeverStopped(String optimizer) {
    var recipe = List.of("--optimizer", optimizer, "--patience", "9", "--warm-up", "5");
    lm.train("whole", with(recipe, "--steps", "60"));
    // 26 and 27 windows make an epoch: one stop in the middle of one, one at the end of it.
    for (int stop : new int[] {7, 27}) {
      succeeded(lm.train("parts", with(recipe, "--steps", Integer.toString(stop))));
      succeeded(lm.resume("parts", "--steps", "60"));
      assertSameBytes("whole", "parts");
      assertSameBytes("whole.checkpoint", "parts.checkpoint");
    }
  }

  private static String[] with(List<String> some, String... more) {
    var result = Arrays.copyOf(some.toArray(String[]::new), some.size() + more.length);
    System.arraycopy(more, 0, result, some.size(), more.length);
    return result;
  }

  @Test
  void resumingAFinishedRunChangesNothing() {
    succeeded(lm.train("model", "--epochs", "1", "--schedule", "cosine"));
    var model = lm.bytes("model");
    var checkpoint = lm.bytes("model.checkpoint");
    succeeded(lm.resume("model"));
    assertArrayEquals(model, lm.bytes("model"));
    assertArrayEquals(checkpoint, lm.bytes("model.checkpoint"));
  }

  @Test
  void aCheckpointRefusesAnotherTextAndOtherOptions() throws IOException {
    succeeded(lm.train("model", "--steps", "5"));
    var other = lm.resume("model", "--hidden", "13");
    assertEquals(1, other.exitCode());
    assertEquals(
        "rondo: --hidden 13 differs from the checkpoint's 12: leave it out, or train anew",
        other.err().strip());
    succeeded(lm.resume("model", "--hidden", "12", "--steps", "6", "--threads", "2"));
    Files.writeString(lm.text(), LmRunner.text(41));
    var text = lm.resume("model", "--steps", "7");
    assertEquals(1, text.exitCode());
    assertTrue(text.err().contains("the text is not the one that"), text.err());
    var none = LmRunner.run("lm", "train", "--resume", lm.file("model.checkpoint").toString());
    assertEquals(1, none.exitCode());
    assertTrue(none.err().contains("give it again with --data"), none.err());
  }

  @Test
  void patienceKeepsTheBest() {
    var result = succeeded(lm.train("model", "--epochs", "40", "--patience", "1", "--lr", "0.3"));
    var losses =
        result
            .out()
            .lines()
            .filter(line -> line.startsWith("epoch "))
            .map(line -> line.substring(line.indexOf("validation loss")))
            .toList();
    assertTrue(losses.size() < 40, "stopped after " + losses.size());
    assertEquals(losses.get(losses.size() - 2), result.lastLine());
  }

  @Test
  void metricsAreOneObjectALineAndGoOnWhereTheyStopped() throws IOException {
    var whole = lm.file("whole.jsonl");
    var parts = lm.file("parts.jsonl");
    succeeded(lm.train("whole", "--steps", "30", "--metrics", whole.toString()));
    succeeded(lm.train("parts", "--steps", "27", "--metrics", parts.toString()));
    // As after a crash: what came after the checkpoint, the last line cut.
    Files.writeString(parts, Files.readAllLines(whole).get(28) + "\n{\"step\": 29, \"ep");
    Files.write(
        parts,
        (String.join("\n", Files.readAllLines(whole).subList(0, 29)) + "\n{\"step\": 29, \"ep")
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    succeeded(lm.resume("parts", "--steps", "30", "--metrics", parts.toString()));
    for (var line : Files.readAllLines(whole)) {
      assertTrue(METRIC.matcher(line).matches(), line);
    }
    assertEquals(withoutTime(whole), withoutTime(parts));
  }

  private static List<String> withoutTime(Path metrics) throws IOException {
    return Files.readAllLines(metrics).stream()
        .map(line -> line.substring(0, line.indexOf("\"tokensPerSecond\"")))
        .toList();
  }

  @Test
  void theLastLineIsTheScoreThatEvalPrintsToo() throws IOException {
    var trained = succeeded(lm.train("model", "--steps", "30"));
    assertTrue(trained.lastLine().matches(SCORE.formatted("character")), trained.lastLine());
    var text = Files.readString(lm.text());
    int split = text.offsetByCodePoints(0, (int) (text.codePointCount(0, text.length()) * 0.9));
    var validation = Files.writeString(lm.file("validation.txt"), text.substring(split));
    var measured =
        succeeded(
            LmRunner.run(
                "lm",
                "eval",
                "--model",
                lm.file("model").toString(),
                "--data",
                validation.toString()));
    assertEquals(trained.lastLine(), measured.out().strip());
    assertEquals("", measured.err());
  }

  @Test
  void wordsAreMeasuredInWords() {
    var trained =
        succeeded(lm.train("model", "--level", "word", "--steps", "3", "--min-count", "1"));
    assertTrue(trained.lastLine().matches(SCORE.formatted("word")), trained.lastLine());
  }

  @Test
  void withoutValidationThereIsNoScore() {
    var trained = succeeded(lm.train("model", "--validation", "0", "--epochs", "1"));
    assertFalse(trained.out().contains("loss"), trained.out());
    assertTrue(Files.exists(lm.file("model")));
  }

  @Test
  void withoutAnOutFileNothingIsWrittenButHowToKeepTheModel() throws IOException {
    var result =
        succeeded(
            LmRunner.run(
                "lm",
                "train",
                "--data",
                lm.text().toString(),
                "--steps",
                "1",
                "--batch",
                "2",
                "--bptt",
                "5",
                "--hidden",
                "4"));
    assertTrue(result.err().contains("--out FILE"), result.err());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(lm.text()), files.toList());
    }
  }

  @Test
  void numbersAreSpelledAndCounted() {
    var result =
        succeeded(
            LmRunner.run(
                "lm", "train", "--steps", "2", "--hidden", "8", "--batch", "4", "--bptt", "80"));
    assertTrue(result.lastLine().matches("exactly right: \\d+ of 200"), result.lastLine());
    var lines = result.out().lines().toList();
    assertEquals("20 lines of its own:", lines.get(lines.size() - 23));
    assertTrue(lines.get(lines.size() - 2).matches(SCORE.formatted("character")), result.out());
  }

  @Test
  void generatedTextDependsOnTheSeedAndHasTheLengthAskedFor() {
    succeeded(lm.train("model", "--steps", "5"));
    var one = generate("--length", "50", "--seed", "3", "--prompt", "river ");
    assertTrue(one.out().startsWith("river "), one.out());
    assertEquals("river ".length() + 50 + 1, one.out().codePointCount(0, one.out().length()));
    assertEquals(one, generate("--length", "50", "--seed", "3", "--prompt", "river "));
    assertNotEquals(one, generate("--length", "50", "--seed", "4", "--prompt", "river "));
    var greedy = generate("--length", "20", "--temperature", "0");
    assertEquals(greedy, generate("--length", "20", "--top-k", "1", "--seed", "9"));
    assertEquals("\n", generate("--length", "0").out());
  }

  @Test
  void aCheckpointWritesTextLikeAModel() {
    succeeded(lm.train("model", "--steps", "5"));
    var checkpoint = lm.file("model.checkpoint").toString();
    assertEquals(
        generate("--length", "20"),
        succeeded(LmRunner.run("lm", "generate", "--model", checkpoint, "--length", "20")));
  }

  @Test
  void unknownCharactersOfAPromptAreReported() {
    succeeded(lm.train("model", "--steps", "1"));
    var result = generate("--length", "5", "--prompt", "riv\u00E9r #");
    assertEquals(
        "rondo: the prompt has 2 unknown characters: '\u00E9' (U+00E9), '#' (U+0023), which the"
            + " model reads as nothing",
        result.err().strip());
  }

  private LmRunner.Result generate(String... options) {
    return succeeded(
        LmRunner.run(
            with(List.of("lm", "generate", "--model", lm.file("model").toString()), options)));
  }
}
