package dev.rondo.optim;

import static dev.rondo.optim.ParameterSlot.rows;

import dev.rondo.kernel.Updates.RmsPropStep;
import dev.rondo.tensor.Tensor;

/// RMSProp, as PyTorch's `torch.optim.RMSprop`.
///
///     g = gradient + weightDecay·value
///     squares = alpha·squares + (1 - alpha)·g²
///     mean = mean + (1 - alpha)·(g - mean)                                    centred
///     scaled = g / (√(centred ? max(squares - mean², 0) : squares) + epsilon)
///     velocity = momentum·velocity + scaled                                   with momentum
///     value -= learningRate·(momentum = 0 ? scaled : velocity)
///
/// [Optimizer#state()] holds `<parameter>.square_avg` (squares), with momentum
/// `<parameter>.momentum_buffer` (velocity), and if centred `<parameter>.grad_avg` (mean).
///
/// Frameworks differ: TensorFlow 1 and Keras 3 add epsilon under the root, TensorFlow 1 and Keras
/// have the learning rate inside the velocity, and Keras' defaults are alpha 0.9 (its `rho`) and
/// epsilon 1e-7. PyTorch does not limit the difference to at least 0: where rounding makes it
/// negative, as with constant gradients, its values become NaN.
///
/// Source: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012; centred: A. Graves,
/// "Generating sequences with recurrent neural networks", 2013.
///
/// @param learningRate the first learning rate, not negative
/// @param alpha share of the mean of squared gradients that is kept, in [0, 1]
/// @param epsilon added to the denominator, not negative
/// @param weightDecay factor of the value that is added to the gradient, not negative
/// @param momentum share of the velocity that is kept, not negative; 0 for none
/// @param centred whether the square of the mean gradient is subtracted from the mean of squares;
///   PyTorch's `centered`
public record RmsProp(
    double learningRate,
    double alpha,
    double epsilon,
    double weightDecay,
    double momentum,
    boolean centred)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public RmsProp {
    Checks.notNegative("learningRate", learningRate);
    Checks.atMostOne("alpha", alpha);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
    Checks.notNegative("momentum", momentum);
  }

  /// PyTorch's defaults: alpha 0.99, epsilon 1e-8, no weight decay, no momentum, not centred.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static RmsProp of(double learningRate) {
    return new RmsProp(learningRate, 0.99, 1e-8, 0, 0, false);
  }

  /// The same with another decay of the means.
  public RmsProp alpha(double newAlpha) {
    return new RmsProp(learningRate, newAlpha, epsilon, weightDecay, momentum, centred);
  }

  /// The same with another addend of the denominator.
  public RmsProp epsilon(double newEpsilon) {
    return new RmsProp(learningRate, alpha, newEpsilon, weightDecay, momentum, centred);
  }

  /// The same with another weight decay.
  public RmsProp weightDecay(double newWeightDecay) {
    return new RmsProp(learningRate, alpha, epsilon, newWeightDecay, momentum, centred);
  }

  /// The same with another momentum.
  public RmsProp momentum(double newMomentum) {
    return new RmsProp(learningRate, alpha, epsilon, weightDecay, newMomentum, centred);
  }

  /// The same with the variance about the mean, or about zero.
  public RmsProp centred(boolean newCentred) {
    return new RmsProp(learningRate, alpha, epsilon, weightDecay, momentum, newCentred);
  }

  /// The same with another learning rate.
  public RmsProp learningRate(double newLearningRate) {
    return new RmsProp(newLearningRate, alpha, epsilon, weightDecay, momentum, centred);
  }

  @Override
  public String name() {
    return "rmsprop";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Rule(this, slot);
  }

  private static final class Rule implements Update {
    private final RmsProp rmsProp;
    private final ParameterSlot slot;
    private final Tensor squares;
    private final Tensor velocity;
    private final Tensor mean;
    private RmsPropStep step;

    Rule(RmsProp rmsProp, ParameterSlot slot) {
      this.rmsProp = rmsProp;
      this.slot = slot;
      this.squares = slot.state("square_avg");
      this.velocity = rmsProp.momentum == 0 ? null : slot.state("momentum_buffer");
      this.mean = rmsProp.centred ? slot.state("grad_avg") : null;
    }

    @Override
    public void prepare(double learningRate) {
      step =
          new RmsPropStep(
              learningRate, rmsProp.alpha, rmsProp.epsilon, rmsProp.momentum, rmsProp.weightDecay);
    }

    @Override
    public void run(int from, int size) {
      slot.kernels()
          .rmsProp(
              rows(slot.value(), from, size),
              rows(slot.gradient(), from, size),
              rows(squares, from, size),
              mean == null ? null : rows(mean, from, size),
              velocity == null ? null : rows(velocity, from, size),
              step);
    }
  }
}
