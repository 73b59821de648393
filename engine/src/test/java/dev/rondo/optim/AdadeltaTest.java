package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertSteps;
import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class AdadeltaTest {
  /// rho = 0.75, epsilon = 0.1875. g = 0.5: squares = 0.25·0.25 = 0.0625; delta = √0.1875/√0.25·0.5
  /// = √0.1875; deltas = 0.25·0.1875 = 0.046875; 1 - 0.1·√0.1875.
  ///
  /// g = -1: squares = 0.75·0.0625 + 0.25 = 0.296875; delta = -√(0.046875 + 0.1875)/√(0.296875 +
  /// 0.1875).
  @Test
  void twoStepsAreThoseWorkedByHand() {
    double first = 1 - 0.1 * Math.sqrt(0.1875);
    assertSteps(
        p -> Optimizer.of(p, new Adadelta(0.1, 0.75, 0.1875, 0)),
        gradients(0.5, -1),
        first,
        first + 0.1 * Math.sqrt(0.234375 / 0.484375));
  }

  /// g = 0.25 + 0.25·1 = 0.5, and then as above.
  @Test
  void weightDecayIsPartOfTheGradient() {
    assertSteps(
        p -> Optimizer.of(p, new Adadelta(0.1, 0.75, 0.1875, 0.25)),
        gradients(0.25),
        1 - 0.1 * Math.sqrt(0.1875));
  }

  /// delta = √1e-6/√(0.1·0.25 + 1e-6)·0.5.
  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(new Adadelta(1, 0.9, 1e-6, 0), Adadelta.of(1));
    assertSteps(
        p -> Optimizer.of(p, Adadelta.of(1)),
        gradients(0.5),
        1 - Math.sqrt(1e-6 / (0.025 + 1e-6)) * 0.5);
    assertEquals(
        List.of("w.square_avg", "w.acc_delta"),
        OptimFixtures.stateOf(p -> Optimizer.of(p, Adadelta.of(1))));
  }

  @Test
  void optionsAreChecked() {
    var options = Adadelta.of(1);
    assertEquals(
        "rho must be in [0, 1], was 1.5",
        assertThrows(IllegalArgumentException.class, () -> options.rho(1.5)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.rho(-0.5));
    assertThrows(IllegalArgumentException.class, () -> options.epsilon(-1));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> options.learningRate(Double.NaN));
  }
}
