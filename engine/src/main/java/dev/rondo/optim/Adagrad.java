package dev.rondo.optim;

import static dev.rondo.optim.ParameterSlot.rows;

import dev.rondo.optim.ParameterSlot.UpdateCount;
import dev.rondo.tensor.Tensor;

/// Adagrad, as PyTorch's `torch.optim.Adagrad`; `t` counts a parameter's updates from 1.
///
///     g = gradient + weightDecay·value
///     sum = sum + g²
///     value -= learningRate/(1 + (t - 1)·learningRateDecay) · g / (√sum + epsilon)
///
/// [Optimizer#state()] holds `<parameter>.sum`. The sums start from 0, as in PyTorch. Keras and
/// TensorFlow start from 0.1, and Keras adds its epsilon of 1e-7 under the root.
///
/// Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and
/// stochastic optimization", 2011.
///
/// @param learningRate the first learning rate, not negative
/// @param learningRateDecay decay of the rate with the number of updates, not negative
/// @param weightDecay factor of the value that is added to the gradient, not negative
/// @param initialAccumulator initial value of the sums, not negative; PyTorch's
///   `initial_accumulator_value`
/// @param epsilon added to the denominator, not negative
public record Adagrad(
    double learningRate,
    double learningRateDecay,
    double weightDecay,
    double initialAccumulator,
    double epsilon)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public Adagrad {
    Checks.notNegative("learningRate", learningRate);
    Checks.notNegative("learningRateDecay", learningRateDecay);
    Checks.notNegative("weightDecay", weightDecay);
    Checks.notNegative("initialAccumulator", initialAccumulator);
    Checks.notNegative("epsilon", epsilon);
  }

  /// PyTorch's defaults: sums from 0, epsilon 1e-10, no weight decay, no decay of the learning
  /// rate.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Adagrad of(double learningRate) {
    return new Adagrad(learningRate, 0, 0, 0, 1e-10);
  }

  /// The same with another decay of the learning rate.
  public Adagrad learningRateDecay(double newLearningRateDecay) {
    return new Adagrad(
        learningRate, newLearningRateDecay, weightDecay, initialAccumulator, epsilon);
  }

  /// The same with another weight decay.
  public Adagrad weightDecay(double newWeightDecay) {
    return new Adagrad(
        learningRate, learningRateDecay, newWeightDecay, initialAccumulator, epsilon);
  }

  /// The same with another initial value of the sums.
  public Adagrad initialAccumulator(double newInitialAccumulator) {
    return new Adagrad(
        learningRate, learningRateDecay, weightDecay, newInitialAccumulator, epsilon);
  }

  /// The same with another addend of the denominator.
  public Adagrad epsilon(double newEpsilon) {
    return new Adagrad(
        learningRate, learningRateDecay, weightDecay, initialAccumulator, newEpsilon);
  }

  /// The same with another learning rate.
  public Adagrad learningRate(double newLearningRate) {
    return new Adagrad(
        newLearningRate, learningRateDecay, weightDecay, initialAccumulator, epsilon);
  }

  @Override
  public String name() {
    return "adagrad";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Rule(this, slot);
  }

  private static final class Rule implements Update {
    private final Adagrad adagrad;
    private final ParameterSlot slot;
    private final Tensor sum;
    private final UpdateCount count;
    private double stepSize;

    Rule(Adagrad adagrad, ParameterSlot slot) {
      this.adagrad = adagrad;
      this.slot = slot;
      this.sum = slot.state("sum");
      this.count = slot.count();
      sum.fill(adagrad.initialAccumulator);
    }

    @Override
    public void prepare(double learningRate) {
      stepSize = learningRate / (1 + (count.next() - 1) * adagrad.learningRateDecay);
    }

    @Override
    public void run(int from, int size) {
      slot.kernels()
          .adagrad(
              rows(slot.value(), from, size),
              rows(slot.gradient(), from, size),
              rows(sum, from, size),
              stepSize,
              adagrad.epsilon,
              adagrad.weightDecay);
    }
  }
}
