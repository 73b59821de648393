package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rondo.nn.recurrent.Cells;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LmBadInputTest {
  @TempDir Path folder;
  private LmRunner lm;

  @BeforeEach
  void writeTheText() {
    lm = new LmRunner(folder);
  }

  /// One line that begins and goes on like this, and the exit code.
  private static void assertRefused(int exitCode, String said, LmRunner.Result result) {
    var lines =
        result
            .err()
            .lines()
            .filter(line -> !line.contains(" to learn from, "))
            .filter(line -> !line.contains("the model will not be kept"))
            .toList();
    assertEquals(1, lines.size(), result.err());
    assertTrue(lines.getFirst().startsWith("rondo"), result.err());
    assertTrue(lines.getFirst().contains(said), result.err());
    assertEquals(exitCode, result.exitCode(), result.err());
  }

  private LmRunner.Result train(Path data, String... more) {
    var arguments = new java.util.ArrayList<>(List.of("lm", "train", "--data", data.toString()));
    arguments.addAll(List.of(more));
    return LmRunner.run(arguments.toArray(String[]::new));
  }

  @Test
  void aMissingFile() {
    var missing = lm.file("missing");
    assertRefused(1, "there is no file " + missing, train(missing));
    assertRefused(
        1,
        "there is no file " + missing,
        LmRunner.run("lm", "generate", "--model", missing.toString()));
    assertRefused(
        1,
        "there is no file " + missing,
        LmRunner.run("lm", "train", "--resume", missing.toString()));
  }

  @Test
  void anEmptyFile() throws IOException {
    var empty = Files.writeString(lm.file("empty"), "");
    assertRefused(1, empty + " is empty", train(empty));
    assertRefused(
        1, "the file has 0 bytes", LmRunner.run("lm", "generate", "--model", empty.toString()));
  }

  @Test
  void aTextThatIsNotUtf8() throws IOException {
    var latin = Files.write(lm.file("latin"), new byte[] {'a', 'b', (byte) 0xFC, 'c'});
    assertRefused(1, "is not UTF-8 text: byte 2 is 0xFC", train(latin));
  }

  @Test
  void aTextShorterThanOneWindow() throws IOException {
    var little = Files.writeString(lm.file("little"), "too short, by far\n");
    assertRefused(1, "the text is too short for one window", train(little));
    var two = Files.writeString(lm.file("two"), "ab");
    assertRefused(1, "the text is too short", train(two));
  }

  @Test
  void anUnknownOption() {
    assertRefused(2, "unknown option --hiden", train(lm.text(), "--hiden", "3"));
  }

  @Test
  void valuesThatCannotBe() {
    assertRefused(2, "--hidden must be positive, was 0", train(lm.text(), "--hidden", "0"));
    assertRefused(2, "--steps must be positive, was -1", train(lm.text(), "--steps", "-1"));
    assertRefused(2, "--dropout must be in [0, 1), was 1.0", train(lm.text(), "--dropout", "1"));
    assertRefused(2, "--lr must be positive, was NaN", train(lm.text(), "--lr", "NaN"));
    assertRefused(
        2,
        "--cell: cell must be one of %s, was foo"
            .formatted(String.join(", ", Cells.standard().families())),
        train(lm.text(), "--cell", "foo"));
    assertRefused(2, "--level must be char or word, was byte", train(lm.text(), "--level", "byte"));
    assertRefused(
        2,
        "--optimizer must be sgd, momentum, adagrad, adadelta, rmsprop, adam, adamw, nadam",
        train(lm.text(), "--optimizer", "x"));
    assertRefused(
        2,
        "--schedule must be constant, step or cosine, was x",
        train(lm.text(), "--schedule", "x"));
    assertRefused(
        2,
        "--steps and --epochs cannot both be given",
        train(lm.text(), "--steps", "1", "--epochs", "1"));
    assertRefused(2, "--level needs --data", LmRunner.run("lm", "train", "--level", "word"));
    assertRefused(
        2,
        "topP must be in (0, 1], was 2.0",
        LmRunner.run("lm", "generate", "--model", "m", "--top-p", "2"));
  }

  @Test
  void aFolderThatIsNotThere() {
    var out = lm.file("nowhere").resolve("model");
    assertRefused(
        1, "there is no folder " + out.getParent(), train(lm.text(), "--out", out.toString()));
    assertRefused(
        1, "there is no folder " + out.getParent(), train(lm.text(), "--metrics", out.toString()));
  }

  @Test
  void aFullDisk() throws IOException {
    var full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    var metrics = Files.createSymbolicLink(lm.file("metrics"), full);
    assertRefused(
        1, "cannot write " + metrics, lm.train("model", "--steps", "3", "--metrics", "" + metrics));
  }

  @Test
  void aModelOfAnotherKind() throws IOException {
    assertRefused(
        1, "text.txt: byte 0: ", LmRunner.run("lm", "generate", "--model", lm.text().toString()));
    var other = lm.file("other.safetensors");
    dev.rondo.io.SafeTensors.write(other, java.util.Map.of(), java.util.Map.of("format", "pt"));
    assertRefused(
        1, "not a sequence model", LmRunner.run("lm", "generate", "--model", other.toString()));
    assertRefused(
        1,
        "not a checkpoint",
        LmRunner.run("lm", "train", "--resume", other.toString(), "--steps", "3"));
  }

  @Test
  void aTextWithCharactersThatTheModelDoesNotKnow() throws IOException {
    assertEquals(0, lm.train("model", "--steps", "1").exitCode());
    var greek = Files.writeString(lm.file("greek"), "river \u03B1\u03B2");
    assertRefused(
        1,
        "the text has 2 unknown characters: '\u03B1' (U+03B1), '\u03B2' (U+03B2)",
        LmRunner.run(
            "lm", "eval", "--model", lm.file("model").toString(), "--data", greek.toString()));
  }

  @Test
  void aDamagedCheckpointAndWhatWasSavedStays() throws IOException {
    assertEquals(0, lm.train("model", "--steps", "3").exitCode());
    var model = lm.bytes("model");
    var checkpoint = lm.file("model.checkpoint");
    var bytes = Files.readAllBytes(checkpoint);
    Files.write(checkpoint, java.util.Arrays.copyOf(bytes, bytes.length - 100));
    assertRefused(1, "model.checkpoint", lm.resume("model", "--steps", "9"));
    assertArrayEquals(model, lm.bytes("model"));
  }

  @Test
  void trainingThatDivergesIsNamed() {
    assertRefused(
        1,
        "training diverged at step ",
        lm.train(
            "model",
            "--cell",
            "rnn",
            "--optimizer",
            "sgd",
            "--lr",
            "1e38",
            "--clip",
            "0",
            "--steps",
            "50"));
  }

  @Test
  void debugShowsWhere() {
    var result = train(lm.file("missing"), "--debug");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("\tat "), result.err());
  }
}
