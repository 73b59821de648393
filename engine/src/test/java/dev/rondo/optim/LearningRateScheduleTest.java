package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  /// Two roundings of numbers below 1.
  private static final double ROUNDING = 2.5e-16;

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
  void exponentialRatesFallWithEveryStep() {
    var schedule = LearningRateSchedule.exponential(0.8, 0.5);
    assertEquals(0.8, schedule.rate(0));
    assertEquals(0.4, schedule.rate(1));
    assertEquals(0.2, schedule.rate(2));
    assertEquals(0, schedule.rate(Long.MAX_VALUE));
  }

  /// 0.1 + 0.8·(1 - 1/4)² = 0.1 + 0.8·9/16 = 0.55; with power 1 a line.
  @Test
  void polynomialsFallToTheirFloorAndStay() {
    var square = LearningRateSchedule.polynomial(0.9, 4, 2, 0.1);
    assertEquals(0.9, square.rate(0));
    assertEquals(0.55, square.rate(1), ROUNDING);
    assertEquals(0.3, square.rate(2), ROUNDING);
    assertEquals(0.15, square.rate(3), ROUNDING);
    assertEquals(0.1, square.rate(4));
    assertEquals(0.1, square.rate(Long.MAX_VALUE));
    var line = LearningRateSchedule.polynomial(1, 4, 1, 0);
    assertEquals(0.75, line.rate(1));
    assertEquals(0, line.rate(4));
  }

  /// Waves of 4, 8 and 16 steps begin at 0, 4 and 12; cos(π/2) = 0 halfway.
  @Test
  void theCosineBeginsAgainWithLongerWaves() {
    var schedule = LearningRateSchedule.cosineWithRestarts(1, 4, 2, 0.2);
    for (long start : new long[] {0, 4, 12, 28}) {
      assertEquals(1, schedule.rate(start), "step " + start);
    }
    assertEquals(0.6, schedule.rate(2), ROUNDING);
    assertEquals(0.6, schedule.rate(8), ROUNDING);
    assertEquals(0.6, schedule.rate(20), ROUNDING);
    assertEquals(0.2 + 0.8 * (1 - Math.sqrt(0.5)) / 2, schedule.rate(3), ROUNDING);
    var whole = LearningRateSchedule.cosine(1, 8, 0.2);
    for (int step = 0; step < 8; step++) {
      assertEquals(whole.rate(step), schedule.rate(step + 4));
    }
    assertTrue(schedule.rate(Long.MAX_VALUE) >= 0.2);
  }

  @Test
  void theCosineMayBeginAgainWithWavesOfOneLength() {
    var schedule = LearningRateSchedule.cosineWithRestarts(1, 5, 1, 0);
    var wave = LearningRateSchedule.cosine(1, 5, 0);
    for (int step = 0; step < 50; step++) {
      assertEquals(wave.rate(step % 5), schedule.rate(step));
    }
    assertEquals(wave.rate(Long.MAX_VALUE % 5), schedule.rate(Long.MAX_VALUE));
  }

  /// The first four steps are a line; the 16th is √(4/16) of the highest.
  @Test
  void theInverseSquareRootRisesAndFalls() {
    var schedule = LearningRateSchedule.inverseSquareRoot(0.8, 4);
    assertEquals(0.2, schedule.rate(0));
    assertEquals(0.4, schedule.rate(1));
    assertEquals(0.6, schedule.rate(2), ROUNDING);
    assertEquals(0.8, schedule.rate(3));
    assertEquals(0.4, schedule.rate(15));
    assertEquals(0.2, schedule.rate(63));
    assertEquals(0.8, LearningRateSchedule.inverseSquareRoot(0.8, 1).rate(0));
  }

  /// Up until step 0.4·10 - 1 = 3, halfway between 0.04 and 1 at 1.5; down until step 9, halfway at
  /// 6.
  @Test
  void oneCycleRisesAndFallsFurther() {
    var schedule = LearningRateSchedule.oneCycle(1, 10, 0.4, 25, 100);
    assertEquals(0.04, schedule.rate(0), ROUNDING);
    // (1 - cos(π/3))/2 = 1/4
    assertEquals(0.04 + 0.96 / 4, schedule.rate(1), ROUNDING);
    assertEquals(0.04 + 0.96 * 3 / 4, schedule.rate(2), ROUNDING);
    assertEquals(1, schedule.rate(3));
    assertEquals((1 + 4e-4) / 2, schedule.rate(6), ROUNDING);
    assertEquals(4e-4, schedule.rate(9), ROUNDING);
    assertEquals(4e-4, schedule.rate(Long.MAX_VALUE), ROUNDING);
    var defaults = LearningRateSchedule.oneCycle(1, 10);
    assertEquals(1, defaults.rate(2));
    assertEquals(1.0 / 25 / 1e4, defaults.rate(9));
  }

  @Test
  void oneCycleMayRiseNeverOrAlways() {
    var falling = LearningRateSchedule.oneCycle(1, 11, 0, 10, 10);
    assertEquals(1, falling.rate(0));
    assertEquals(0.505, falling.rate(5), ROUNDING);
    assertEquals(0.01, falling.rate(10), ROUNDING);
    var rising = LearningRateSchedule.oneCycle(1, 11, 1, 10, 10);
    assertEquals(0.1, rising.rate(0), ROUNDING);
    assertEquals(0.55, rising.rate(5), ROUNDING);
    assertTrue(rising.rate(9) > 0.9);
    assertEquals(0.01, LearningRateSchedule.oneCycle(1, 1, 0.3, 10, 10).rate(0), ROUNDING);
  }

  /// A floor as high as the rate, and a cycle that begins and ends at the top.
  @Test
  void schedulesMayBeFlat() {
    assertEquals(0.5, LearningRateSchedule.cosine(0.5, 10, 0.5).rate(3), ROUNDING);
    var flat = LearningRateSchedule.oneCycle(0.5, 10, 0.3, 1, 1);
    for (int step = 0; step < 12; step++) {
      assertEquals(0.5, flat.rate(step), ROUNDING);
    }
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
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.polynomial(1, 10, 0, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.polynomial(1, 10, 1, 2));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.exponential(1, Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.cosineWithRestarts(1, 0, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.cosineWithRestarts(1, 1, 0, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.inverseSquareRoot(1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.oneCycle(1, 10, 1.5, 2, 2));
    assertThrows(
        IllegalArgumentException.class,
        () -> LearningRateSchedule.oneCycle(1, 10, 0.3, Double.POSITIVE_INFINITY, 2));
    assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.polynomial(1, 0, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.oneCycle(1, 0, 0.3, 2, 2));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.oneCycle(1, 10, 0.3, 2, 0.5));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRateSchedule.cosineWithRestarts(1, 5, 1, 2));
    assertEquals(
        "startDivisor must be finite and at least 1, was 0.5",
        assertThrows(
                IllegalArgumentException.class,
                () -> LearningRateSchedule.oneCycle(1, 10, 0.3, 0.5, 2))
            .getMessage());
  }
}
