package dev.rondo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// How tensors and tokens lie in memory, and what they refuse.
class TensorTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor tensor(int... shape) {
    return Tensor.allocate(arena, ElementType.FLOAT32, shape);
  }

  /// Element (r, c) of every row is 100·r + c.
  private Tensor counting(int... shape) {
    var tensor = tensor(shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, 100 * r + c);
      }
    }
    return tensor;
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 16", "15, 16", "16, 16", "17, 32", "33, 48"})
  void rowsArePaddedToSixteenElements(int columns, int stride) {
    var tensor = tensor(3, columns);
    assertEquals(stride, tensor.stride());
    assertEquals(3L * stride * 4, Tensor.byteSize(ElementType.FLOAT32, 3, columns));
    assertEquals(3L * stride * 8, Tensor.byteSize(ElementType.FLOAT64, 3, columns));
    assertEquals(0, tensor.segment().address() % Tensor.BYTE_ALIGNMENT);
    assertEquals(3L * columns, tensor.size());
  }

  @Test
  void allDimensionsButTheLastAreRows() {
    assertEquals(6, tensor(2, 3, 4).rows());
    assertEquals(4, tensor(2, 3, 4).dimension(-1));
    assertEquals(1, tensor(7).rows());
    assertEquals(1, tensor().size());
    assertEquals("[2, 3, 4] FLOAT32", tensor(2, 3, 4).toString());
  }

  @Test
  void viewsShareTheMemory() {
    var tensor = counting(2, 3, 40);
    assertEquals(403, tensor.at(1).get(1, 3));
    assertEquals(203, tensor.rows(1, 4).get(1, 3));
    assertEquals(519, tensor.columns(16, 20).get(5, 3));
    assertEquals(403, tensor.reshape(3, 2, 40).at(2).get(0, 3));
    tensor.at(1).columns(32, 8).set(2, 7, -1);
    assertEquals(-1, tensor.get(5, 39));
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void copiesConvertAndLeavePaddingAlone(ElementType type) {
    var source = counting(2, 17);
    var target = Tensor.allocate(arena, type, 2, 17);
    target.columns(0, 32).fill(9);
    target.copyFrom(source);
    assertArrayEquals(source.toArray(), target.toArray());
    assertEquals(9, target.columns(16, 16).get(1, 1));
  }

  @Test
  void clearingTakesTheWholeRowsOfATensorAndTheColumnsOfAView() {
    var tensor = counting(3, 48);
    tensor.columns(16, 16).clear();
    assertEquals(115, tensor.get(1, 15));
    assertEquals(0, tensor.get(1, 16));
    assertEquals(0, tensor.get(1, 31));
    assertEquals(132, tensor.get(1, 32));
    var padded = tensor(2, 3);
    padded.columns(0, 16).fill(7);
    padded.clear();
    assertEquals(0, padded.columns(0, 16).get(1, 15));
  }

  @Test
  void sizesThatCannotBeAreNamed() {
    assertMessage("shape must not be negative, was [2, -1]", () -> tensor(2, -1));
    assertMessage("too many rows in shape [65536, 65536, 1]", () -> tensor(65_536, 65_536, 1));
    assertMessage(
        "cannot see [2, 3] FLOAT32 as [3, 2]: the last dimension and the number of rows must stay",
        () -> tensor(2, 3).reshape(3, 2));
    assertMessage(
        "source is [2, 3] FLOAT32, expected the size of [3, 2] FLOAT32",
        () -> tensor(3, 2).copyFrom(tensor(2, 3)));
    assertMessage("from must be a multiple of 16, was 8", () -> tensor(2, 32).columns(8, 8));
    assertMessage("at(i) needs two dimensions, shape is [3] FLOAT32", () -> tensor(3).at(0));
    assertMessage(
        "scalar() needs one element, shape is [2, 1] FLOAT32", () -> tensor(2, 1).scalar());
    assertMessage(
        "segment has 64 bytes, expected at least 128 for [2, 3]",
        () -> Tensor.over(arena.allocate(64), ElementType.FLOAT32, 2, 3));
    assertMessage(
        "segment is on the heap, expected native memory",
        () -> Tensor.over(MemorySegment.ofArray(new float[64]), ElementType.FLOAT32, 2, 3));
    assertMessage(
        "values[1] has 1 columns, expected 2", () -> Tensor.of(arena, new float[][] {{1, 2}, {3}}));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor(2, 3).get(0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor(2, 3).set(2, 0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor(2, 3).rows(1, 2));
  }

  @Test
  void tokensAreTimeMajor() {
    var tokens = Tokens.of(arena, new int[][] {{1, 2}, {3, 4}, {5, 6}});
    assertEquals(4, tokens.get(1, 1));
    assertEquals(4, tokens.get(3));
    assertEquals(6, tokens.at(2).get(0, 1));
    assertEquals(3, tokens.steps(1, 2).get(0));
    assertEquals("[2, 2] tokens", tokens.steps(1, 2).toString());
    assertMessage(
        "values[1] has 1 tokens, expected 2", () -> Tokens.of(arena, new int[][] {{1, 2}, {3}}));
    assertThrows(IndexOutOfBoundsException.class, () -> tokens.get(3, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> tokens.get(0, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> tokens.at(2).get(2));
  }

  @Test
  void aWorkspaceHandsOutTheSameMemoryAfterARewind() {
    try (var workspace = new Workspace()) {
      var mark = workspace.mark();
      var first = workspace.zeros(ElementType.FLOAT32, 100, 100);
      first.fill(1);
      long capacity = workspace.capacity();
      workspace.rewind();
      assertEquals(mark, workspace.mark());
      var second = workspace.zeros(ElementType.FLOAT32, 100, 100);
      assertEquals(first.segment().address(), second.segment().address());
      assertEquals(0, second.get(99, 99));
      assertEquals(capacity, workspace.capacity());
    }
  }

  @Test
  void aWorkspaceGrowsInWholeChunksAndThenNoMore() {
    try (var workspace = new Workspace()) {
      long capacity = 0;
      for (int round = 0; round < 3; round++) {
        for (int i = 1; i < 40; i++) {
          var tensor = workspace.zeros(ElementType.FLOAT64, i * 40, 37);
          assertEquals(0, tensor.segment().address() % Tensor.BYTE_ALIGNMENT);
        }
        assertTrue(round == 0 || capacity == workspace.capacity());
        capacity = workspace.capacity();
        workspace.rewind();
      }
    }
  }

  @Test
  void aWorkspaceGoesBackToAMarkButNotForward() {
    try (var workspace = new Workspace()) {
      workspace.zeros(ElementType.FLOAT32, 10, 10);
      var mark = workspace.mark();
      var first = workspace.tokens(3, 3);
      workspace.rewind(mark);
      var second = workspace.uninitialized(ElementType.FLOAT32, 2, 2);
      assertTrue(second.segment().address() > 0);
      assertEquals(2, workspace.tokens(2, 1).size());
      assertEquals(9, first.size());
      workspace.rewind();
      assertEquals(
          "the mark lies behind a rewind",
          assertThrows(IllegalStateException.class, () -> workspace.rewind(mark)).getMessage());
    }
  }

  /// Where assertions are enabled, as in tests, whoever reads what nobody wrote reads NaN.
  @Test
  void uninitializedMemoryIsPoisonedUnderTest() {
    try (var workspace = new Workspace()) {
      var tensor = workspace.uninitialized(ElementType.FLOAT32, 2, 3);
      assertTrue(Double.isNaN(tensor.get(1, 2)));
      float padding = tensor.segment().get(ValueLayout.JAVA_FLOAT, tensor.byteOffset(1, 3));
      assertTrue(Float.isNaN(padding));
    }
  }
}
