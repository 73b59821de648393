package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialTest {
  private static final TrialSettings RECIPE = new TrialSettings(16, 4, 20, 1, 0, 100, 200, 4, 1);
  private static final double BASELINE = 1.0 / 6;

  private final List<Double> progress = new ArrayList<>();

  private Trial.Outcome run(
      TaskModelKind kind, Task task, TrialSettings recipe, double rate, long steps)
      throws IOException {
    return run(kind, task, recipe, rate, Budget.ofSteps(steps), Backend.best());
  }

  private Trial.Outcome run(
      TaskModelKind kind,
      Task task,
      TrialSettings recipe,
      double rate,
      Budget budget,
      Backend backend)
      throws IOException {
    var listener =
        new Trial.Listener() {
          @Override
          public void progress(double used, double trainingLoss) {
            progress.add(used);
          }

          @Override
          public void evaluated(TaskModelKind k, double r, Trial.Measurement evaluation) {
            assertEquals(kind, k);
            assertEquals(rate, r);
          }
        };
    try (backend;
        var trial = new Trial(kind, rate, task, recipe, backend)) {
      return trial.run(budget, listener);
    }
  }

  @Test
  void aGruLearnsToAddOverEightSteps() throws IOException {
    var result = run(TaskModelKind.GRU, new AddingTask(8, 1), RECIPE, 0.01, 400);
    assertTrue(result.test().error() < BASELINE / 5, result.test().toString());
    assertTrue(result.validation().error() < BASELINE / 5, result.validation().toString());
    assertFalse(result.diverged());
    assertEquals(List.of(0L, 100L, 200L, 300L, 400L), steps(result));
    assertEquals(400, progress.size());
    assertEquals(1, progress.getLast());
    assertEquals(8, result.gradientBefore().length);
    assertEquals(8, result.gradientAfter().length);
  }

  /// It sees 4 of 8 steps, and of those one mark at most: half of the variance stays.
  @Test
  void whatIsOutsideTheWindowDoesNotExist() throws IOException {
    var result = run(TaskModelKind.WINDOW, new AddingTask(8, 1), RECIPE, 0.01, 400);
    double error = result.test().error();
    assertTrue(error > BASELINE / 2 - 0.02 && error < BASELINE, "error " + error);
    assertNull(result.gradientAfter());
  }

  @Test
  void classesAreLearnedToo() throws IOException {
    var copy = run(TaskModelKind.LSTM, new CopyTask(1, 1), RECIPE, 0.01, 100);
    assertTrue(copy.test().error() < 0.9 * copy.evaluations().getFirst().validation().error());
    var agreement = run(TaskModelKind.GRU, new AgreementTask(5, 6, 1), RECIPE, 0.01, 200);
    assertTrue(agreement.test().accuracy() > 0.9, agreement.test().toString());
  }

  private static List<Long> steps(Trial.Outcome result) {
    return result.evaluations().stream().map(Trial.Measurement::step).toList();
  }

  @Test
  void stepsGiveTheSameNumbersForAnyThreadsAndKernels() throws IOException {
    var task = new AddingTask(6, 1);
    var one = run(TaskModelKind.LSTM, task, RECIPE, 0.01, 8);
    var budget = Budget.ofSteps(8);
    for (var backend : List.of(Backend.best(Threads.of(3)), Backend.scalar(Threads.one()))) {
      var other = run(TaskModelKind.LSTM, task, RECIPE, 0.01, budget, backend);
      assertEquals(one.test(), other.test());
      assertEquals(one.validation(), other.validation());
      assertArrayEquals(one.gradientAfter(), other.gradientAfter());
      for (int i = 0; i < one.evaluations().size(); i++) {
        var expected = one.evaluations().get(i);
        assertEquals(expected.validation(), other.evaluations().get(i).validation());
        assertEquals(expected.trainingLoss(), other.evaluations().get(i).trainingLoss());
      }
    }
  }

  @Test
  void theBestWeightsAreMeasured() throws IOException {
    var result = run(TaskModelKind.RNN, new AddingTask(8, 1), RECIPE, 50, 40);
    var best =
        result.evaluations().stream()
            .min((a, b) -> Double.compare(a.validation().error(), b.validation().error()))
            .orElseThrow();
    assertEquals(best.validation(), result.validation());
    assertEquals(best.step(), result.bestStep());
    assertTrue(result.bestStep() < 40, "a rate at which the last weights are the best");
  }

  @Test
  void aRunThatDivergesEndsAndSaysSo() throws IOException {
    var wild = new TrialSettings(16, 4, 20, Double.POSITIVE_INFINITY, 0, 100, 200, 4, 1);
    var result = run(TaskModelKind.IRNN, new AddingTask(60, 1), wild, 100, 40);
    assertTrue(result.diverged());
    assertTrue(result.evaluations().size() < 5);
    assertEquals(0, result.bestStep());
    assertTrue(Double.isFinite(result.test().error()));
  }

  @Test
  void aBudgetOfTimeEndsToo() throws IOException {
    var result =
        run(
            TaskModelKind.RNN,
            new AddingTask(4, 1),
            RECIPE,
            0.01,
            Budget.ofSeconds(0.2),
            Backend.best());
    assertEquals(5, result.evaluations().size());
    assertTrue(result.last().seconds() >= 0.2);
    assertTrue(result.last().step() > 0);
  }

  @Test
  void stepsEndEarlyWhenTheirTimeIsOver() throws IOException {
    var budget = new Budget(1_000_000_000L, 0.1);
    var result = run(TaskModelKind.RNN, new AddingTask(4, 1), RECIPE, 0.01, budget, Backend.best());
    assertEquals(2, result.evaluations().size(), "before training and after it");
    assertTrue(result.last().seconds() >= 0.1);
    assertTrue(result.last().step() > 0 && result.last().step() < 1_000_000);
  }

  /// Distances 5 to 12 are two ranges, and every sequence is in one of them: what is right in each
  /// makes up what is right.
  @Test
  void distancesAreScoredByThemselves() throws IOException {
    var task = new AgreementTask(5, 12, 1);
    var score = run(TaskModelKind.GRU, task, RECIPE, 0.01, 200).test();
    assertEquals(2, score.accuracyByDistance().size());
    double right = 0;
    for (int i = 0; i < RECIPE.testSequences(); i++) {
      right += score.accuracyByDistance().get(task.distanceRange(Split.TEST, i));
    }
    assertEquals(score.accuracy(), right / RECIPE.testSequences(), 1e-9);
  }
}
