package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSteps;
import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class RmsPropTest {
  /// alpha 0.75; the others off.
  private static RmsProp worked() {
    return RmsProp.of(0.1).alpha(0.75).epsilon(0);
  }

  /// g = 0.5: squares = 0.25·0.25 = 0.0625, 0.5/0.25 = 2, 1 - 0.2 = 0.8; g = -1: squares =
  /// 0.75·0.0625 + 0.25 = 0.296875, 0.8 + 0.1/√0.296875.
  @Test
  void twoStepsAreThoseWorkedByHand() {
    assertSteps(
        p -> Optimizer.of(p, worked()), gradients(0.5, -1), 0.8, 0.8 + 0.1 / Math.sqrt(0.296875));
  }

  /// 0.5/(√0.0625 + 0.25) = 1; under the root it would be 0.5/√0.3125.
  @Test
  void epsilonIsAddedToTheRoot() {
    assertSteps(
        p -> Optimizer.of(p, worked().epsilon(0.25)),
        gradients(0.5, -1),
        0.9,
        0.9 + 0.1 / (Math.sqrt(0.296875) + 0.25));
  }

  /// velocity = 2, 0.8; velocity = 0.5·2 - 1/√0.296875.
  @Test
  void momentumKeepsAShareOfTheVelocity() {
    assertSteps(
        p -> Optimizer.of(p, worked().momentum(0.5)),
        gradients(0.5, -1),
        0.8,
        0.8 - 0.1 * (1 - 1 / Math.sqrt(0.296875)));
  }

  /// mean = 0.25·0.5 = 0.125, variance = 0.0625 - 0.125² = 0.046875; mean = 0.125 + 0.25·(-1.125) =
  /// -0.15625, variance = 0.296875 - 0.15625² = 0.2724609375.
  @Test
  void centredTakesTheVarianceAboutTheMean() {
    double first = 1 - 0.1 * 0.5 / Math.sqrt(0.046875);
    assertSteps(
        p -> Optimizer.of(p, worked().centred(true)),
        gradients(0.5, -1),
        first,
        first + 0.1 / Math.sqrt(0.2724609375));
  }

  /// As above, with velocity = 0.5·(0.5/√0.046875) - 1/√0.2724609375.
  @Test
  void centredAndMomentumGoTogether() {
    double velocity = 0.5 / Math.sqrt(0.046875);
    double first = 1 - 0.1 * velocity;
    assertSteps(
        p -> Optimizer.of(p, worked().centred(true).momentum(0.5)),
        gradients(0.5, -1),
        first,
        first - 0.1 * (0.5 * velocity - 1 / Math.sqrt(0.2724609375)));
  }

  /// g = 0.25 + 0.25·1 = 0.5, and then as at first.
  @Test
  void weightDecayIsPartOfTheGradient() {
    assertSteps(p -> Optimizer.of(p, worked().weightDecay(0.25)), gradients(0.25), 0.8);
  }

  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(new RmsProp(0.01, 0.99, 1e-8, 0, 0, false), RmsProp.of(0.01));
    assertSteps(
        p -> Optimizer.of(p, RmsProp.of(0.01)),
        gradients(0.5),
        1 - 0.01 * 0.5 / (Math.sqrt(0.0025) + 1e-8));
  }

  @Test
  void onlyWhatIsNeededIsRemembered() {
    assertEquals(
        List.of("w.square_avg"), OptimFixtures.stateOf(p -> Optimizer.of(p, RmsProp.of(0.1))));
    assertEquals(
        List.of("w.square_avg", "w.momentum_buffer", "w.grad_avg"),
        OptimFixtures.stateOf(p -> Optimizer.of(p, worked().momentum(0.5).centred(true))));
  }

  @Test
  void optionsAreChecked() {
    var options = RmsProp.of(0.1);
    assertEquals(
        "alpha must be in [0, 1], was -0.5",
        assertThrows(IllegalArgumentException.class, () -> options.alpha(-0.5)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.alpha(1.5));
    assertThrows(IllegalArgumentException.class, () -> options.momentum(-1));
    assertThrows(IllegalArgumentException.class, () -> options.epsilon(-1));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> options.learningRate(-1));
  }
}
