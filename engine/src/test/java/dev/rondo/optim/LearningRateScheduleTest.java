package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  private static final double ROUNDING = 1e-16;

  @Test
  void aConstantRateStays() {
    var schedule = LearningRateSchedule.constant(0.1);
    assertEquals(0.1, schedule.rate(0));
    assertEquals(0.1, schedule.rate(Long.MAX_VALUE));
  }

  @Test
  void stepsDropAfterEveryInterval() {
    var schedule = LearningRateSchedule.step(0.8, 10, 0.5);
    assertEquals(0.8, schedule.rate(0));
    assertEquals(0.8, schedule.rate(9));
    assertEquals(0.4, schedule.rate(10));
    assertEquals(0.4, schedule.rate(19));
    assertEquals(0.2, schedule.rate(20));
    assertEquals(0, schedule.rate(Long.MAX_VALUE));
  }

  /// cos(π/3) = 1/2: 0.1 + 0.9·(1 + 0.5)/2 = 0.775 after a third of the steps.
  @Test
  void theCosineFallsToItsFloorAndStays() {
    var schedule = LearningRateSchedule.cosine(1, 30, 0.1);
    assertEquals(1, schedule.rate(0));
    assertEquals(0.775, schedule.rate(10), ROUNDING);
    assertEquals(0.55, schedule.rate(15), ROUNDING);
    assertTrue(schedule.rate(29) > 0.1);
    assertEquals(0.1, schedule.rate(30));
    assertEquals(0.1, schedule.rate(31));
    assertEquals(0.1, schedule.rate(Long.MAX_VALUE));
    for (int step = 1; step <= 30; step++) {
      assertTrue(schedule.rate(step) < schedule.rate(step - 1), "step " + step);
    }
  }

  @Test
  void aCosineOfOneStepBeginsAndEnds() {
    var schedule = LearningRateSchedule.cosine(1, 1, 0);
    assertEquals(1, schedule.rate(0));
    assertEquals(0, schedule.rate(1));
  }

  @Test
  void warmUpRisesAlongALineBeforeTheSchedule() {
    var cosine = LearningRateSchedule.cosine(1, 30, 0.1);
    var schedule = cosine.withWarmUp(3);
    assertEquals(0.25, schedule.rate(0));
    assertEquals(0.5, schedule.rate(1));
    assertEquals(0.75, schedule.rate(2));
    for (int step = 0; step < 40; step++) {
      assertEquals(cosine.rate(step), schedule.rate(step + 3));
    }
  }

  @Test
  void noWarmUpChangesNothing() {
    var schedule = LearningRateSchedule.step(0.8, 10, 0.5).withWarmUp(0);
    assertEquals(0.8, schedule.rate(0));
    assertEquals(0.4, schedule.rate(10));
  }

  @Test
  void valuesAreChecked() {
    var constant = LearningRateSchedule.constant(1);
    assertEquals(
        "every must be positive, was 0",
        assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.step(1, 0, 0.5))
            .getMessage());
    assertEquals(
        "floor must be at most learningRate 1.0, was 2.0",
        assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.cosine(1, 10, 2))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.constant(-1));
    assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.constant(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.step(1, 10, -1));
    assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.cosine(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.cosine(1, 10, -1));
    assertThrows(IllegalArgumentException.class, () -> constant.withWarmUp(-1));
  }
}
