package dev.rondo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Lengths and masks, and batches that are padded to the longest of their sequences.
class PaddingTest {
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  private static int[][] values(Tokens tokens) {
    var result = new int[tokens.steps()][tokens.batchSize()];
    for (int t = 0; t < tokens.steps(); t++) {
      for (int b = 0; b < tokens.batchSize(); b++) {
        result[t][b] = tokens.get(t, b);
      }
    }
    return result;
  }

  /// Memory that was used before, so that nothing is right because it happened to be zero.
  private void useMemory() {
    var used = workspace.tokens(50, 50);
    for (int t = 0; t < 50; t++) {
      for (int b = 0; b < 50; b++) {
        used.set(t, b, 99);
      }
    }
    workspace.rewind();
  }

  @Test
  void tokensArePaddedToTheLongest() {
    useMemory();
    var padded =
        PaddedTokens.of(
            List.of(new int[] {1, 2}, new int[0], new int[] {3, 4, 5}), Tokens.IGNORED, workspace);
    int no = Tokens.IGNORED;
    assertArrayEquals(new int[][] {{1, no, 3}, {2, no, 4}, {no, no, 5}}, values(padded.tokens()));
    assertEquals(Lengths.of(2, 0, 3), padded.lengths());
  }

  @Test
  void tokensThatAreBatchFirstAreTurned() {
    var padded =
        PaddedTokens.batchFirst(
            new int[][] {{1, 2, 77}, {3, 77}, {4, 5, 6}}, Lengths.of(2, 1, 3), 0, workspace);
    assertArrayEquals(new int[][] {{1, 3, 4}, {2, 0, 5}, {0, 0, 6}}, values(padded.tokens()));
    assertEquals(Lengths.of(2, 1, 3), padded.lengths());
  }

  @Test
  void featuresArePaddedWithZeros() {
    useMemory();
    var padded =
        PaddedFeatures.of(
            List.of(new float[][] {{1, 2}}, new float[0][], new float[][] {{3, 4}, {5, 6}}),
            2,
            ElementType.FLOAT32,
            workspace);
    assertArrayEquals(new int[] {2, 3, 2}, padded.features().shape());
    assertArrayEquals(
        new double[] {1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 5, 6}, padded.features().toArray());
    assertEquals(Lengths.of(1, 0, 2), padded.lengths());
  }

  /// What stands beyond a length, NaN here, is not read.
  @Test
  void featuresThatAreBatchFirstAreTurned() {
    float nan = Float.NaN;
    var padded =
        PaddedFeatures.batchFirst(
            new float[][][] {{{1}, {nan}, {nan}}, {{2}, {3}, {nan}}},
            Lengths.of(1, 2),
            1,
            ElementType.FLOAT64,
            workspace);
    assertArrayEquals(new double[] {1, 2, 0, 3}, padded.features().toArray());
    assertArrayEquals(new int[] {2, 2, 1}, padded.features().shape());
  }

  @Test
  void batchesWithoutStepsAreEmpty() {
    var tokens = PaddedTokens.of(List.of(new int[0], new int[0]), 0, workspace);
    assertEquals(0, tokens.tokens().steps());
    assertEquals(2, tokens.tokens().batchSize());
    assertEquals(0, PaddedTokens.of(List.of(), 0, workspace).lengths().batchSize());
  }

  /// 3 + 0 + 1 of 3·3 steps are filled.
  @Test
  void lengthsKnowTheirPadding() {
    var lengths = Lengths.of(3, 0, 1);
    assertEquals(3, lengths.steps());
    assertEquals(4, lengths.total());
    assertEquals(5.0 / 9, lengths.paddingShare());
    assertEquals(0, Lengths.of().paddingShare());
    assertEquals(0, Lengths.all(4, 2).paddingShare());
    assertEquals(true, lengths.isReal(2, 0));
    assertEquals(false, lengths.isReal(0, 1));
    assertEquals(Lengths.of(2, 2, 2, 2), Lengths.all(4, 2));
    assertNotEquals(Lengths.of(2), Lengths.of(3));
  }

  @Test
  void masksAndLengthsSayTheSame() {
    var lengths = Lengths.of(2, 0, 3);
    boolean[][] mask = lengths.mask(4);
    assertArrayEquals(
        new boolean[][] {
          {true, false, true}, {true, false, true}, {false, false, true}, {false, false, false}
        },
        mask);
    assertEquals(lengths, Lengths.ofMask(mask, Lengths.Gap.CARRY));
  }

  @Test
  void aMaskWithHolesLeavesTargetsOut() {
    boolean[][] holes = {{true, false}, {false, true}, {true, true}};
    var targets = Tokens.of(Arena.ofAuto(), new int[][] {{1, 2}, {3, 4}, {5, Tokens.IGNORED}});
    assertEquals(3, Lengths.ofMask(holes, Lengths.Gap.CARRY).ignorePadding(targets));
    int no = Tokens.IGNORED;
    assertArrayEquals(new int[][] {{1, no}, {no, 4}, {5, no}}, values(targets));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertMessage("lengths[1] must not be negative, was -1", () -> Lengths.of(3, -1));
    assertMessage("count must be at least 3, was 2", () -> Lengths.of(3).mask(2));
    assertMessage(
        "lengths[0] must be at most 1, was 2",
        () -> PaddedTokens.batchFirst(new int[][] {{1}}, Lengths.of(2), 0, workspace));
    assertMessage(
        "there are 2 lengths, expected one for each of 1 sequences",
        () -> PaddedTokens.batchFirst(new int[][] {{1}}, Lengths.of(1, 1), 0, workspace));
    assertMessage(
        "step 1 of sequence 0 has 1 features, expected 2",
        () ->
            PaddedFeatures.of(
                List.<float[][]>of(new float[][] {{1, 2}, {3}}),
                2,
                ElementType.FLOAT32,
                workspace));
    assertMessage(
        "real[1] has 1 rows, expected 2",
        () -> Lengths.ofMask(new boolean[][] {{true, true}, {true}}, Lengths.Gap.CARRY));
    assertMessage(
        "targets are [2, 1] tokens, expected [3 or more, 1]",
        () -> Lengths.of(3).ignorePadding(workspace.tokens(2, 1)));
  }
}
