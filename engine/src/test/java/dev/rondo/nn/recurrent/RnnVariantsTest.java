package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.ByHand.LN3;
import static dev.rondo.nn.recurrent.ByHand.assertValues;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Activation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Elman cells of every function against a step worked by hand.
class RnnVariantsTest {
  private final ByHand hand = new ByHand();

  @AfterEach
  void close() {
    hand.close();
  }

  /// A cell at a pre-activation.
  ///
  /// @param h f(z)
  /// @param slope f'(z)
  record Case(String name, RnnOptions cell, double z, double h, double slope) {
    Case(String name, Activation activation, double z, double h, double slope) {
      this(name, Rnn.options(activation), z, h, slope);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("softsign: 3/4, (1 - 3/4)²", Activation.SOFTSIGN, 3, 0.75, 1 / 16.0),
        new Case("softsign of less than 0", Activation.SOFTSIGN, -3, -0.75, 1 / 16.0),
        new Case("x/8 + 1/2 = 7/8", Activation.hardSigmoid(0.125, 0.5), 3, 0.875, 0.125),
        new Case("x/8 + 1/2 above 1", Activation.hardSigmoid(0.125, 0.5), 6, 1, 0),
        new Case("x/8 + 1/2 below 0", Activation.hardSigmoid(0.125, 0.5), -6, 0, 0),
        new Case("2·x + 1 = 7", Activation.affine(2, 1), 3, 7, 2),
        new Case("elu: (e^-ln 3 - 1)/2, that + 1/2", Activation.elu(0.5), -LN3, -1 / 3.0, 1 / 6.0),
        new Case("elu above 0", Activation.elu(0.5), 3, 3, 1),
        new Case("leaky: -2/4", Activation.leakyRelu(0.25), -2, -0.5, 0.25),
        new Case("sigmoid: 3/4, 3/4·1/4", Activation.SIGMOID, LN3, 0.75, 3 / 16.0),
        new Case("softsign of z clipped to 1", Rnn.options(Activation.SOFTSIGN).clip(1), 3, 0.5, 0),
        new Case(
            "softsign of z clipped to -1", Rnn.options(Activation.SOFTSIGN).clip(1), -3, -0.5, 0),
        new Case(
            "softsign of z within ±4", Rnn.options(Activation.SOFTSIGN).clip(4), 3, 0.75, 1 / 16.0),
        new Case(
            "tanh of 2·ln 3 clipped to ln 3",
            Rnn.options(Activation.TANH).clip(LN3),
            2 * LN3,
            0.8,
            0));
  }

  /// With x = 1 and h₋₁ = 2, W = z/2, U = z/8, each bias z/8: the pre-activation is z. With dL/dh =
  /// 16 it gets dz = 16·f'(z), and
  ///
  ///     dW = dz     dU = 2·dz     db = dz     dx = W·dz = z/2·dz     dh₋₁ = U·dz = z/8·dz
  @ParameterizedTest
  @MethodSource("cases")
  void aStepIsTheOneWorkedByHand(Case test) {
    var layer = Rnn.of(1, 1, test.cell).create(hand.parameters, hand.random());
    hand.setPreActivations(test.z);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, ByHand.row(2), null);
      assertValues("h", step.run().output().value(), test.h);
      hand.backward(tape, step, 16);
      double dz = 16 * test.slope;
      hand.assertGradient("weight_ih_l0", dz);
      hand.assertGradient("weight_hh_l0", 2 * dz);
      hand.assertGradient("bias_ih_l0", dz);
      hand.assertGradient("bias_hh_l0", dz);
      assertValues("dx", step.x().gradient(), test.z / 2 * dz);
      assertValues("dh", step.h().gradient(), test.z / 8 * dz);
    }
  }

  @Test
  void namesAndShapesAreThoseOfTheCommonCell() {
    Rnn.of(5, 3, Rnn.options(Activation.SOFTSIGN).clip(1))
        .bidirectional()
        .create(hand.parameters, hand.random());
    assertEquals(
        List.of(
            "weight_ih_l0 [3, 5]",
            "weight_hh_l0 [3, 3]",
            "bias_ih_l0 [3]",
            "bias_hh_l0 [3]",
            "weight_ih_l0_reverse [3, 5]",
            "weight_hh_l0_reverse [3, 3]",
            "bias_ih_l0_reverse [3]",
            "bias_hh_l0_reverse [3]"),
        hand.names());
  }
}
