package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.ByHand.LN3;
import static dev.rondo.nn.recurrent.ByHand.assertValues;
import static dev.rondo.nn.recurrent.ByHand.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// GRU cells of every form against a step worked by hand.
class GruVariantsTest {
  private final ByHand hand = new ByHand();

  @AfterEach
  void close() {
    hand.close();
  }

  private ByHand.Step two(Tape tape, GruOptions cell, String prefix) {
    var layer = Gru.of(1, 2, cell).create(hand.parameters.at(prefix), hand.random());
    String at = prefix + ".";
    hand.set(at + "weight_ih_l0", LN3, -LN3, 0, 0, 0, 0);
    hand.set(at + "weight_hh_l0", 0, 0, 0, 0, 0, 0, 0, 0, LN3 / 3, -LN3 / 6, 2 * LN3, LN3 / 2);
    hand.fill(at + "bias_ih_l0", 0);
    hand.set(at + "bias_hh_l0", 0, 0, 0, 0, 2 * LN3 / 3, -4 * LN3);
    return hand.step(tape, layer, 1, row(2, 4), null);
  }

  /// Two units, x = 1, h₋₁ = (2, 4), r = (3/4, 1/4), z = (1/2, 1/2), and, in parts of ln 3,
  ///
  ///     U_n = ( 1/3  -1/6 )     b_hn = ( 2/3 )     W_n = b_in = 0
  ///           (  2    1/2 )            (  -4 )
  ///
  /// Reset after the product: U_n·h₋₁ + b_hn = (2/3, 2), times r (1/2, 1/2), so n = (1/2, 1/2) and
  /// h = (n + h₋₁)/2 = (5/4, 9/4).
  ///
  /// Before it: r∘h₋₁ = (3/2, 1), U_n·(r∘h₋₁) + b_hn = (1/2 - 1/6 + 2/3, 3 + 1/2 - 4) = (1, -1/2),
  /// so n = tanh(ln 3, -½·ln 3) = (4/5, -1/2) and h = (7/5, 7/4).
  @Test
  void resetBeforeTheProductIsNotResetAfterIt() {
    try (var tape = hand.evaluate()) {
      var after = two(tape, Gru.options(), "after");
      assertValues("after", after.run().output().value(), 1.25, 2.25);
      var before = two(tape, Gru.options().resetBefore(), "before");
      assertValues("before", before.run().output().value(), 1.4, 1.75);
    }
  }

