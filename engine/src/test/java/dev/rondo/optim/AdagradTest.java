package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSteps;
import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class AdagradTest {
  /// g = 0.5: sum = 0.25, 1 - 0.1·0.5/0.5 = 0.9; g = -1: sum = 1.25, 0.9 + 0.1/√1.25.
  @Test
  void twoStepsAreThoseWorkedByHand() {
    assertSteps(
        p -> Optimizer.of(p, Adagrad.of(0.1).epsilon(0)),
        gradients(0.5, -1),
        0.9,
        0.9 + 0.1 / Math.sqrt(1.25));
  }

  /// 0.5/(√0.25 + 0.5) = 0.5; under the root it would be 0.5/√0.75.
  @Test
  void epsilonIsAddedToTheRoot() {
    assertSteps(
        p -> Optimizer.of(p, Adagrad.of(0.1).epsilon(0.5)),
        gradients(0.5, -1),
        0.95,
        0.95 + 0.1 / (Math.sqrt(1.25) + 0.5));
  }

  /// sum = 0.75 + 0.25 = 1, then 2.
  @Test
  void sumsMayBeginAboveZero() {
    assertSteps(
        p -> Optimizer.of(p, Adagrad.of(0.1).epsilon(0).initialAccumulator(0.75)),
        gradients(0.5, -1),
        0.95,
        0.95 + 0.1 / Math.sqrt(2));
  }

  /// The first update has the whole rate, the second that over 1 + 1·0.25.
  @Test
  void theRateFallsWithTheUpdates() {
    assertSteps(
        p -> Optimizer.of(p, Adagrad.of(0.1).epsilon(0).learningRateDecay(0.25)),
        gradients(0.5, -1),
        0.9,
        0.9 + 0.08 / Math.sqrt(1.25));
  }

  /// g = 0.5 + 0.5·1 = 1, 0.9; g = -1 + 0.45 = -0.55, sum = 1 + 0.3025.
  @Test
  void weightDecayIsPartOfTheGradient() {
    assertSteps(
        p -> Optimizer.of(p, Adagrad.of(0.1).epsilon(0).weightDecay(0.5)),
        gradients(0.5, -1),
        0.9,
        0.9 + 0.055 / Math.sqrt(1.3025));
  }

  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(new Adagrad(0.01, 0, 0, 0, 1e-10), Adagrad.of(0.01));
    assertSteps(
        p -> Optimizer.of(p, Adagrad.of(0.01)), gradients(0.5), 1 - 0.01 * 0.5 / (0.5 + 1e-10));
    assertEquals(
        List.of("w.sum", "w.step"), OptimFixtures.stateOf(p -> Optimizer.of(p, Adagrad.of(0.1))));
  }

  @Test
  void optionsAreChecked() {
    var options = Adagrad.of(0.1);
    assertEquals(
        "initialAccumulator must be finite and not negative, was -1.0",
        assertThrows(IllegalArgumentException.class, () -> options.initialAccumulator(-1))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.learningRateDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> options.epsilon(-1));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> options.learningRate(-1));
  }
}
