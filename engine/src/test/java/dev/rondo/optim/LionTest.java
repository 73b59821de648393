package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSteps;
import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class LionTest {
  /// The mean is 0.5·1 after the first step. The second gradient points the other way, but
  /// 0.75·0.5 - 0.25·1 > 0; then the mean is 0.25 - 0.5, and 0.75·-0.25 + 0.25·0.5 < 0.
  @Test
  void threeStepsAreThoseWorkedByHand() {
    assertSteps(
        p -> Optimizer.of(p, new Lion(0.1, 0.75, 0.5, 0)), gradients(1, -1, 0.5), 0.9, 0.8, 0.9);
  }

  /// 1 - 0.1·(1 + 0.5·1), then 0.85 - 0.1·(1 + 0.5·0.85).
  @Test
  void weightDecayIsApartFromTheDirection() {
    assertSteps(
        p -> Optimizer.of(p, Lion.of(0.1).weightDecay(0.5)), gradients(1, 1), 0.85, 0.7075);
  }

  @Test
  void defaultsAreThoseOfTheAuthors() {
    assertEquals(new Lion(1e-4, 0.9, 0.99, 0), Lion.of(1e-4));
    assertEquals(
        List.of("w.exp_avg"), OptimFixtures.stateOf(p -> Optimizer.of(p, Lion.of(0.1))));
  }

  @Test
  void hyperparametersAreChecked() {
    var lion = Lion.of(0.1);
    assertThrows(IllegalArgumentException.class, () -> lion.beta1(1));
    assertThrows(IllegalArgumentException.class, () -> lion.beta2(-0.1));
    assertThrows(IllegalArgumentException.class, () -> lion.weightDecay(-1));
  }
}
