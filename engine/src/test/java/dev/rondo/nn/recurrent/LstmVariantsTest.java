package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.ByHand.LN3;
import static dev.rondo.nn.recurrent.ByHand.assertValues;
import static dev.rondo.nn.recurrent.ByHand.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Activation;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// LSTM cells of every form against a step worked by hand.
///
/// Most are variants of one step: x = 1, h₋₁ = 2, c₋₁ = k = 2·ln 3 - 3/2, with i = 3/4, f = 1/4, g =
/// 1/2, o = 3/4 from the pre-activations ln 3, -ln 3, ½·ln 3, ln 3:
///
///     c = 1/4·k + 3/4·1/2 = ½·ln 3        h = 3/4·tanh(½·ln 3) = 3/8
///
/// With dL/dh = 128, and g' = 1 - 1/4, i' = f' = o' = 3/16, that is
///
///     do = 128·1/2 = 64              da_o = 64·3/16 = 12
///     dc = 128·3/4·3/4 = 72          dc₋₁ = 72·1/4 = 18
///     da_i = 72·1/2·3/16 = 27/4      da_f = 72·k·3/16 = 27/2·k      da_g = 72·3/4·3/4 = 81/2
class LstmVariantsTest {
  private static final double K = 2 * LN3 - 1.5;

  private final ByHand hand = new ByHand();

  @AfterEach
  void close() {
    hand.close();
  }

  private Recurrent create(LstmOptions cell) {
    return Lstm.of(1, 1, cell).create(hand.parameters, hand.random());
  }

  /// The gradients of gates' pre-activations, where x = 1 and h₋₁ = 2.
  private void assertGateGradients(double... da) {
    hand.assertGradient("weight_ih_l0", da);
    hand.assertGradient("weight_hh_l0", ByHand.scaled(2, da));
    hand.assertGradient("bias_ih_l0", da);
    hand.assertGradient("bias_hh_l0", da);
  }

  private void assertStep(ByHand.Step step, double h, double c) {
    assertValues("h", step.run().output().value(), h);
    assertValues("last h", step.last().h().value(), h);
    assertValues("last c", step.last().c().value(), c);
  }

