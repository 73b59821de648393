package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import dev.rondo.tools.text.TokenLevel;
import dev.rondo.tools.text.Vocabulary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `rondo stream`: lines beside the model's own forward pass, snapshots, and what is refused.
class StreamCommandTest {
  private static final Architecture DENSE =
      Architecture.of(
              new Architecture.DenseInput(2),
              RecurrentOptions.of(Lstm.cell().withPeepholes(), 5).layers(2).skip(Skip.RESIDUAL),
              3)
          .layerNorm()
          .output(OutputFunction.SOFTMAX);
  private static final List<String> LINES =
      List.of("0.5,-1", "1e-3, 2", "0,0", "-0.25,0.75", "3,-3", "0.1,0.2");

  @TempDir private Path folder;
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private SequenceModel model(Architecture architecture, int seed) {
    return SequenceModel.create(architecture, backend, arena, new CounterRandom(seed));
  }

  private Path saved(SequenceModel model) throws IOException {
    var file = folder.resolve("model.safetensors");
    model.save(file);
    return file;
  }

  private LmRunner.Result stream(List<String> lines, Object... options) {
    var arguments = new ArrayList<>(List.of("stream"));
    Arrays.stream(options).map(Object::toString).forEach(arguments::add);
    String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    var before = System.in;
    System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    try {
      return LmRunner.run(arguments.toArray(String[]::new));
    } finally {
      System.setIn(before);
    }
  }

  private static float[][] rows(LmRunner.Result result) {
    assertEquals(0, result.exitCode(), result.err());
    return result.out().lines().map(StreamCommandTest::row).toArray(float[][]::new);
  }

  private static float[] row(String line) {
    String[] fields = line.split(",", -1);
    float[] row = new float[fields.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = Float.parseFloat(fields[i]);
    }
    return row;
  }

