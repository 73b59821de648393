package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.Workspace;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CopyTaskTest {
  private static int symbol(Batch batch, int t, int b) {
    int result = -1;
    for (int i = 0; i < 10; i++) {
      if (batch.input(t, b, i) != 0) {
        assertEquals(1, batch.input(t, b, i));
        assertEquals(-1, result, "two symbols at step " + t);
        result = i;
      }
    }
    return result;
  }

  /// Delay 3, 23 steps: symbols at 0 to 9, blanks at 10 and 11, the delimiter at 12, blanks to 22;
  /// answers are blanks at 0 to 12 and the symbols at 13 to 22.
  @Test
  void symbolsBlanksDelimiterAndTheSymbolsAgain() {
    try (var workspace = new Workspace()) {
      var task = new CopyTask(3, 1);
      assertEquals(23, task.steps());
      var batch = Batch.of(task, Split.TRAINING, 0, 50, workspace);
      Set<Integer> seen = new HashSet<>();
      for (int b = 0; b < 50; b++) {
        for (int t = 0; t < 10; t++) {
          int symbol = symbol(batch, t, b);
          assertTrue(symbol >= 1 && symbol <= 8, "symbol " + symbol);
          seen.add(symbol);
          assertEquals(symbol, batch.classes().get(13 + t, b));
        }
        for (int t = 10; t < 23; t++) {
          assertEquals(t == 12 ? CopyTask.DELIMITER : CopyTask.BLANK, symbol(batch, t, b));
        }
        for (int t = 0; t < 13; t++) {
          assertEquals(CopyTask.BLANK, batch.classes().get(t, b));
        }
      }
      assertEquals(8, seen.size());
    }
  }

  /// 10·ln 8/120 = 0.17329.
  @Test
  void theBaselineIsThatOfThePaper() {
    assertEquals(0.17329, new CopyTask(100, 1).baselines(1).getFirst().error(), 1e-5);
  }

  @Test
  void theLastAnswerIsTheLastSymbols() {
    try (var workspace = new Workspace()) {
      var batch = Batch.of(new CopyTask(2, 1), Split.TEST, 0, 3, workspace);
      var last = batch.lastAnswer().classes();
      assertEquals(3, last.size());
      for (int b = 0; b < 3; b++) {
        assertEquals(symbol(batch, 9, b), last.get(b));
      }
    }
  }

  @Test
  void noDelayIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new CopyTask(0, 1));
  }
}
