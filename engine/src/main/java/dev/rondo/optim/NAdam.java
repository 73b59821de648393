package dev.rondo.optim;

import static dev.rondo.optim.ParameterSlot.rows;

import dev.rondo.kernel.Updates.NAdamStep;
import dev.rondo.optim.ParameterSlot.UpdateCount;
import dev.rondo.tensor.Tensor;

/// Adam with Nesterov's momentum, as PyTorch's `torch.optim.NAdam`; `t` counts a parameter's
/// updates from 1.
///
///     g = gradient + weightDecay·value
///     mean = mean + (1 - beta1)·(g - mean)
///     variance = beta2·variance + (1 - beta2)·g²
///     μ(t) = beta1·(1 - 0.96^(t·momentumDecay)/2)
///     product = product·μ(t)
///     step = (1 - μ(t))/(1 - product)·g + μ(t+1)/(1 - product·μ(t+1))·mean
///     value -= learningRate·step / (√variance/√(1 - beta2^t) + epsilon)
///
/// Decoupled weight decay multiplies the value by 1 - learningRate·weightDecay first.
/// [Optimizer#state()] holds `<parameter>.exp_avg`, `<parameter>.exp_avg_sq` and
/// `<parameter>.mu_product`, a float64 `[1]`. Keras has the same formula with a fixed momentum
/// decay of 0.004 and an epsilon of 1e-7.
///
/// Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 share of the mean of gradients that is kept, in [0, 1)
/// @param beta2 share of the mean of squared gradients that is kept, in [0, 1)
/// @param epsilon added to the denominator, not negative
/// @param weightDecay not negative; see `decoupled`
/// @param momentumDecay rate at which the momentum approaches `beta1`, not negative
/// @param decoupled whether weight decay shrinks the value before the step, as in [AdamW];
///   otherwise it is added to the gradient
public record NAdam(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double momentumDecay,
    boolean decoupled)
    implements Algorithm {
  /// The paper's: at t·momentumDecay = 17 the momentum is halfway from beta1/2 to beta1.
  private static final double APPROACH = 0.96;

  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public NAdam {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
    Checks.notNegative("momentumDecay", momentumDecay);
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay, momentum decay
  /// 4e-3.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static NAdam of(double learningRate) {
    return new NAdam(learningRate, 0.9, 0.999, 1e-8, 0, 4e-3, false);
  }

  /// The same with another decay of the mean.
  public NAdam beta1(double newBeta1) {
    return new NAdam(learningRate, newBeta1, beta2, epsilon, weightDecay, momentumDecay, decoupled);
  }

  /// The same with another decay of the mean of squares.
  public NAdam beta2(double newBeta2) {
    return new NAdam(learningRate, beta1, newBeta2, epsilon, weightDecay, momentumDecay, decoupled);
  }

  /// The same with another addend of the denominator.
  public NAdam epsilon(double newEpsilon) {
    return new NAdam(learningRate, beta1, beta2, newEpsilon, weightDecay, momentumDecay, decoupled);
  }

  /// The same with another weight decay.
  public NAdam weightDecay(double newWeightDecay) {
    return new NAdam(learningRate, beta1, beta2, epsilon, newWeightDecay, momentumDecay, decoupled);
  }

  /// The same with another approach of the momentum.
  public NAdam momentumDecay(double newMomentumDecay) {
    return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, newMomentumDecay, decoupled);
  }

  /// The same with weight decay separate from the gradient, or added to it.
  public NAdam decoupled(boolean newDecoupled) {
    return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, newDecoupled);
  }

  /// The same with another learning rate.
  public NAdam learningRate(double newLearningRate) {
    return new NAdam(newLearningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, decoupled);
  }

  @Override
  public String name() {
    return "nadam";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Rule(this, slot);
  }

  private NAdamStep step(long t, Tensor product, double rate) {
    double mu = momentum(t);
    double next = momentum(t + 1);
    double soFar = product.scalar() * mu;
    product.set(0, 0, soFar);
    return new NAdamStep(
        rate * (1 - mu) / (1 - soFar),
        rate * next / (1 - soFar * next),
        1 / StrictMath.sqrt(1 - StrictMath.pow(beta2, (double) t)),
        beta1,
        beta2,
        epsilon,
        decoupled ? 0 : weightDecay,
        decoupled ? 1 - rate * weightDecay : 1);
  }

  private double momentum(long t) {
    return beta1 * (1 - 0.5 * StrictMath.pow(APPROACH, t * momentumDecay));
  }

  private static final class Rule implements Update {
    private final NAdam nadam;
    private final ParameterSlot slot;
    private final Tensor mean;
    private final Tensor variance;
    private final Tensor product;
    private final UpdateCount count;
    private NAdamStep step;

    Rule(NAdam nadam, ParameterSlot slot) {
      this.nadam = nadam;
      this.slot = slot;
      this.mean = slot.state("exp_avg");
      this.variance = slot.state("exp_avg_sq");
      this.product = slot.number("mu_product", 1);
      this.count = slot.count();
    }

    @Override
    public void prepare(double learningRate) {
      step = nadam.step(count.next(), product, learningRate);
    }

    @Override
    public void run(int from, int size) {
      slot.kernels()
          .nadam(
              rows(slot.value(), from, size),
              rows(slot.gradient(), from, size),
              rows(mean, from, size),
              rows(variance, from, size),
              step);
    }
  }
}
