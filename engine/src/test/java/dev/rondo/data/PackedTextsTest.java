package dev.rondo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.data.PackedTexts.Start;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedTextsTest {
  private static final int SEPARATOR = 0;

  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
  }

  /// Every token of all documents is another: from 1 on.
  private static List<int[]> documents(int count, int longest) {
    var random = new CounterRandom(8);
    var result = new ArrayList<int[]>();
    int next = 1;
    for (int d = 0; d < count; d++) {
      int length = random.nextInt(longest + 1);
      result.add(IntStream.range(next, next + length).toArray());
      next += length;
    }
    return result;
  }

  private static int[] column(Tokens tokens, int b, int length) {
    return IntStream.range(0, length).map(t -> tokens.get(t, b)).toArray();
  }

  /// Documents 1 2, 3, 4 5 6 in rows of 4:
  ///
  ///     inputs   | 1 2 |    3 | 4 5    6
  ///     targets  1 2 | 3    | 4 5 6    |
  @Test
  void sequentialRowsAreCutWhereTheyAreFull() {
    var texts =
        PackedTexts.sequential(
            List.of(new int[] {1, 2}, new int[] {3}, new int[] {4, 5, 6}), 4, SEPARATOR);
    assertEquals(3, texts.rows());
    var batch = texts.batch(workspace, 0, 1, 2);
    assertArrayEquals(new int[] {0, 1, 2, 0}, column(batch.inputs(), 0, 4));
    assertArrayEquals(new int[] {1, 2, 0, 3}, column(batch.targets(), 0, 4));
    assertArrayEquals(new int[] {3, 0, 4, 5}, column(batch.inputs(), 1, 4));
    assertArrayEquals(new int[] {0, 4, 5, 6}, column(batch.targets(), 1, 4));
    int no = Tokens.IGNORED;
    assertArrayEquals(new int[] {6, 0, 0, 0}, column(batch.inputs(), 2, 4));
    assertArrayEquals(new int[] {0, no, no, no}, column(batch.targets(), 2, 4));
    assertEquals(
        List.of(new Start(0, 0, 0), new Start(1, 0, 3), new Start(2, 1, 1)), texts.starts());
    assertEquals(9, batch.count());
    assertEquals(Lengths.of(4, 4, 1), batch.lengths());
    assertTrue(batch.fresh());
    assertEquals(3.0 / 12, texts.paddingShare());
  }

  /// Rows of 5 have room for 3 + 2: document 0 takes 3 of row 0; 1 takes 4 of row 1; 2 takes the
  /// other 2 of row 0; 3, with nothing in it, the last step of row 1; 4 begins row 2.
  @Test
  void firstFitTakesTheFirstRowWithRoom() {
    var texts =
        PackedTexts.firstFit(
            List.of(
                new int[] {1, 2}, new int[] {3, 4, 5}, new int[] {6}, new int[0], new int[] {7}),
            5,
            SEPARATOR);
    assertEquals(
        List.of(
            new Start(0, 0, 0),
            new Start(1, 1, 0),
            new Start(2, 0, 3),
            new Start(3, 1, 4),
            new Start(4, 2, 0)),
        texts.starts());
    var batch = texts.batch(workspace, 1, -1, 0);
    assertArrayEquals(new int[] {0, 3, 4, 5, 0}, column(batch.inputs(), 0, 5));
    assertArrayEquals(new int[] {3, 4, 5, 0, 0}, column(batch.targets(), 0, 5));
    assertArrayEquals(new int[] {0, 1, 2, 0, 6}, column(batch.inputs(), 2, 5));
    assertEquals(Lengths.of(5, 0, 5), batch.lengths());
    for (int t = 0; t < 5; t++) {
      assertEquals(Tokens.IGNORED, batch.targets().get(t, 1));
    }
    boolean[][] starts = texts.startMask(1, -1, 0);
    for (int t = 0; t < 5; t++) {
      assertArrayEquals(new boolean[] {t == 0 || t == 4, false, t == 0 || t == 3}, starts[t]);
    }
    assertEquals(3.0 / 15, texts.paddingShare());
  }

  @ParameterizedTest
  @CsvSource({
    "true, 1, 10, 11", "true, 40, 10, 11", "true, 33, 20, 64", "true, 100, 3, 5",
    "false, 1, 10, 11", "false, 40, 10, 3", "false, 33, 20, 64", "false, 100, 3, 1"
  })
  void everyTokenIsAnInputOnceAndATargetOnce(boolean fit, int count, int longest, int steps) {
    var documents = documents(count, longest);
    var texts =
        fit
            ? PackedTexts.firstFit(documents, steps, SEPARATOR)
            : PackedTexts.sequential(documents, steps, SEPARATOR);
    int tokens = documents.stream().mapToInt(d -> d.length).sum();
    int[] asInput = new int[tokens + 1];
    int[] asTarget = new int[tokens + 1];
    for (int row = 0; row < texts.rows(); row++) {
      var batch = texts.batch(workspace, row);
      assertEquals(texts.length(row), batch.count());
      for (int t = 0; t < texts.length(row); t++) {
        int input = batch.inputs().get(t, 0);
        int target = batch.targets().get(t, 0);
        asInput[input]++;
        asTarget[target]++;
        boolean last = t + 1 == texts.length(row);
        assertTrue(last || batch.inputs().get(t + 1, 0) == target, "targets are the next inputs");
      }
    }
    assertEquals(count, asInput[SEPARATOR]);
    assertEquals(count, asTarget[SEPARATOR]);
    for (int token = 1; token <= tokens; token++) {
      assertEquals(1, asInput[token]);
      assertEquals(1, asTarget[token]);
    }
    assertStarts(texts, documents);
  }

  private void assertStarts(PackedTexts texts, List<int[]> documents) {
    assertEquals(documents.size(), texts.starts().size());
    for (int d = 0; d < documents.size(); d++) {
      var start = texts.starts().get(d);
      assertEquals(d, start.document());
      var batch = texts.batch(workspace, start.row());
      assertEquals(SEPARATOR, batch.inputs().get(start.step(), 0));
      int first = documents.get(d).length == 0 ? SEPARATOR : documents.get(d)[0];
      assertEquals(first, batch.targets().get(start.step(), 0));
      assertTrue(texts.startMask(start.row())[start.step()][0]);
    }
  }

  /// Row for row, what looking at each row from the first on gives.
  @Test
  void firstFitIsThePlainSearch() {
    var documents = documents(200, 30);
    int steps = 40;
    var texts = PackedTexts.firstFit(documents, steps, SEPARATOR);
    int[] left = new int[documents.size()];
    Arrays.fill(left, steps);
    for (var start : texts.starts()) {
      int needed = documents.get(start.document()).length + 1;
      int row = 0;
      while (left[row] < needed) {
        row++;
      }
      assertEquals(row, start.row());
      assertEquals(steps - left[row], start.step());
      left[row] -= needed;
    }
    assertTrue(texts.paddingShare() < 0.1, "padding " + texts.paddingShare());
  }

  @Test
  void batchesHoldEveryRowOnceInANewOrderEachEpoch() {
    var texts = PackedTexts.sequential(documents(30, 12), 7, SEPARATOR);
    var batches = texts.batches(4, new CounterRandom(1));
    int tokens = 0;
    var orders = new ArrayList<List<Integer>>();
    for (long epoch : new long[] {0, 1, 0}) {
      var order = new ArrayList<Integer>();
      tokens = 0;
      for (int i = 0; i < batches.batchesPerEpoch(); i++) {
        var batch = batches.batch(epoch, i, workspace);
        assertEquals(4, batch.inputs().batchSize());
        tokens += batch.count();
        for (int b = 0; b < 4; b++) {
          if (batch.lengths().get(b) > 0) {
            order.add(batch.targets().get(0, b) + 1000 * batch.inputs().get(0, b));
          }
        }
      }
      assertEquals(texts.rows(), order.stream().distinct().count());
      orders.add(order);
    }
    assertEquals(IntStream.range(0, texts.rows()).map(texts::length).sum(), tokens);
    assertNotEquals(orders.get(0), orders.get(1));
    assertEquals(orders.get(0), orders.get(2));
  }

  @Test
  void whatCannotBePackedIsRefused() {
    var documents = List.of(new int[] {1, 2, 3});
    assertMessage(
        "document 0 has 3 tokens, expected at most 2, one less than a row has steps",
        () -> PackedTexts.firstFit(documents, 3, SEPARATOR));
    assertMessage(
        "document 0 holds the separator, 2", () -> PackedTexts.sequential(documents, 3, 2));
    assertMessage(
        "steps must be positive, was 0", () -> PackedTexts.sequential(documents, 0, SEPARATOR));
    assertMessage(
        "documents must not be empty", () -> PackedTexts.firstFit(List.of(), 3, SEPARATOR));
    var texts = PackedTexts.sequential(documents, 3, SEPARATOR);
    assertThrows(IndexOutOfBoundsException.class, () -> texts.batch(workspace, 2));
    assertMessage(
        "batchSize must be positive, was 0", () -> texts.batches(0, new CounterRandom(1)));
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
