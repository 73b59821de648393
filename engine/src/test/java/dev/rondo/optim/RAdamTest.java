package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSteps;
import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class RAdamTest {
  /// With beta2 = 0.75 the variance is known from too few gradients at first. g = 0.5: mean = 0.25,
  /// over 0.5 that is 0.5, 1 - 0.05; g = -1: mean = -0.375, over 0.75 that is -0.5, 0.95 + 0.05.
  @Test
  void theFirstStepsAreMomentumAlone() {
    assertSteps(
        p -> Optimizer.of(p, new RAdam(0.1, 0.5, 0.75, 0, 0, false)), gradients(0.5, -1), 0.95, 1);
  }

  /// With beta2 = 0.9 it is ρ∞ = 2/0.1 - 1 = 19, and ρ = 19 - 10·0.59049/0.40951 = 4.6 at the fifth
  /// update, 19 - 12·0.531441/0.468559 = 5.4 at the sixth. Along a gradient of 1 the corrected mean
  /// and variance are 1: five steps of the learning rate, then one of it times r.
  @Test
  void laterStepsAreRectified() {
    double known = 19 - 12 * 0.531441 / 0.468559;
    double r = Math.sqrt((known - 4) * (known - 2) * 19 / (15 * 17 * known));
    assertSteps(
        p -> Optimizer.of(p, new RAdam(0.1, 0.5, 0.9, 0, 0, false)),
        gradients(1, 1, 1, 1, 1, 1),
        0.9,
        0.8,
        0.7,
        0.6,
        0.5,
        0.5 - 0.1 * r);
  }

  /// With the default beta2 as well the sixth step is the first that differs.
  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(new RAdam(1e-3, 0.9, 0.999, 1e-8, 0, false), RAdam.of(1e-3));
    double kept = Math.pow(0.999, 6);
    double known = 1999 - 12 * kept / (1 - kept);
    double r = Math.sqrt((known - 4) * (known - 2) * 1999 / (1995 * 1997.0 * known));
    double root = Math.sqrt(1 - kept);
    assertSteps(
        p -> Optimizer.of(p, RAdam.of(0.1)),
        gradients(1, 1, 1, 1, 1, 1),
        0.9,
        0.8,
        0.7,
        0.6,
        0.5,
        0.5 - 0.1 * r * root / (root + 1e-8));
    assertEquals(
        List.of("w.exp_avg", "w.exp_avg_sq", "w.step"),
        OptimFixtures.stateOf(p -> Optimizer.of(p, RAdam.of(0.1))));
  }

  /// g = 0.25 + 0.25·1 = 0.5; and 0.98 - 0.05.
  @Test
  void weightDecayIsPartOfTheGradientOrApart() {
    var options = new RAdam(0.1, 0.5, 0.75, 0, 0, false);
    assertSteps(p -> Optimizer.of(p, options.weightDecay(0.25)), gradients(0.25), 0.95);
    assertSteps(
        p -> Optimizer.of(p, options.weightDecay(0.2).decoupled(true)), gradients(0.5), 0.93);
  }

  @Test
  void optionsAreChecked() {
    var options = RAdam.of(0.1);
    assertEquals(
        "beta2 must be in [0, 1), was 1.0",
        assertThrows(IllegalArgumentException.class, () -> options.beta2(1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.beta1(1));
    assertThrows(IllegalArgumentException.class, () -> options.epsilon(-1));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> options.learningRate(-1));
  }
}
