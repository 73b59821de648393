package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("kernel")
class ActivationsTest {
  private static final Implementations<Activations> KERNELS =
      new Implementations<>(
          new ScalarActivations(), new VectorActivations(), new DoubleActivations());

  @Test
  void expGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.exp(o.source(), o.written());
      var target = o.updated();
      kernel.exp(target, target);
    });
  }

  @Test
  void tanhGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.tanh(o.source(), o.written());
      var target = o.updated();
      kernel.tanh(target, target);
    });
  }

  @Test
  void sigmoidGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.sigmoid(o.source(), o.written());
      var target = o.updated();
      kernel.sigmoid(target, target);
    });
  }

  @Test
  void reluGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.relu(o.source(), o.written());
      var target = o.updated();
      kernel.relu(target, target);
    });
  }

  @Test
  void tanhBackwardGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.tanhBackward(o.source(), o.source(), o.updated());
      var target = o.updated();
      kernel.tanhBackward(o.source(), target, target);
    });
  }

  @Test
  void sigmoidBackwardGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.sigmoidBackward(o.source(), o.source(), o.updated());
      var target = o.updated();
      kernel.sigmoidBackward(o.source(), target, target);
    });
  }

  @Test
  void reluBackwardGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.reluBackward(o.source(), o.source(), o.updated());
      var target = o.updated();
      kernel.reluBackward(o.source(), target, target);
    });
  }

  private static List<Activation> activations() {
    return List.of(
        Activation.SIGMOID,
        Activation.TANH,
        Activation.RELU,
        Activation.SOFTSIGN,
        Activation.IDENTITY,
        Activation.hardSigmoid(),
        Activation.hardSigmoid(1 / 6.0, 0.5),
        Activation.hardSigmoid(-0.3, 0.7),
        Activation.elu(1),
        Activation.elu(0.3),
        Activation.affine(-2, 0.25),
        Activation.affine(0, 1),
        Activation.leakyRelu(0.01),
        Activation.SOFTPLUS,
        Activation.thresholdedRelu(1),
        Activation.thresholdedRelu(0),
        Activation.scaledTanh(1.7159, 2 / 3.0),
        Activation.scaledTanh(-0.5, 2));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void applyGivesTheSameBits(Activation f) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.apply(f, o.source(), o.written());
      var target = o.updated();
      kernel.apply(f, target, target);
    });
  }

  @ParameterizedTest
  @MethodSource("activations")
  void backwardGivesTheSameBits(Activation f) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.backward(f, o.source(), o.source(), o.written());
      var y = o.updated();
      kernel.apply(f, o.source(), y);
      kernel.backward(f, y, o.source(), o.written());
      var gradient = o.updated();
      kernel.backward(f, y, gradient, gradient);
      kernel.backward(f, y, o.source(), y);
      kernel.backward(f, y, y, y);
    });
  }

  @Test
  void applyHasTheBitsOfTheNamedFunctions() {
    KERNELS.assertSameBits((kernel, o) -> {
      var x = o.source();
      assertSame(x, kernel::sigmoid, (s, t) -> kernel.apply(Activation.SIGMOID, s, t), o);
      assertSame(x, kernel::tanh, (s, t) -> kernel.apply(Activation.TANH, s, t), o);
      assertSame(x, kernel::relu, (s, t) -> kernel.apply(Activation.RELU, s, t), o);
    });
  }

  private static void assertSame(
      Tensor x,
      BiConsumer<Tensor, Tensor> expected,
      BiConsumer<Tensor, Tensor> actual,
      Operands o) {
    var e = o.written();
    var a = o.written();
    expected.accept(x, e);
    actual.accept(x, a);
    for (int r = 0; r < o.rows; r++) {
      for (int c = 0; c < o.columns; c++) {
        assertEquals(e.get(r, c), a.get(r, c));
      }
    }
  }

  /// NaN and infinity behind the last column, as products leave them there.
  @ParameterizedTest
  @MethodSource("activations")
  void paddingIsZeroWhateverStoodThere(Activation f) {
    KERNELS.forEach(run -> {
      var backing = run.zeros(2, 16);
      backing.fill(Double.NaN);
      backing.set(1, 9, Double.POSITIVE_INFINITY);
      var x = backing.columns(0, 5);
      for (int r = 0; r < 2; r++) {
        for (int c = 0; c < 5; c++) {
          x.set(r, c, r - 0.3 * c);
        }
      }
      var target = run.zeros(2, 16);
      target.fill(Double.NaN);
      run.kernel().apply(f, x, target.columns(0, 5));
      assertZeroFrom(5, target);
      target.fill(Double.NaN);
      run.kernel().backward(f, x, x, target.columns(0, 5));
      assertZeroFrom(5, target);
    });
  }

  private static void assertZeroFrom(int column, Tensor target) {
    for (int r = 0; r < target.rows(); r++) {
      for (int c = 0; c < target.columns(); c++) {
        if (c < column) {
          assertTrue(Double.isFinite(target.get(r, c)));
        } else {
          assertEquals(0, target.get(r, c));
        }
      }
    }
  }

  @Test
  void activationsHaveTheirKnownValues() {
    double inf = Double.POSITIVE_INFINITY;
    KERNELS.forEach(run -> {
      double[] at = {0, 1, -1, 4, -4, inf, -inf, Double.NaN};
      assertApplies(run, Activation.hardSigmoid(), at, row(0.5, 0.7, 0.3, 1, 0, 1, 0, Double.NaN));
      assertApplies(
          run,
          Activation.hardSigmoid(1 / 6.0, 0.5),
          at,
          row(0.5, 2 / 3.0, 1 / 3.0, 1, 0, 1, 0, Double.NaN));
      assertApplies(run, Activation.SOFTSIGN, at, row(0, 0.5, -0.5, 0.8, -0.8, 1, -1, Double.NaN));
      double below = 2 * StrictMath.expm1(-1);
      double farBelow = 2 * StrictMath.expm1(-4);
      assertApplies(run, Activation.elu(2), at, row(0, 1, below, 4, farBelow, inf, -2, Double.NaN));
      assertApplies(run, Activation.affine(2, 3), at, row(3, 5, 1, 11, -5, inf, -inf, Double.NaN));
      assertApplies(run, Activation.IDENTITY, at, at);
      assertApplies(
          run, Activation.leakyRelu(0.25), at, row(0, 1, -0.25, 4, -1, inf, -inf, Double.NaN));
      double ln2 = StrictMath.log(2);
      double atOne = StrictMath.log1p(StrictMath.exp(-1));
      double atFour = StrictMath.log1p(StrictMath.exp(-4));
      assertApplies(
          run,
          Activation.SOFTPLUS,
          at,
          row(ln2, 1 + atOne, atOne, 4 + atFour, atFour, inf, 0, Double.NaN));
      assertApplies(run, Activation.thresholdedRelu(1), at, row(0, 0, 0, 4, 0, inf, 0, Double.NaN));
      double half = -2 * StrictMath.tanh(0.5);
      double two = -2 * StrictMath.tanh(2);
      assertApplies(
          run,
          Activation.scaledTanh(-2, 0.5),
          at,
          row(0, half, -half, two, -two, -2, 2, Double.NaN));
    });
  }

  private static void assertApplies(
      Implementations.Run<Activations> run, Activation f, double[] at, double[] expected) {
    var t = run.of(at);
    run.kernel().apply(f, t, t);
    run.assertValues(t, expected);
  }

  @Test
  void slopesHaveTheirKnownValuesAtTheKinks() {
    KERNELS.forEach(run -> {
      double inf = Double.POSITIVE_INFINITY;
      assertSlopes(
          run, Activation.RELU, row(0, -0.0, 3, 0), row(5, inf, 5, Double.NaN), row(0, 0, 5, 0));
      assertSlopes(
          run,
          Activation.hardSigmoid(),
          row(0, 1, 0.5, 0),
          row(5, inf, 5, Double.NaN),
          row(0, 0, 1, 0));
      assertSlopes(run, Activation.elu(2), row(0, -2, 3, -0.5), row(5, 5, 5, 2), row(10, 0, 5, 3));
      assertSlopes(run, Activation.leakyRelu(0.5), row(0, -2, 3), row(5, 5, 5), row(2.5, 2.5, 5));
      assertSlopes(run, Activation.SOFTSIGN, row(0, 0.5, -1), row(2, 4, 5), row(2, 1, 0));
      assertSlopes(run, Activation.affine(-3, 1), row(0, 7), row(2, 4), row(-6, -12));
      // 1 - e^-y: 1/2 at log 2, y itself where y is tiny
      assertSlopes(
          run,
          Activation.SOFTPLUS,
          row(StrictMath.log(2), 0x1p-60, 0, inf),
          row(8, 0x1p60, 5, 5),
          row(4, 1, 0, 5));
      assertSlopes(
          run,
          Activation.thresholdedRelu(1),
          row(0, 1.5, 0, 0),
          row(5, 5, inf, Double.NaN),
          row(0, 5, 0, 0));
      assertSlopes(run, Activation.scaledTanh(2, 0.5), row(0, 1, -2), row(3, 4, 5), row(3, 3, 0));
      assertSlopes(run, Activation.SIGMOID, row(0.5, 1), row(8, 8), row(2, 0));
      assertSlopes(run, Activation.TANH, row(0.5, -1), row(4, 8), row(3, 0));
    });
  }

  private static void assertSlopes(
      Implementations.Run<Activations> run,
      Activation f,
      double[] y,
      double[] gradient,
      double[] expected) {
    var t = run.zeros(1, y.length);
    t.fill(Double.NaN);
    run.kernel().backward(f, run.of(y), run.of(gradient), t);
    run.assertValues(t, expected);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void slopesAgreeWithFiniteDifferences(Activation f) {
    double step = 1e-5;
    KERNELS.onFloat64(run -> {
      double[] at = {-3.5, -2, -0.7, 0.3, 1.9, 6};
      var gradient = run.zeros(1, at.length);
      gradient.fill(1);
      var y = run.of(at);
      var higher = run.zeros(1, at.length);
      var lower = run.zeros(1, at.length);
      for (int c = 0; c < at.length; c++) {
        higher.set(0, c, at[c] + step);
        lower.set(0, c, at[c] - step);
      }
      run.kernel().apply(f, y, y);
      run.kernel().apply(f, higher, higher);
      run.kernel().apply(f, lower, lower);
      run.kernel().backward(f, y, gradient, gradient);
      assertDifferences(gradient, higher, lower, step);
    });
  }

  @Test
  void binaryCrossEntropyGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.binaryCrossEntropy(o.source(), o.source(), o.written(), o.written());
      var logits = o.updated();
      var targets = o.updated();
      kernel.binaryCrossEntropy(logits, o.source(), o.written(), logits);
      kernel.binaryCrossEntropy(o.source(), targets, o.written(), targets);
    });
  }

  @Test
  void binaryCrossEntropyHasItsKnownValues() {
    double ln3 = StrictMath.log(3);
    KERNELS.forEach(run -> {
      // σ = 3/4, 3/4, 1/4, 1/2, 1, 0, 0
      var logits = run.of(row(ln3, ln3, -ln3, 0, 1000, -1000, -1000, Double.NaN));
      var targets = run.of(row(1, 0, 0.5, 1, 0, 0, 1, 0));
      var losses = run.zeros(1, 8);
      run.kernel().binaryCrossEntropy(logits, targets, losses, logits);
      double half = StrictMath.log(4) - ln3 / 2;
      double ln4 = StrictMath.log(4);
      run.assertValues(losses, row(ln4 - ln3, ln4, half, ln4 / 2, 1000, 0, 1000, Double.NaN));
      run.assertValues(logits, row(-0.25, 0.75, -0.25, -0.5, 1, 0, -1, Double.NaN));
    });
  }

  /// log(1 + e^x) over the range of floats: the loss of logit x with target 0.
  @Test
  void binaryCrossEntropyIsAccurate() {
    int columns = 5_000;
    KERNELS.forEach(run -> {
      double allowed = run.type() == ElementType.FLOAT32 ? 3e-7 : 1e-15;
      var x = run.zeros(1, columns);
      for (int c = 0; c < columns; c++) {
        x.set(0, c, (c - columns / 2) * 0.034);
      }
      var losses = run.zeros(1, columns);
      var gradient = run.zeros(1, columns);
      run.kernel().binaryCrossEntropy(x, run.zeros(1, columns), losses, gradient);
      for (int c = 0; c < columns; c++) {
        double e = StrictMath.exp(-Math.abs(x.get(0, c)));
        double loss = Math.max(x.get(0, c), 0) + StrictMath.log1p(e);
        double slope = (x.get(0, c) >= 0 ? 1 : e) / (1 + e);
        assertEquals(1, losses.get(0, c) / loss, allowed, "loss of " + x.get(0, c));
        assertEquals(1, gradient.get(0, c) / slope, allowed, "gradient at " + x.get(0, c));
      }
    });
  }

  @Test
  void parametersAreChecked() {
    assertRefused("alpha must be finite", () -> Activation.affine(1e300, 0));
    assertRefused("beta must be finite", () -> Activation.hardSigmoid(1, Double.NaN));
    assertRefused("alpha of ELU must not be negative, was -1.0", () -> Activation.elu(-1));
    assertRefused("must not be negative, was -0.5", () -> Activation.leakyRelu(-0.5));
    assertRefused("must not be negative, was -1.0", () -> Activation.thresholdedRelu(-1));
    assertRefused("alpha of SCALED_TANH must not be 0", () -> Activation.scaledTanh(1e-60, 1));
    assertRefused("alpha times beta must be finite", () -> Activation.scaledTanh(1e30, 1e30));
    assertRefused(
        "SOFTPLUS has no alpha", () -> new Activation(Activation.Function.SOFTPLUS, 1, 0));
    assertRefused("TANH has no alpha", () -> new Activation(Activation.Function.TANH, 1, 0));
    assertRefused("ELU has no beta", () -> new Activation(Activation.Function.ELU, 1, 2));
  }

  private static void assertRefused(String message, Executable call) {
    var refused = assertThrows(IllegalArgumentException.class, call);
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }

  @Test
  void functionsHaveTheirKnownValues() {
    KERNELS.forEach(run -> {
      var x = run.of(row(0, Math.log(2), -Math.log(3), 1000, -1000, Double.NaN));
      var t = run.zeros(1, 6);
      run.kernel().exp(x, t);
      run.assertValues(t, row(1, 2, 1 / 3.0, Double.POSITIVE_INFINITY, 0, Double.NaN));
      run.kernel().sigmoid(x, t);
      run.assertValues(t, row(0.5, 2 / 3.0, 0.25, 1, 0, Double.NaN));
      // tanh(ln a) = (a² - 1)/(a² + 1)
      run.kernel().tanh(x, t);
      run.assertValues(t, row(0, 0.6, -0.8, 1, -1, Double.NaN));
      run.kernel().relu(x, t);
      run.assertValues(t, row(0, Math.log(2), 0, 1000, 0, Double.NaN));
    });
  }

  @Test
  void gradientsAreAddedToTheTarget() {
    KERNELS.forEach(run -> {
      var y = run.of(row(0.5, -0.25, 0, 1));
      var gradient = run.of(row(2, 4, 6, 8));
      var t = run.of(row(1, 1, 1, 1));
      // 1 + 2·0.75, 1 + 4·0.9375, 1 + 6, 1
      run.kernel().tanhBackward(y, gradient, t);
      run.assertValues(t, row(2.5, 4.75, 7, 1));
      // + 2·0.25, + 4·(-0.25·1.25), + 0, + 0
      run.kernel().sigmoidBackward(y, gradient, t);
      run.assertValues(t, row(3, 3.5, 7, 1));
      run.kernel().reluBackward(y, gradient, t);
      run.assertValues(t, row(5, 3.5, 7, 9));
    });
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    double step = 1e-5;
    KERNELS.onFloat64(run -> {
      double[] at = {-2, -0.7, 0.3, 1.9};
      var x = run.of(at);
      var higher = run.zeros(1, at.length);
      var lower = run.zeros(1, at.length);
      for (int c = 0; c < at.length; c++) {
        higher.set(0, c, at[c] + step);
        lower.set(0, c, at[c] - step);
      }
      var one = run.of(row(1, 1, 1, 1));
      var y = run.zeros(1, at.length);
      var gradient = run.zeros(1, at.length);

      run.kernel().tanh(x, y);
      run.kernel().tanhBackward(y, one, gradient);
      run.kernel().tanh(higher, higher);
      run.kernel().tanh(lower, lower);
      assertDifferences(gradient, higher, lower, step);

      for (int c = 0; c < at.length; c++) {
        higher.set(0, c, at[c] + step);
        lower.set(0, c, at[c] - step);
      }
      gradient.clear();
      run.kernel().sigmoid(x, y);
      run.kernel().sigmoidBackward(y, one, gradient);
      run.kernel().sigmoid(higher, higher);
      run.kernel().sigmoid(lower, lower);
      assertDifferences(gradient, higher, lower, step);
    });
  }

  private static void assertDifferences(Tensor gradient, Tensor higher, Tensor lower, double step) {
    for (int c = 0; c < gradient.columns(); c++) {
      double slope = (higher.get(0, c) - lower.get(0, c)) / (2 * step);
      // central differences: the error is of the order of step²
      assertEquals(slope, gradient.get(0, c), 1e-9);
    }
  }
}
