package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSteps;
import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class NAdamTest {
  /// Without a decay of the momentum μ is beta1/2 at every step.
  private static NAdam worked() {
    return new NAdam(0.1, 0.5, 0.75, 0, 0, 0, false);
  }

  /// μ = 0.25. t = 1, g = 0.5: mean = 0.25; variance = 0.0625, over 0.25 that is 0.25, whose root
  /// is 0.5; 0.75/0.75·0.5 + 0.25/0.9375·0.25 = 17/30; 1 - 0.1·(17/30)/0.5.
  ///
  /// t = 2, g = -1: mean = -0.375; variance = 19/64, over 28/64 that is 19/28; the product of all μ
  /// is 1/16; 0.75/(15/16)·(-1) + 0.25/(63/64)·(-0.375) = -0.8 - 2/21.
  @Test
  void twoStepsAreThoseWorkedByHand() {
    double first = 1 - 0.1 * 17 / 15;
    assertSteps(
        p -> Optimizer.of(p, worked()),
        gradients(0.5, -1),
        first,
        first + 0.1 * (0.8 + 2.0 / 21) / Math.sqrt(19.0 / 28));
  }

  /// With beta1 = 0.5 and a momentum decay of 1: μ(1) = 0.5·(1 - 0.48) = 0.26, μ(2) = 0.5·(1 -
  /// 0.4608) = 0.2696; 0.5 + 0.2696/(1 - 0.26·0.2696)·0.25 over 0.5.
  @Test
  void theMomentumGrowsWithTheUpdates() {
    assertSteps(
        p -> Optimizer.of(p, worked().momentumDecay(1)),
        gradients(0.5),
        1 - 0.2 * (0.5 + 0.2696 / (1 - 0.26 * 0.2696) * 0.25));
  }

  /// g = 0.25 + 0.25·1 = 0.5 as at first; and 0.98 - 0.1·17/15.
  @Test
  void weightDecayIsPartOfTheGradientOrApart() {
    assertSteps(
        p -> Optimizer.of(p, worked().weightDecay(0.25)), gradients(0.25), 1 - 0.1 * 17 / 15);
    assertSteps(
        p -> Optimizer.of(p, worked().weightDecay(0.2).decoupled(true)),
        gradients(0.5),
        0.98 - 0.1 * 17 / 15);
  }

  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(new NAdam(2e-3, 0.9, 0.999, 1e-8, 0, 4e-3, false), NAdam.of(2e-3));
    assertEquals(
        List.of("w.exp_avg", "w.exp_avg_sq", "w.mu_product", "w.step"),
        OptimFixtures.stateOf(p -> Optimizer.of(p, NAdam.of(0.1))));
  }

  @Test
  void optionsAreChecked() {
    var options = NAdam.of(0.1);
    assertEquals(
        "momentumDecay must be finite and not negative, was -1.0",
        assertThrows(IllegalArgumentException.class, () -> options.momentumDecay(-1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.beta1(1));
    assertThrows(IllegalArgumentException.class, () -> options.beta2(1));
    assertThrows(IllegalArgumentException.class, () -> options.epsilon(-1));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> options.learningRate(-1));
  }
}
