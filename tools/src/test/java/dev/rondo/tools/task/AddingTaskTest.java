package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.Workspace;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AddingTaskTest {
  private static final int MANY = 4000;

  private static double[] inputs(Task task, Split split, long first, int count) {
    try (var workspace = new Workspace()) {
      return Batch.of(task, split, first, count, workspace).inputs().toArray();
    }
  }

  /// Of two steps each half has one, so both are marked.
  @Test
  void ofTwoNumbersTheAnswerIsTheSumOfBoth() {
    try (var workspace = new Workspace()) {
      var batch = Batch.of(new AddingTask(2, 1), Split.TRAINING, 0, 3, workspace);
      for (int b = 0; b < 3; b++) {
        assertEquals(1, batch.input(0, b, 1));
        assertEquals(1, batch.input(1, b, 1));
        double sum = batch.input(0, b, 0) + batch.input(1, b, 0);
        assertEquals(sum, batch.numbers().get(b, 0), 1e-6);
      }
    }
  }

  @Test
  void eachHalfHasOneMarkAndTheAnswerIsTheSumOfTheMarked() {
    try (var workspace = new Workspace()) {
      int length = 7;
      var batch = Batch.of(new AddingTask(length, 1), Split.TRAINING, 0, MANY, workspace);
      int[] marks = new int[length];
      for (int b = 0; b < MANY; b++) {
        double sum = 0;
        for (int t = 0; t < length; t++) {
          double number = batch.input(t, b, 0);
          assertTrue(number >= 0 && number < 1, "number " + number);
          marks[t] += (int) batch.input(t, b, 1);
          sum += number * batch.input(t, b, 1);
        }
        assertEquals(sum, batch.numbers().get(b, 0), 1e-6);
      }
      assertEquals(MANY, marks[0] + marks[1] + marks[2]);
      assertEquals(MANY, marks[3] + marks[4] + marks[5] + marks[6]);
      assertTrue(Arrays.stream(marks).allMatch(n -> n > MANY / 5), Arrays.toString(marks));
    }
  }

  @Test
  void aSequenceDependsOnSeedSplitAndNumberAlone() {
    var task = new AddingTask(9, 5);
    double[] all = inputs(task, Split.TRAINING, 0, 4);
    assertArrayEquals(all, inputs(new AddingTask(9, 5), Split.TRAINING, 0, 4));
    double[] third = inputs(task, Split.TRAINING, 2, 1);
    for (int t = 0; t < 9; t++) {
      assertEquals(all[(t * 4 + 2) * 2], third[t * 2]);
    }
    assertTrue(!Arrays.equals(all, inputs(new AddingTask(9, 6), Split.TRAINING, 0, 4)));
    assertTrue(!Arrays.equals(all, inputs(task, Split.TEST, 0, 4)));
    assertTrue(!Arrays.equals(all, inputs(task, Split.VALIDATION, 0, 4)));
  }

  /// The mean of (sum - 1)² is the variance, 1/6.
  @Test
  void theBaselineIsWhatAnsweringOneCosts() {
    try (var workspace = new Workspace()) {
      var task = new AddingTask(10, 1);
      var batch = Batch.of(task, Split.TEST, 0, MANY, workspace);
      double squares = 0;
      int near = 0;
      for (double sum : batch.numbers().toArray()) {
        squares += (sum - 1) * (sum - 1);
        near += Math.abs(sum - 1) < 0.04 ? 1 : 0;
      }
      var baseline = task.baselines(1).getFirst();
      assertEquals(squares / MANY, baseline.error(), 0.01);
      assertEquals((double) near / MANY, baseline.accuracy(), 0.02);
    }
  }

  @Test
  void oneStepIsTooShort() {
    assertThrows(IllegalArgumentException.class, () -> new AddingTask(1, 1));
  }
}
