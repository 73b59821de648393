package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.optim.ReduceOnPlateau.Goal;
import org.junit.jupiter.api.Test;

class ReduceOnPlateauTest {
  /// Halves a rate of 1, without a threshold.
  private static ReduceOnPlateau.Options halving(int patience) {
    return ReduceOnPlateau.options(1).factor(0.5).patience(patience).absoluteThreshold(0);
  }

  /// The rate after each check.
  private static void assertRates(
      ReduceOnPlateau.Options options, double[] metrics, double... rates) {
    var plateau = new ReduceOnPlateau(options);
    for (int i = 0; i < metrics.length; i++) {
      double before = plateau.learningRate();
      boolean lowered = plateau.observe(metrics[i]);
      assertEquals(rates[i], plateau.learningRate(), 1e-16, "check " + i);
      assertEquals(plateau.learningRate() < before, lowered, "check " + i);
    }
  }

  private static double[] metrics(double... metrics) {
    return metrics;
  }

  /// Two bad checks are let pass, the third one lowers the rate and counting begins anew; a better
  /// check between begins anew as well.
  @Test
  void theRateFallsAfterMoreBadChecksThanPatience() {
    assertRates(halving(2), metrics(5, 6, 5, 5, 7, 7, 7, 7), 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25);
    assertRates(halving(2), metrics(5, 6, 6, 4, 6, 6, 6), 1, 1, 1, 1, 1, 1, 0.5);
  }

  @Test
  void withoutPatienceEveryBadCheckLowersIt() {
    assertRates(halving(0), metrics(5, 5, 4, 4, 4), 1, 0.5, 0.5, 0.25, 0.125);
  }

  /// After the reduction at check 1 the next two are let pass; the one after them counts.
  @Test
  void badChecksDoNotCountWhileCoolingDown() {
    assertRates(halving(0).cooldown(2), metrics(5, 6, 6, 6, 6), 1, 0.5, 0.5, 0.5, 0.25);
  }

  @Test
  void higherMetricsMayBeBetter() {
    assertRates(halving(0).goal(Goal.HIGHER), metrics(-5, -4, -4, -6, 1), 1, 1, 0.5, 0.25, 0.25);
  }

  /// 0.1 of 10 is 1: 9 is not below 9, but 8.9 is. Of the best 8.9 it is 0.89.
  @Test
  void aRelativeThresholdIsAShareOfTheBest() {
    assertRates(
        halving(0).relativeThreshold(0.1), metrics(10, 9, 8.9, 8.02, 8), 1, 0.5, 0.5, 0.25, 0.25);
    assertRates(
        halving(0).relativeThreshold(0.1).goal(Goal.HIGHER), metrics(10, 10.9, 11.1), 1, 0.5, 0.5);
  }

  @Test
  void anAbsoluteThresholdIsAnAmount() {
    assertRates(halving(0).absoluteThreshold(2), metrics(10, 8, 7.9), 1, 0.5, 0.5);
    assertRates(
        halving(0).absoluteThreshold(2).goal(Goal.HIGHER), metrics(10, 12, 12.1), 1, 0.5, 0.5);
  }

  @Test
  void theRateDoesNotFallBelowItsFloor() {
    assertRates(halving(0).floor(0.3), metrics(5, 5, 5, 5), 1, 0.5, 0.3, 0.3);
  }

  /// A learning rate of 1e-8 would be halved by less than 1e-8.
  @Test
  void tinyReductionsAreNotMade() {
    var options = new ReduceOnPlateau.Options(1e-8, Goal.LOWER, 0.5, 0, 0, true, 0, 0);
    assertRates(options, metrics(5, 5), 1e-8, 1e-8);
    // by 1e-8 is still too little
    options = new ReduceOnPlateau.Options(2e-8, Goal.LOWER, 0.5, 0, 0, true, 0, 0);
    assertRates(options, metrics(5, 5), 2e-8, 2e-8);
  }

  @Test
  void notANumberIsNeverBetter() {
    assertRates(halving(0), metrics(Double.NaN, 5, Double.NaN), 0.5, 0.5, 0.25);
  }

  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(
        new ReduceOnPlateau.Options(0.1, Goal.LOWER, 0.1, 10, 1e-4, true, 0, 0),
        ReduceOnPlateau.options(0.1));
    var plateau = new ReduceOnPlateau(ReduceOnPlateau.options(0.1));
    plateau.observe(1);
    for (int i = 0; i < 10; i++) {
      assertFalse(plateau.observe(1 - 0.9e-4));
    }
    assertTrue(plateau.observe(1 - 0.9e-4));
    assertEquals(0.01, plateau.learningRate(), 1e-17);
  }

  @Test
  void theStateContinuesIt() {
    double[] metrics = {5, 6, 4, 5, 5, 5, 5, 3, 3, 3, 3, 3};
    var options = halving(1).cooldown(1);
    for (int cut = 0; cut < metrics.length; cut++) {
      var straight = new ReduceOnPlateau(options);
      var resumed = new ReduceOnPlateau(options);
      for (int i = 0; i < metrics.length; i++) {
        if (i == cut) {
          resumed.restore(straight.state());
        }
        straight.observe(metrics[i]);
        if (i >= cut) {
          resumed.observe(metrics[i]);
          assertEquals(straight.state(), resumed.state(), "cut %d, check %d".formatted(cut, i));
        }
      }
      assertTrue(straight.learningRate() < 0.5);
    }
  }

  @Test
  void optionsAreChecked() {
    var options = ReduceOnPlateau.options(0.1);
    assertEquals(
        "patience must not be negative, was -1",
        assertThrows(IllegalArgumentException.class, () -> options.patience(-1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.factor(1));
    assertThrows(IllegalArgumentException.class, () -> options.cooldown(-1));
    assertThrows(IllegalArgumentException.class, () -> options.floor(-1));
    assertThrows(IllegalArgumentException.class, () -> options.relativeThreshold(-1));
    assertThrows(IllegalArgumentException.class, () -> ReduceOnPlateau.options(Double.NaN));
  }
}