  /// The input gate sees p_i·k = ½·ln 3, the forget gate -½·ln 3, each half of what it needs; the
  /// output gate sees the new cell state, p_o·½·ln 3 with p_o = 2, which is all of what it needs.
  ///
  ///     dc = 72 + p_o·12 = 96     da_i = 96·1/2·3/16 = 9     da_f = 18·k     da_g = 54
  ///     dp = (9·k, 18·k·k, 12·½·ln 3)
  ///     dc₋₁ = 96·1/4 + p_i·9 + p_f·18·k = 24 + ½·ln 3·9/k - 9·ln 3
  ///
  /// What a weight brings is half of its pre-activation, (½, -½, ½, 0)·ln 3, and h₋₁'s an eighth:
  ///
  ///     dx = ¼·ln 3·(9 - 18·k + 54)     dh₋₁ = ¹/₁₆·ln 3·(9 - 18·k + 54)
  @Test
  void inputAndForgetGateSeeTheOldCellStateAndTheOutputGateTheNewOne() {
    var layer = create(Lstm.options().withPeepholes());
    hand.setPreActivations(LN3 / 2, -LN3 / 2, LN3 / 2, 0);
    hand.set("peephole_l0", LN3 / (2 * K), -LN3 / (2 * K), 2);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), row(K));
      assertStep(step, 0.375, LN3 / 2);
      hand.backward(tape, step, 128);
      assertGateGradients(9, 18 * K, 54, 12);
      hand.assertGradient("peephole_l0", 9 * K, 18 * K * K, 6 * LN3);
      assertValues("dc", step.c().gradient(), 24 + 9 * LN3 / (2 * K) - 9 * LN3);
      assertValues("dx", step.x().gradient(), LN3 / 4 * (63 - 18 * K));
      assertValues("dh", step.h().gradient(), LN3 / 16 * (63 - 18 * K));
    }
  }

  /// f = 1 - i = 1/4, rows i g o. The input gate decides about both:
  ///
  ///     di = 72·(g - k)     da_i = 27/2·(1/2 - k)
  @Test
  void aCoupledForgetGateIsWhatTheInputGateLeaves() {
    var layer = create(Lstm.options().withCoupledGates());
    hand.setPreActivations(LN3, LN3 / 2, LN3);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), row(K));
      assertStep(step, 0.375, LN3 / 2);
      hand.backward(tape, step, 128);
      assertGateGradients(13.5 * (0.5 - K), 40.5, 12);
      assertValues("dc", step.c().gradient(), 18);
    }
  }

  /// Two units, the second one's o = 1/4: o∘tanh(c) = (3/8, 1/8), of which W_hr = (2, -4) makes h =
  /// 3/4 - 1/2 = 1/4. What comes back to o∘tanh(c) is 128·W_hr = (256, -512):
  ///
  ///     dW_hr = 128·(3/8, 1/8) = (48, 16)
  ///     da_o = (256, -512)·1/2·3/16 = (24, -48)
  ///     dc = (256·3/4, -512·1/4)·3/4 = (144, -96)          dc₋₁ = (36, -24)
  @Test
  void aProjectionIsTheOneWorkedByHand() {
    var layer = Lstm.of(1, 2, Lstm.options().projection(1)).create(hand.parameters, hand.random());
    hand.setPreActivations(LN3, LN3, -LN3, -LN3, LN3 / 2, LN3 / 2, LN3, -LN3);
    hand.set("weight_hr_l0", 2, -4);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), row(K, K));
      assertValues("h", step.run().output().value(), 0.25);
      assertValues("last c", step.last().c().value(), LN3 / 2, LN3 / 2);
      hand.backward(tape, step, 128);
      hand.assertGradient("weight_hr_l0", 48, 16);
      assertGateGradients(13.5, -9, 27 * K, -18 * K, 81, -54, 24, -48);
      assertValues("dc", step.c().gradient(), 36, -24);
    }
  }

  /// Two units. W·x and U·h₋₁ are a or -a in turn, a² = 1 - ε, so their mean is 0, variance plus ε
  /// is 1, and normalized they are what they were. Each of both and of the two biases brings a
  /// quarter of the pre-activations t:
  ///
  ///     LN(W·x)∘gain_ih + LN(U·h₋₁)∘gain_hh + b = t/4 + t/4 + t/2
  ///
  /// i = (3/4, 3/4), f = (1/4, 1/4), g = (1/2, 1/2), o = (3/4, 1/4). From c₋₁ = (4·a, -4·a) comes c =
  /// (3/8 + a, 3/8 - a), normalized (a, -a), and with gain_c = (¼, -¼)·ln 3/a, bias_c = ¼·ln 3 what
  /// is shown is tanh(½·ln 3) = 1/2 of each unit: h = (3/8, 1/8).
  ///
  /// With dL/dh = 128 it gets 128·(3/4, 1/4)·3/4 = (72, 24) before tanh. That is dbias_c, and
  /// dgain_c = (72·a, -24·a). Each da_o is 12; the gains' gradients there are ±12·a.
  @Test
  void layerNormalizationOfTwoUnitsIsTheOneWorkedByHand() {
    var layer =
        Lstm.of(1, 2, Lstm.options().withLayerNorm()).create(hand.parameters, hand.random());
    double a = StrictMath.sqrt(1 - 1e-5);
    double[] t = {LN3, LN3, -LN3, -LN3, LN3 / 2, LN3 / 2, LN3, -LN3};
    double[] product = {a, -a, a, -a, a, -a, a, -a};
    var gain = new double[8];
    var recurrent = new double[16];
    for (int row = 0; row < 8; row++) {
      gain[row] = t[row] / (4 * product[row]);
      recurrent[2 * row] = product[row];
    }
    hand.set("weight_ih_l0", product);
    hand.set("weight_hh_l0", recurrent);
    hand.set("norm_ih_l0", gain);
    hand.set("norm_hh_l0", gain);
    hand.set("bias_ih_l0", ByHand.scaled(0.25, t));
    hand.set("bias_hh_l0", ByHand.scaled(0.25, t));
    hand.set("norm_c_l0", LN3 / (4 * a), -LN3 / (4 * a));
    hand.set("norm_c_bias_l0", LN3 / 4, LN3 / 4);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(1, 3), row(4 * a, -4 * a));
      assertValues("h", step.run().output().value(), 0.375, 0.125);
      assertValues("last c", step.last().c().value(), 0.375 + a, 0.375 - a);
      hand.backward(tape, step, 128, 128);
      hand.assertGradient("norm_c_bias_l0", 72, 24);
      hand.assertGradient("norm_c_l0", 72 * a, -24 * a);
      for (String name : List.of("norm_ih_l0", "norm_hh_l0")) {
        var gradient = hand.parameters.get(name).gradient().toArray();
        assertEquals(12 * a, gradient[6], 1e-4, name);
        assertEquals(-12 * a, gradient[7], 1e-4, name);
      }
    }
  }

  /// 1/4·c₋₁ + 3/8 is 11/8 of c₋₁ = 4, which becomes ½·ln 3 = 0.55, and -13/8 of c₋₁ = -8. The
  /// gradient of what was clipped ends there; that of the output gate does not.
  @Test
  void aClippedCellStateHasNoGradient() {
    var layer = create(Lstm.options().cellClip(LN3 / 2));
    hand.setPreActivations(LN3, -LN3, LN3 / 2, LN3);
    for (double sign : row(1, -1)) {
      hand.parameters.clearGradients();
      try (var tape = hand.record()) {
        var step = hand.step(tape, layer, 1, row(2), row(sign > 0 ? 4 : -8));
        assertStep(step, sign * 0.375, sign * LN3 / 2);
        hand.backward(tape, step, 128);
        assertGateGradients(0, 0, 0, sign * 12);
        assertValues("dc", step.c().gradient(), 0);
      }
    }
  }

  /// 5·ln 3, -7·ln 3, ½·ln 3, 2·ln 3 become ln 3, -ln 3, ½·ln 3, ln 3; only g's gradient is left.
  @Test
  void clippedPreActivationsHaveNoGradient() {
    var layer = create(Lstm.options().clip(LN3));
    hand.setPreActivations(5 * LN3, -7 * LN3, LN3 / 2, 2 * LN3);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), row(K));
      assertStep(step, 0.375, LN3 / 2);
      hand.backward(tape, step, 128);
      assertGateGradients(0, 0, 40.5, 0);
      assertValues("dc", step.c().gradient(), 18);
    }
  }

  /// i = ¼·1 + ½ = 3/4, f = ¼·1 = 1/4, g = softsign(1) = 1/2, o = relu(3/4), c₋₁ = 5/2:
  ///
  ///     c = 1/4·5/2 + 3/8 = 1          h = 3/4·softsign(1) = 3/8
  ///     dc = 128·3/4·(1 - 1/2)² = 24   dc₋₁ = 6
  ///     da_i = 24·1/2·1/4 = 3          da_f = 24·5/2·1/4 = 15
  ///     da_g = 24·3/4·1/4 = 9/2        da_o = 128·1/2 = 64
  @Test
  void otherFunctionsOfTheGatesAreTheOnesWorkedByHand() {
    var cell =
        Lstm.options()
            .activation(LstmGate.INPUT, Activation.hardSigmoid(0.25, 0.5))
            .activation(LstmGate.FORGET, Activation.affine(0.25, 0))
            .activation(LstmGate.CELL, Activation.SOFTSIGN)
            .activation(LstmGate.OUTPUT, Activation.RELU)
            .outputActivation(Activation.SOFTSIGN);
    var layer = create(cell);
    hand.setPreActivations(1, 1, 1, 0.75);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), row(2.5));
      assertStep(step, 0.375, 1);
      hand.backward(tape, step, 128);
      assertGateGradients(3, 15, 4.5, 64);
      assertValues("dc", step.c().gradient(), 6);
    }
  }

  @Test
  void aProjectedLstmHasPyTorchsNamesAndShapes() {
    Lstm.of(5, 4, Lstm.options().projection(3))
        .layers(2)
        .bidirectional()
        .create(hand.parameters, hand.random());
    assertEquals(
        List.of(
            "weight_ih_l0 [16, 5]",
            "weight_hh_l0 [16, 3]",
            "bias_ih_l0 [16]",
            "bias_hh_l0 [16]",
            "weight_hr_l0 [3, 4]",
            "weight_ih_l0_reverse [16, 5]",
            "weight_hh_l0_reverse [16, 3]",
            "bias_ih_l0_reverse [16]",
            "bias_hh_l0_reverse [16]",
            "weight_hr_l0_reverse [3, 4]",
            "weight_ih_l1 [16, 6]",
            "weight_hh_l1 [16, 3]",
            "bias_ih_l1 [16]",
            "bias_hh_l1 [16]",
            "weight_hr_l1 [3, 4]",
            "weight_ih_l1_reverse [16, 6]",
            "weight_hh_l1_reverse [16, 3]",
            "bias_ih_l1_reverse [16]",
            "bias_hh_l1_reverse [16]",
            "weight_hr_l1_reverse [3, 4]"),
        hand.names());
  }

  @Test
  void everyOptionHasItsParameters() {
    var cell =
        Lstm.options().withPeepholes().withCoupledGates().withLayerNorm().projection(3).clip(1);
    Lstm.of(5, 4, cell).learnedInitialState().create(hand.parameters, hand.random());
    assertEquals(
        List.of(
            "weight_ih_l0 [12, 5]",
            "weight_hh_l0 [12, 3]",
            "bias_ih_l0 [12]",
            "bias_hh_l0 [12]",
            "norm_ih_l0 [12]",
            "norm_hh_l0 [12]",
            "norm_c_l0 [4]",
            "norm_c_bias_l0 [4]",
            "peephole_l0 [2, 4]",
            "weight_hr_l0 [3, 4]",
            "h0_l0 [3]",
            "c0_l0 [4]"),
        hand.names());
  }
}
