package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
class AdaptiveUpdatesTest {
  private static final Implementations<Updates> KERNELS =
      new Implementations<>(new ScalarUpdates(), new VectorUpdates(), new DoubleUpdates());

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-8})
  void amsgradGivesTheSameBits(double epsilon) {
    var step = new Updates.AdamStep(1e-3, 1.2, 0.9, 0.999, epsilon, 0.01, 0.99);
    KERNELS.assertSameBits((kernel, o) ->
        kernel.amsgrad(
            o.updated(),
            o.source(),
            o.updated(),
            o.updatedNonNegative(),
            o.updatedNonNegative(),
            step));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-8})
  void nadamGivesTheSameBits(double epsilon) {
    var step = new Updates.NAdamStep(2e-3, 3e-3, 1.2, 0.9, 0.999, epsilon, 0.01, 0.99);
    KERNELS.assertSameBits((kernel, o) ->
        kernel.nadam(o.updated(), o.source(), o.updated(), o.updatedNonNegative(), step));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-10})
  void adagradGivesTheSameBits(double epsilon) {
    KERNELS.assertSameBits((kernel, o) ->
        kernel.adagrad(o.updated(), o.source(), o.updatedNonNegative(), 0.1, epsilon, 0.01));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-6})
  void adadeltaGivesTheSameBits(double epsilon) {
    KERNELS.assertSameBits((kernel, o) ->
        kernel.adadelta(
            o.updated(),
            o.source(),
            o.updatedNonNegative(),
            o.updatedNonNegative(),
            0.7,
            0.9,
            epsilon,
            0.01));
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, 0",
    "false, false, 1e-8",
    "false, true, 0",
    "false, true, 1e-8",
    "true, false, 0",
    "true, false, 1e-8",
    "true, true, 0",
    "true, true, 1e-8"
  })
  void rmsPropGivesTheSameBits(boolean centred, boolean momentum, double epsilon) {
    var step = new Updates.RmsPropStep(0.1, 0.99, epsilon, 0.9, 0.01);
    KERNELS.assertSameBits((kernel, o) ->
        kernel.rmsProp(
            o.updated(),
            o.source(),
            o.updatedNonNegative(),
            centred ? o.updated() : null,
            momentum ? o.updated() : null,
            step));
  }

  @Test
  void averagesGiveTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.average(o.updated(), o.source(), 0.3));
  }

  @Test
  void anAverageGoesPartOfTheWay() {
    KERNELS.forEach(run -> {
      var average = run.of(row(1, -2, 5));
      run.kernel().average(average, run.of(row(3, 2, 5)), 0.25);
      run.assertValues(average, row(1.5, -1, 5));
    });
  }

  /// mean = 2.8/3 + 0.25·(2 - 2.8/3) = 1.2 and squares = 0.25·2² = 1 do not fit together: the
  /// variance would be -0.44, and its root NaN. As 0 it leaves epsilon: 1 - 0.1·2/0.5.
  @Test
  void aVarianceBelowZeroIsZero() {
    var step = new Updates.RmsPropStep(0.1, 0.75, 0.5, 0, 0);
    KERNELS.forEach(run -> {
      var value = run.of(row(1));
      var squares = run.of(row(0));
      var mean = run.of(row(2.8 / 3));
      run.kernel().rmsProp(value, run.of(row(2)), squares, mean, null, step);
      run.assertValues(mean, row(1.2));
      run.assertValues(squares, row(1));
      run.assertValues(value, row(0.6));
    });
  }

  /// The largest is NaN once it has seen one, as in PyTorch.
  @Test
  void theLargestVarianceKeepsNaN() {
    var step = new Updates.AdamStep(0.1, 1, 0.5, 0.5, 0, 0, 1);
    KERNELS.forEach(run -> {
      var largest = run.of(row(Double.NaN, 4, 1));
      var value = run.of(row(1, 1, 1));
      var gradient = run.of(row(2, 2, 2));
      run.kernel().amsgrad(value, gradient, run.zeros(1, 3), run.zeros(1, 3), largest, step);
      // variance = 0.5·4 = 2, mean = 1: 1 - 0.1·1/√4
      run.assertValues(largest, row(Double.NaN, 4, 2));
      run.assertValues(value, row(Double.NaN, 0.95, 1 - 0.1 / Math.sqrt(2)));
    });
  }
}
