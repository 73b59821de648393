package dev.rondo.optim;

import static dev.rondo.optim.ParameterSlot.rows;

import dev.rondo.kernel.Updates.AdamStep;
import dev.rondo.optim.ParameterSlot.UpdateCount;
import dev.rondo.tensor.Tensor;

/// Adam, as PyTorch's `torch.optim.Adam`; `t` counts a parameter's updates from 1.
///
///     g = gradient + weightDecay·value
///     mean = mean + (1 - beta1)·(g - mean)
///     variance = beta2·variance + (1 - beta2)·g²
///     value -= learningRate/(1 - beta1^t) · mean / (√variance/√(1 - beta2^t) + epsilon)
///
/// With AMSGrad the last line uses the largest variance so far, so that steps do not grow when
/// gradients shrink. [Optimizer#state()] holds `<parameter>.exp_avg` (the mean),
/// `<parameter>.exp_avg_sq` (the variance) and, with AMSGrad, `<parameter>.max_exp_avg_sq`. The
/// weight decay is part of the gradient here, so it is divided by the root of the variance; [AdamW]
/// keeps it separate.
///
/// Keras adds epsilon, by default 1e-7, before the variance is corrected (the paper's "epsilon
/// hat"): it acts like epsilon/√(1 - beta2^t) here.
///
///     var adam = Optimizer.of(parameters, Adam.of(2e-3).beta2(0.98));
///
/// Source: D. Kingma, J. Ba, "Adam: A method for stochastic optimization", 2014; S. Reddi, S. Kale,
/// S. Kumar, "On the convergence of Adam and beyond", 2018 (AMSGrad, there without bias
/// correction).
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 share of the mean of gradients that is kept, in [0, 1)
/// @param beta2 share of the mean of squared gradients that is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay factor of the value that is added to the gradient, not negative
/// @param amsgrad whether the largest variance so far replaces the variance
public record Adam(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean amsgrad)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public Adam {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay, no AMSGrad.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Adam of(double learningRate) {
    return new Adam(learningRate, 0.9, 0.999, 1e-8, 0, false);
  }

  /// The same with another decay of the mean.
  public Adam beta1(double newBeta1) {
    return new Adam(learningRate, newBeta1, beta2, epsilon, weightDecay, amsgrad);
  }

  /// The same with another decay of the mean of squares.
  public Adam beta2(double newBeta2) {
    return new Adam(learningRate, beta1, newBeta2, epsilon, weightDecay, amsgrad);
  }

  /// The same with another addend of the denominator.
  public Adam epsilon(double newEpsilon) {
    return new Adam(learningRate, beta1, beta2, newEpsilon, weightDecay, amsgrad);
  }

  /// The same with another weight decay.
  public Adam weightDecay(double newWeightDecay) {
    return new Adam(learningRate, beta1, beta2, epsilon, newWeightDecay, amsgrad);
  }

  /// The same with or without AMSGrad.
  public Adam amsgrad(boolean newAmsgrad) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, newAmsgrad);
  }

  /// The same with another learning rate.
  public Adam learningRate(double newLearningRate) {
    return new Adam(newLearningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }

  @Override
  public String name() {
    return "adam";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Moments(slot, amsgrad, this::step);
  }

  private AdamStep step(long t, double rate) {
    return new AdamStep(
        rate / (1 - StrictMath.pow(beta1, (double) t)),
        1 / StrictMath.sqrt(1 - StrictMath.pow(beta2, (double) t)),
        beta1,
        beta2,
        epsilon,
        weightDecay,
        1);
  }

  /// The constants of a parameter's update `t`; the first one is update 1.
  @FunctionalInterface
  interface Numbers {
    AdamStep at(long t, double learningRate);
  }

  /// The update common to [Adam], [AdamW] and [RAdam], which differ only in its constants.
  static final class Moments implements Update {
    private final ParameterSlot slot;
    private final Numbers numbers;
    private final Tensor mean;
    private final Tensor variance;
    private final Tensor largest;
    private final UpdateCount count;
    private AdamStep step;

    Moments(ParameterSlot slot, boolean amsgrad, Numbers numbers) {
      this.slot = slot;
      this.numbers = numbers;
      this.mean = slot.state("exp_avg");
      this.variance = slot.state("exp_avg_sq");
      this.largest = amsgrad ? slot.state("max_exp_avg_sq") : null;
      this.count = slot.count();
    }

    @Override
    public void prepare(double learningRate) {
      step = numbers.at(count.next(), learningRate);
    }

    @Override
    public void run(int from, int size) {
      var w = rows(slot.value(), from, size);
      var g = rows(slot.gradient(), from, size);
      var m = rows(mean, from, size);
      var v = rows(variance, from, size);
      if (largest == null) {
        slot.kernels().adam(w, g, m, v, step);
      } else {
        slot.kernels().amsgrad(w, g, m, v, rows(largest, from, size), step);
      }
    }
  }
}
