package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
class UpdatesTest {
  private static final Implementations<Updates> KERNELS =
      new Implementations<>(new ScalarUpdates(), new VectorUpdates(), new DoubleUpdates());

  @Test
  void sgdGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.sgd(o.updated(), o.source(), 0.1, 0.01));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void momentumGivesTheSameBits(boolean nesterov) {
    KERNELS.assertSameBits((kernel, o) ->
        kernel.momentum(o.updated(), o.source(), o.updated(), 0.1, 0.9, 0.7, nesterov, 0.01));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-8})
  void adamGivesTheSameBits(double epsilon) {
    var step = new Updates.AdamStep(1e-3, 1.2, 0.9, 0.999, epsilon, 0.01, 0.99);
    KERNELS.assertSameBits((kernel, o) ->
        kernel.adam(o.updated(), o.source(), o.updated(), o.updatedNonNegative(), step));
  }

  @Test
  void sgdStepsAgainstTheGradient() {
    KERNELS.forEach(run -> {
      var value = run.of(row(1, -2));
      // 1 - 0.1·(3 + 0.5·1), -2 - 0.1·(4 + 0.5·-2)
      run.kernel().sgd(value, run.of(row(3, 4)), 0.1, 0.5);
      run.assertValues(value, row(0.65, -2.3));
    });
  }

  @Test
  void momentumRemembersTheLastStep() {
    KERNELS.forEach(run -> {
      var value = run.of(row(1));
      var velocity = run.of(row(0));
      var gradient = run.of(row(2));
      run.kernel().momentum(value, gradient, velocity, 0.1, 0.5, 1, false, 0);
      run.assertValues(velocity, row(2));
      run.assertValues(value, row(0.8));
      // dampening 0.25: v = 0.5·2 + 0.75·2
      run.kernel().momentum(value, gradient, velocity, 0.1, 0.5, 0.75, false, 0);
      run.assertValues(velocity, row(2.5));
      run.assertValues(value, row(0.55));
      // g = 2 + 0.2·0.55 = 2.11, v = 0.5·2.5 + 2.11 = 3.36, and Nesterov takes g + 0.5·v
      run.kernel().momentum(value, gradient, velocity, 0.1, 0.5, 1, true, 0.2);
      run.assertValues(velocity, row(3.36));
      run.assertValues(value, row(0.55 - 0.1 * (2.11 + 0.5 * 3.36)));
    });
  }

  @Test
  void adamsFirstStepHasTheSizeOfTheLearningRate() {
    double learningRate = 0.01;
    double beta1 = 0.9;
    double beta2 = 0.999;
    var step =
        new Updates.AdamStep(
            learningRate / (1 - beta1), 1 / Math.sqrt(1 - beta2), beta1, beta2, 1e-8, 0, 1);
    KERNELS.forEach(run -> {
      var value = run.of(row(1, 1, 1));
      var mean = run.zeros(1, 3);
      var variance = run.zeros(1, 3);
      run.kernel().adam(value, run.of(row(5, -1e-3, 0)), mean, variance, step);
      run.assertValues(value, row(1 - 0.01 * 5 / (5 + 1e-8), 1 + 0.01 * 1e-3 / (1e-3 + 1e-8), 1));
      run.assertValues(mean, row(0.5, -1e-4, 0));
      run.assertValues(variance, row(0.025, 1e-9, 0));
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void adamFollowsItsFormulaForManySteps(boolean decoupled) {
    double learningRate = 0.05;
    double beta1 = 0.8;
    double beta2 = 0.95;
    double epsilon = 1e-6;
    double decay = 0.1;
    KERNELS.forEach(run -> {
      var value = run.of(row(2));
      var gradient = run.zeros(1, 1);
      var mean = run.zeros(1, 1);
      var variance = run.zeros(1, 1);
      double w = 2;
      double m = 0;
      double v = 0;
      for (int t = 1; t <= 20; t++) {
        double given = Math.cos(t);
        if (decoupled) {
          w -= learningRate * decay * w;
        }
        double g = decoupled ? given : given + decay * w;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        double meanHat = m / (1 - Math.pow(beta1, t));
        double varianceHat = v / (1 - Math.pow(beta2, t));
        w -= learningRate * meanHat / (Math.sqrt(varianceHat) + epsilon);

        gradient.set(0, 0, given);
        run.kernel()
            .adam(
                value,
                gradient,
                mean,
                variance,
                new Updates.AdamStep(
                    learningRate / (1 - Math.pow(beta1, t)),
                    1 / Math.sqrt(1 - Math.pow(beta2, t)),
                    beta1,
                    beta2,
                    epsilon,
                    decoupled ? 0 : decay,
                    decoupled ? 1 - learningRate * decay : 1));
        run.assertValues(value, row(w));
      }
    });
  }
}