  /// What the model itself says of all lines at once.
  private float[][] sequence(SequenceModel model, List<String> lines) {
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var x = tape.zeros(lines.size(), 1, 2);
      for (int t = 0; t < lines.size(); t++) {
        float[] row = row(lines.get(t));
        x.set(t, 0, row[0]);
        x.set(t, 1, row[1]);
      }
      var run = model.forward(tape, tape.constant(x), model.initialState(tape, 1));
      var outputs = model.outputs(tape, run.logits()).value();
      float[][] result = new float[outputs.rows()][outputs.columns()];
      for (int t = 0; t < result.length; t++) {
        for (int c = 0; c < result[t].length; c++) {
          result[t][c] = (float) outputs.get(t, c);
        }
      }
      return result;
    }
  }

  @Test
  void linesAreTheModelsSequence() throws IOException {
    var model = model(DENSE, 1);
    var result = stream(LINES, "--model", saved(model), "--warm-up");
    float[][] expected = sequence(model, LINES);
    float[][] actual = rows(result);
    assertEquals(expected.length, actual.length);
    for (int t = 0; t < expected.length; t++) {
      assertArrayEquals(expected[t], actual[t]);
      assertEquals(1, actual[t][0] + actual[t][1] + actual[t][2], 1e-6);
    }
    assertTrue(result.err().contains("WarmUp["), result.err());
  }

  @Test
  void aSnapshotGoesOnWhereItWasTaken() throws IOException {
    var file = saved(model(DENSE, 1));
    var whole = rows(stream(LINES, "--model", file));
    var snapshot = folder.resolve("state");
    var first = rows(stream(LINES.subList(0, 2), "--model", file, "--snapshot", snapshot));
    var rest =
        rows(
            stream(
                LINES.subList(2, 6),
                "--model",
                file,
                "--restore",
                snapshot,
                "--snapshot",
                snapshot));
    for (int t = 0; t < whole.length; t++) {
      assertArrayEquals(whole[t], t < 2 ? first[t] : rest[t - 2]);
    }
    byte[] after6 = Files.readAllBytes(snapshot);
    rows(stream(LINES, "--model", file, "--snapshot", snapshot));
    assertArrayEquals(after6, Files.readAllBytes(snapshot));
  }

  @Test
  void aSnapshotEveryFewLinesSurvivesABadLine() throws IOException {
    var file = saved(model(DENSE, 1));
    var snapshot = folder.resolve("state");
    var lines = new ArrayList<>(LINES.subList(0, 5));
    lines.set(4, "oops,1");
    var broken = stream(lines, "--model", file, "--snapshot", snapshot, "--snapshot-every", 2);
    assertEquals(1, broken.exitCode());
    assertEquals(4, broken.out().lines().count());
    assertEquals("rondo: line 5: number 1 is 'oops', expected a number", broken.err().strip());
    var whole = rows(stream(LINES, "--model", file));
    var rest = rows(stream(LINES.subList(4, 6), "--model", file, "--restore", snapshot));
    assertArrayEquals(whole[4], rest[0]);
    assertArrayEquals(whole[5], rest[1]);
  }

  @Test
  void aSnapshotOfAnotherModelOrCutShortIsRefused() throws IOException {
    var snapshot = folder.resolve("state");
    rows(stream(LINES, "--model", saved(model(DENSE, 1)), "--snapshot", snapshot));
    var file = saved(model(DENSE, 2));
    var other = stream(LINES, "--model", file, "--restore", snapshot);
    assertEquals(1, other.exitCode());
    assertEquals("", other.out());
    assertTrue(
        other.err().startsWith("rondo: the snapshot is of a model with fingerprint "), other.err());
    byte[] bytes = Files.readAllBytes(snapshot);
    Files.write(snapshot, Arrays.copyOf(bytes, bytes.length - 3));
    var cut = stream(LINES, "--model", file, "--restore", snapshot);
    assertEquals(1, cut.exitCode());
    assertTrue(cut.err().contains("cut short"), cut.err());
    var missing = stream(LINES, "--model", file, "--restore", folder.resolve("none"));
    assertEquals(1, missing.exitCode());
    assertTrue(missing.err().startsWith("rondo: there is no file "), missing.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,2,3 | 3 numbers, expected 2",
        "'' | 1 numbers, expected 2",
        "1, | number 2 is '', expected a number",
        "1,NaN | number 2 is NaN, expected a finite one",
        "1e39,1 | number 1 is 1e39, expected a finite one"
      })
  void aBadLineIsNamedWithWhatWasExpected(String line, String message) throws IOException {
    var result = stream(List.of("1,2", line, "3,4"), "--model", saved(model(DENSE, 1)));
    assertEquals(1, result.exitCode());
    assertEquals(1, result.out().lines().count());
    assertEquals("rondo: line 2: " + message, result.err().strip());
  }

  private Path languageModel(TokenLevel level, Vocabulary vocabulary) throws IOException {
    int size = vocabulary.size();
    var stack = RecurrentOptions.of(Gru.cell(), 4);
    var model = model(Architecture.of(new Architecture.TokenInput(size, 3), stack, size), 1);
    model.setProperty("lm.level", level.label());
    model.setProperty("lm.vocabulary", vocabulary.serialized());
    return saved(model);
  }

  @Test
  void charactersGiveTheMostProbableNextOnes() throws IOException {
    var vocabulary = Vocabulary.ofCharacters("a\"\n,\\");
    var file = languageModel(TokenLevel.CHAR, vocabulary);
    var all = rows(stream(List.of("a", ",", "", "\\\""), "--model", file, "--top", 0));
    assertEquals(4, all.length);
    for (float[] row : all) {
      float sum = 0;
      for (float probability : row) {
        sum += probability;
      }
      assertEquals(1, sum, 1e-6);
    }
    var together = stream(List.of("a,", "", "\\\""), "--model", file, "--top", 0);
    assertArrayEquals(all[3], rows(together)[2]);
    var top = stream(List.of("a"), "--model", file).out().strip();
    for (String token : List.of("\"a\"", "\"\"\"\"", "\"\\n\"", "\",\"", "\"\\\\\"")) {
      assertTrue(top.contains(token + ",0."), top);
    }
    float[] sorted = all[0].clone();
    Arrays.sort(sorted);
    assertTrue(top.endsWith("," + sorted[0]), top);
    var two = stream(List.of("a"), "--model", file, "--top", 2).out().strip();
    assertTrue(top.startsWith(two + ","), two);
    var logits = stream(List.of("a"), "--model", file, "--top", 0, "--output", "identity");
    assertNotEquals(Arrays.toString(all[0]), Arrays.toString(rows(logits)[0]));
  }

  @Test
  void whatTheVocabularyLacksIsNamed() throws IOException {
    var characters = languageModel(TokenLevel.CHAR, Vocabulary.ofCharacters("ab"));
    assertEquals(
        "rondo: line 2: 1 unknown character: 'ö' (U+00F6), expected characters of the model's"
            + " vocabulary",
        stream(List.of("a", "bö"), "--model", characters).err().strip());
    var words = languageModel(TokenLevel.WORD, Vocabulary.ofWords("yes no no", 1, 9));
    var unknown = stream(List.of("yes", "maybe", "<unk>"), "--model", words);
    assertEquals(3, unknown.out().lines().count(), unknown.err());
    assertEquals(
        "rondo: line 1: white space, expected words of the model's vocabulary",
        stream(List.of("  "), "--model", words).err().strip());
  }

  @Test
  void tokensWithoutAVocabularyAreNumbers() throws IOException {
    var stack = RecurrentOptions.of(Gru.cell(), 4);
    var file = saved(model(Architecture.of(new Architecture.TokenInput(6, 3), stack, 2), 1));
    var largest = stream(List.of("0", "5"), "--model", file, "--top", 1).out().lines().toList();
    for (String line : largest) {
      assertTrue(line.startsWith("0,") || line.startsWith("1,"), line);
    }
    assertEquals(2, largest.size());
    var tooLarge = stream(List.of("5", "6"), "--model", file);
    assertEquals(1, tooLarge.exitCode());
    assertEquals("rondo: line 2: token is 6, expected 0 to 5", tooLarge.err().strip());
    assertEquals(
        "rondo: line 1: number 1 is 'x', expected a number",
        stream(List.of("x"), "--model", file).err().strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bfloat16", "int8"})
  void weightsInFewerBitsGiveNearlyTheSame(String format) throws IOException {
    var file = saved(model(DENSE, 1));
    var expected = rows(stream(LINES, "--model", file));
    var actual = rows(stream(LINES, "--model", file, "--weights", format));
    assertFalse(Arrays.equals(expected[1], actual[1]));
    for (int t = 0; t < expected.length; t++) {
      assertArrayEquals(expected[t], actual[t], 0.02f);
    }
  }

  @Test
  void aBidirectionalModelIsRefused() throws IOException {
    var stack = RecurrentOptions.of(Gru.cell(), 4).bidirectional(Merge.SUM);
    var file = saved(model(Architecture.of(new Architecture.DenseInput(2), stack, 2), 1));
    var result = stream(LINES, "--model", file);
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("layers of direction BIDIRECTIONAL cannot be streamed"));
  }

  @Test
  void noInputIsNoOutput() throws IOException {
    var result = stream(List.of(), "--model", saved(model(DENSE, 1)));
    assertEquals(0, result.exitCode());
    assertEquals("", result.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--top=-1", "--snapshot-every=2", "--weights=int4", "--output=argmax"})
  void aWrongOptionIsOneLine(String option) {
    var result = stream(LINES, "--model", "none", option);
    assertEquals(2, result.exitCode());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().startsWith("rondo stream: "), result.err());
  }
}
