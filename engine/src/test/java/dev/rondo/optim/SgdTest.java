package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class SgdTest {
  private static final double ROUNDING = 1e-15;

  /// The value after each of two steps from 1 along a gradient of 0.5.
  private static void assertSteps(Sgd options, double first, double second) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      w.value().set(0, 0, 1);
      w.gradient().set(0, 0, 0.5);
      var sgd = Optimizer.of(parameters, options);
      sgd.step();
      assertEquals(first, w.value().scalar(), ROUNDING);
      sgd.step();
      assertEquals(second, w.value().scalar(), ROUNDING);
      assertEquals(0.5, w.gradient().scalar());
    }
  }

  /// 1 - 0.1·0.5 = 0.95; 0.95 - 0.1·0.5 = 0.9.
  @Test
  void plainStepsGoAlongTheGradient() {
    assertSteps(Sgd.of(0.1), 0.95, 0.9);
  }

  /// g = 0.5 + 0.2·1 = 0.7, 1 - 0.07 = 0.93; g = 0.5 + 0.2·0.93 = 0.686, 0.93 - 0.0686 = 0.8614.
  @Test
  void weightDecayIsAddedToTheGradient() {
    assertSteps(Sgd.of(0.1).weightDecay(0.2), 0.93, 0.8614);
  }

  /// velocity = 0.5, 1 - 0.05 = 0.95; velocity = 0.9·0.5 + 0.5 = 0.95, 0.95 - 0.095 = 0.855.
  @Test
  void momentumKeepsAShareOfTheVelocity() {
    assertSteps(Sgd.of(0.1).momentum(0.9), 0.95, 0.855);
  }

  /// velocity = 0.5 (all of it, the first time), 0.95; velocity = 0.9·0.5 + 0.5·0.5 = 0.7, 0.88.
  @Test
  void dampeningBeginsWithTheSecondStep() {
    assertSteps(Sgd.of(0.1).momentum(0.9).dampening(0.5), 0.95, 0.88);
  }

  /// velocity = 0.5, 0.5 + 0.9·0.5 = 0.95, 1 - 0.095 = 0.905; velocity = 0.9·0.5 + 0.5 = 0.95, 0.5
  /// + 0.9·0.95 = 1.355, 0.905 - 0.1355 = 0.7695.
  @Test
  void nesterovLooksAheadAlongTheNewVelocity() {
    assertSteps(Sgd.of(0.1).momentum(0.9).nesterov(true), 0.905, 0.7695);
  }

  @Test
  void onlyMomentumHasState() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      parameters.create("a", 3, 5);
      parameters.create("b", 5);
      assertEquals(List.of(), List.copyOf(Optimizer.of(parameters, Sgd.of(0.1)).state().keySet()));
      var state = Optimizer.of(parameters, Sgd.of(0.1).momentum(0.9)).state();
      assertEquals(
          List.of("a.momentum_buffer", "a.step", "b.momentum_buffer", "b.step"),
          List.copyOf(state.keySet()));
      assertEquals("[3, 5] FLOAT32", state.get("a.momentum_buffer").toString());
    }
  }

  @Test
  void optionsAreChecked() {
    var options = Sgd.of(0.1);
    assertEquals(
        "learningRate must be finite and not negative, was -0.1",
        assertThrows(IllegalArgumentException.class, () -> Sgd.of(-0.1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Sgd.of(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> options.momentum(-1));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> options.dampening(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> options.nesterov(true));
    var dampened = options.momentum(0.9).dampening(0.1);
    assertThrows(IllegalArgumentException.class, () -> dampened.nesterov(true));
  }
}
