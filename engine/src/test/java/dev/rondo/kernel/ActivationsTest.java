package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

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
