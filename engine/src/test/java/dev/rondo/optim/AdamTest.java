package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.gradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class AdamTest {
  private static final double ROUNDING = 1e-15;

  /// The betas that the worked steps use: their powers are short binary fractions.
  private static Adam worked(double epsilon) {
    return new Adam(0.1, 0.5, 0.75, epsilon, 0, false);
  }

  private static AdamW decoupled() {
    return new AdamW(0.1, 0.5, 0.75, 0, 0, false);
  }

  private static void assertSteps(
      Function<Parameters, Optimizer> optimizer, double first, double second) {
    OptimFixtures.assertSteps(optimizer, gradients(0.5, -1), first, second);
  }

  /// One step from 1 without a gradient: what is left is the weight decay.
  private static double decayed(Function<Parameters, Optimizer> optimizer) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      w.value().set(0, 0, 1);
      optimizer.apply(parameters).step();
      return w.value().scalar();
    }
  }

  /// t = 1, g = 0.5: mean = 0.5·0.5 = 0.25, over 1 - 0.5 that is 0.5; variance = 0.25·0.25 =
  /// 0.0625, over 1 - 0.75 that is 0.25, whose root is 0.5; 1 - 0.1·0.5/0.5 = 0.9.
  ///
  /// t = 2, g = -1: mean = 0.25 + 0.5·(-1 - 0.25) = -0.375, over 1 - 0.25 that is -0.5; variance =
  /// 0.75·0.0625 + 0.25·1 = 19/64, over 1 - 0.5625 = 28/64 that is 19/28; 0.9 + 0.1·0.5/√(19/28).
  @Test
  void twoStepsAreThoseWorkedByHand() {
    assertSteps(p -> Optimizer.of(p, worked(0)), 0.9, 0.9 + 0.05 / Math.sqrt(19.0 / 28));
  }

  /// As above, with 0.5 added to the roots after their correction: 1 - 0.1·0.5/(0.5 + 0.5) = 0.95.
  @Test
  void epsilonIsAddedAfterTheCorrection() {
    assertSteps(
        p -> Optimizer.of(p, worked(0.5)), 0.95, 0.95 + 0.05 / (Math.sqrt(19.0 / 28) + 0.5));
  }

  /// As above; before each step the value is multiplied by 1 - 0.1·0.2 = 0.98.
  @Test
  void decoupledDecayShrinksTheValueBeforeTheStep() {
    assertSteps(
        p -> Optimizer.of(p, decoupled().weightDecay(0.2)),
        0.98 - 0.1,
        0.98 * 0.88 + 0.05 / Math.sqrt(19.0 / 28));
  }

  /// t = 1: g = 0.5 + 0.5·1 = 1 gives a step of 0.1·1/√1 to 0.9.
  ///
  /// t = 2: g = -1 + 0.5·0.9 = -0.55; mean = 0.5 + 0.5·(-0.55 - 0.5) = -0.025, over 0.75 that is
  /// -1/30; variance = 0.75·0.25 + 0.25·0.3025 = 0.263125, over 0.4375.
  @Test
  void plainDecayIsPartOfTheGradient() {
    assertSteps(
        p -> Optimizer.of(p, worked(0).weightDecay(0.5)),
        0.9,
        0.9 + 0.1 / 30 / Math.sqrt(0.263125 / 0.4375));
  }

  /// Without a gradient, plain decay is all of it and is normalized to a step of the learning rate,
  /// however small it is; decoupled decay is 1 - 0.1·weightDecay.
  @Test
  void plainAndDecoupledDecayDiffer() {
    assertEquals(0.9, decayed(p -> Optimizer.of(p, Adam.of(0.1).weightDecay(0.1))), 1e-7);
    assertEquals(0.9, decayed(p -> Optimizer.of(p, Adam.of(0.1).weightDecay(0.2))), 1e-7);
    assertEquals(0.99, decayed(p -> Optimizer.of(p, AdamW.of(0.1).weightDecay(0.1))), ROUNDING);
    assertEquals(0.98, decayed(p -> Optimizer.of(p, AdamW.of(0.1).weightDecay(0.2))), ROUNDING);
  }

  /// t = 1, g = 1: mean = 0.5, over 0.5 that is 1; variance = 0.25, over 0.25 that is 1; 1 - 0.1.
  ///
  /// t = 2, g = 0: mean = 0.25, over 0.75 that is 1/3; variance = 0.1875, but the largest is still
  /// 0.25, over 0.4375 that is 4/7.
  @Test
  void amsgradDividesByTheLargestVariance() {
    double mean = 1.0 / 3;
    OptimFixtures.assertSteps(
        p -> Optimizer.of(p, worked(0)),
        gradients(1, 0),
        0.9,
        0.9 - 0.1 * mean / Math.sqrt(3.0 / 7));
    OptimFixtures.assertSteps(
        p -> Optimizer.of(p, worked(0).amsgrad(true)),
        gradients(1, 0),
        0.9,
        0.9 - 0.1 * mean / Math.sqrt(4.0 / 7));
    OptimFixtures.assertSteps(
        p -> Optimizer.of(p, decoupled().amsgrad(true).weightDecay(0.2)),
        gradients(1, 0),
        0.88,
        0.98 * 0.88 - 0.1 * mean / Math.sqrt(4.0 / 7));
  }

  @Test
  void amsgradHasStateForTheLargestVariance() {
    assertEquals(
        List.of("w.exp_avg", "w.exp_avg_sq", "w.max_exp_avg_sq", "w.step"),
        OptimFixtures.stateOf(p -> Optimizer.of(p, Adam.of(0.1).amsgrad(true))));
  }

  @Test
  void defaultsAreThoseOfPyTorch() {
    assertEquals(new Adam(0.002, 0.9, 0.999, 1e-8, 0, false), Adam.of(0.002));
    assertEquals(new AdamW(0.002, 0.9, 0.999, 1e-8, 0.01, false), AdamW.of(0.002));
    assertEquals(1.0, decayed(p -> Optimizer.of(p, Adam.of(0.1))));
    assertEquals(0.999, decayed(p -> Optimizer.of(p, AdamW.of(0.1))), ROUNDING);
    // the first step: g/√g² is the sign, but for epsilon
    double first = 1 - 0.002 * 0.5 / (0.5 + 1e-8);
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      w.value().set(0, 0, 1);
      w.gradient().set(0, 0, 0.5);
      Optimizer.of(parameters, Adam.of(0.002)).step();
      assertEquals(first, w.value().scalar(), ROUNDING);
    }
  }

  @Test
  void aChangedLearningRateHoldsFromTheNextStepOn() {
    assertSteps(
        p -> {
          var adam = Optimizer.of(p, worked(0));
          adam.setLearningRate(0.2);
          return adam;
        },
        0.8,
        0.8 + 0.1 / Math.sqrt(19.0 / 28));
  }

  /// A count that is restored to 0 makes the next update the first one again, now with the new
  /// rate.
  @Test
  void anUpdateOfTheSameNumberHasTheNewRate() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      var adam = Optimizer.of(parameters, worked(0));
      for (double rate : new double[] {0.1, 0.2}) {
        adam.state().values().forEach(Tensor::clear);
        w.value().set(0, 0, 1);
        w.gradient().set(0, 0, 0.5);
        adam.setLearningRate(rate);
        adam.step();
        assertEquals(1 - rate, w.value().scalar(), ROUNDING);
      }
    }
  }

  @Test
  void momentaMayBeZero() {
    assertEquals(0, Adam.of(0.1).beta1(0).beta1());
    assertEquals(0, Adam.of(0.1).beta2(0).beta2());
  }

  @Test
  void theStateIsNamedAfterTheParameters() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      parameters.at("lstm").create("weight_ih_l0", 8, 3);
      parameters.create("b", 5);
      for (var adam :
          List.of(
              Optimizer.of(parameters, Adam.of(0.1)), Optimizer.of(parameters, AdamW.of(0.1)))) {
        assertEquals(
            List.of(
                "lstm.weight_ih_l0.exp_avg",
                "lstm.weight_ih_l0.exp_avg_sq",
                "lstm.weight_ih_l0.step",
                "b.exp_avg",
                "b.exp_avg_sq",
                "b.step"),
            List.copyOf(adam.state().keySet()));
        assertEquals("[8, 3] FLOAT32", adam.state().get("lstm.weight_ih_l0.exp_avg_sq").toString());
        assertEquals("[1] FLOAT64", adam.state().get("b.step").toString());
      }
    }
  }

  @Test
  void optionsAreChecked() {
    var options = Adam.of(0.1);
    assertEquals(
        "beta2 must be in [0, 1), was 1.0",
        assertThrows(IllegalArgumentException.class, () -> options.beta2(1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.beta1(-0.1));
    assertThrows(IllegalArgumentException.class, () -> options.beta1(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> options.epsilon(-1e-8));
    assertThrows(IllegalArgumentException.class, () -> options.weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> Adam.of(Double.POSITIVE_INFINITY));
  }
}