  /// Rows r z n, one unit, x = 1, h₋₁ = 2: r = 3/4, z = 1/4; U_n = ⅙·ln 3 brings ⅙·ln 3·3/2 =
  /// ¼·ln 3 to n, W_n ⅛ and each bias ¹/₁₆: n = tanh(½·ln 3) = 1/2, h = 3/4·1/2 + 1/4·2 = 7/8.
  ///
  /// With L = ln 3 and dL/dh = 32
  ///
  ///     dn = 3/4·32 = 24              da_n = 24·(1 - 1/4) = 18
  ///     dz = (2 - 1/2)·32 = 48        da_z = 48·3/16 = 9
  ///     d(r∘h₋₁) = L/6·18 = 3·L       dr = 2·3·L       da_r = 6·L·3/16 = 9/8·L
  ///     dh₋₁ = 1/4·32 + 3/4·3·L = 8 + 9/4·L
  ///     dU = (2·da_r, 2·da_z, 3/2·da_n)       dx = L·9/8·L - L·9 + L/8·18
  @Test
  void aStepWithResetBeforeTheProductIsTheOneWorkedByHand() {
    var layer = Gru.of(1, 1, Gru.options().resetBefore()).create(hand.parameters, hand.random());
    hand.set("weight_ih_l0", LN3, -LN3, LN3 / 8);
    hand.set("weight_hh_l0", 0, 0, LN3 / 6);
    hand.set("bias_ih_l0", 0, 0, LN3 / 16);
    hand.set("bias_hh_l0", 0, 0, LN3 / 16);
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), null);
      assertValues("h", step.run().output().value(), 0.875);
      hand.backward(tape, step, 32);
      hand.assertGradient("weight_ih_l0", 9 * LN3 / 8, 9, 18);
      hand.assertGradient("bias_ih_l0", 9 * LN3 / 8, 9, 18);
      hand.assertGradient("bias_hh_l0", 9 * LN3 / 8, 9, 18);
      hand.assertGradient("weight_hh_l0", 9 * LN3 / 4, 18, 27);
      assertValues("dh", step.h().gradient(), 8 + 9 * LN3 / 4);
      assertValues("dx", step.x().gradient(), 9 * LN3 * LN3 / 8 - 9 * LN3 + 9 * LN3 / 4);
    }
  }

  private static GruOptions others() {
    return Gru.options()
        .activation(GruGate.RESET, Activation.hardSigmoid(0.25, 0.5))
        .activation(GruGate.UPDATE, Activation.affine(0.25, 0))
        .activation(GruGate.NEW, Activation.SOFTSIGN);
  }

  /// The pre-activations of r and z are ¼·x + ⅛·h₋₁ + ¼ + ¼ = 1; the state's part of n is ⅙·2 + ⅓ =
  /// 2/3, the input's ¼ + ¼.
  private Recurrent created(GruOptions cell) {
    var layer = Gru.of(1, 1, cell).create(hand.parameters, hand.random());
    hand.set("weight_ih_l0", 0.25, 0.25, 0.25);
    hand.set("weight_hh_l0", 0.125, 0.125, 1 / 6.0);
    hand.set("bias_ih_l0", 0.25, 0.25, 0.25);
    hand.set("bias_hh_l0", 0.25, 0.25, 1 / 3.0);
    return layer;
  }

  /// r = ¼·1 + ½ = 3/4, z = ¼·1 = 1/4, n = softsign(1/2 + 3/4·2/3) = 1/2: h = 3/4·1/2 + 1/4·2 =
  /// 7/8. With dL/dh = 32
  ///
  ///     dn = 24     da_n = 24·(1 - 1/2)² = 6        of the state's part: 3/4·6 = 9/2
  ///     dz = 48     da_z = 48·1/4 = 12
  ///     dr = 2/3·6 = 4              da_r = 1
  ///     dh₋₁ = 1/4·32 + ⅛·1 + ⅛·12 + ⅙·9/2 = 83/8     dx = ¼·(1 + 12 + 6)
  @Test
  void otherFunctionsOfTheGatesAreTheOnesWorkedByHand() {
    var layer = created(others());
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), null);
      assertValues("h", step.run().output().value(), 0.875);
      hand.backward(tape, step, 32);
      hand.assertGradient("bias_ih_l0", 1, 12, 6);
      hand.assertGradient("bias_hh_l0", 1, 12, 4.5);
      hand.assertGradient("weight_ih_l0", 1, 12, 6);
      hand.assertGradient("weight_hh_l0", 2, 24, 9);
      assertValues("dh", step.h().gradient(), 83 / 8.0);
      assertValues("dx", step.x().gradient(), 19 / 4.0);
    }
  }

  /// Pre-activations are limited to 1/2: r = 5/8, z = 1/8, that of n is 1/2 + 5/8·2/3 = 11/12 and
  /// becomes 1/2, so n = 1/3 and h = 7/8·1/3 + 1/8·2 = 13/24. Nothing comes back but z·32 = 4.
  @Test
  void clippedPreActivationsHaveNoGradient() {
    var layer = created(others().clip(0.5));
    try (var tape = hand.record()) {
      var step = hand.step(tape, layer, 1, row(2), null);
      assertValues("h", step.run().output().value(), 13 / 24.0);
      hand.backward(tape, step, 32);
      for (String name : List.of("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")) {
        hand.assertGradient(name, 0, 0, 0);
      }
      assertValues("dh", step.h().gradient(), 4);
      assertValues("dx", step.x().gradient(), 0);
    }
  }

  @Test
  void namesAndShapesAreThoseOfTheCommonCell() {
    Gru.of(5, 3, others().resetBefore()).create(hand.parameters, hand.random());
    assertEquals(
        List.of("weight_ih_l0 [9, 5]", "weight_hh_l0 [9, 3]", "bias_ih_l0 [9]", "bias_hh_l0 [9]"),
        hand.names());
  }
}
