package dev.rondo.optim;

import static dev.rondo.optim.ParameterSlot.rows;

import dev.rondo.optim.ParameterSlot.UpdateCount;
import dev.rondo.tensor.Tensor;

/// Stochastic gradient descent with momentum, Nesterov's momentum, dampening and weight decay, as
/// PyTorch's `torch.optim.SGD`.
///
///     g = gradient + weightDecay·value
///     velocity = momentum·velocity + (1 - dampening)·g      velocity = g the first time
///     value -= learningRate·(nesterov ? g + momentum·velocity : velocity)
///
/// Without momentum, `velocity` is `g` and there is no state; with it, [Optimizer#state()] holds
/// `<parameter>.momentum_buffer` (the velocity). Keras has the learning rate inside the velocity:
/// the same as long as the rate does not change.
///
///     var sgd = Optimizer.of(parameters, Sgd.of(0.1).momentum(0.9).nesterov(true));
///
/// @param learningRate the first learning rate, not negative
/// @param momentum share of the velocity that is kept, not negative; 0 for none
/// @param dampening share of the gradient that the velocity omits; 0 for none
/// @param nesterov whether the step looks ahead along the new velocity
/// @param weightDecay factor of the value that is added to the gradient, not negative
public record Sgd(
    double learningRate, double momentum, double dampening, boolean nesterov, double weightDecay)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule, or if Nesterov's momentum is
  ///   combined with no momentum or with dampening
  public Sgd {
    Checks.notNegative("learningRate", learningRate);
    Checks.notNegative("momentum", momentum);
    Checks.notNegative("weightDecay", weightDecay);
    if (!Double.isFinite(dampening)) {
      throw new IllegalArgumentException("dampening must be finite, was " + dampening);
    }
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new IllegalArgumentException(
          "nesterov needs momentum and no dampening, momentum was %s and dampening %s"
              .formatted(momentum, dampening));
    }
  }

  /// Plain gradient descent, as PyTorch's defaults: no momentum, no dampening, no weight decay.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Sgd of(double learningRate) {
    return new Sgd(learningRate, 0, 0, false, 0);
  }

  /// The same with another momentum.
  public Sgd momentum(double newMomentum) {
    return new Sgd(learningRate, newMomentum, dampening, nesterov, weightDecay);
  }

  /// The same with another dampening.
  public Sgd dampening(double newDampening) {
    return new Sgd(learningRate, momentum, newDampening, nesterov, weightDecay);
  }

  /// The same with or without Nesterov's momentum; set the momentum first.
  public Sgd nesterov(boolean newNesterov) {
    return new Sgd(learningRate, momentum, dampening, newNesterov, weightDecay);
  }

  /// The same with another weight decay.
  public Sgd weightDecay(double newWeightDecay) {
    return new Sgd(learningRate, momentum, dampening, nesterov, newWeightDecay);
  }

  /// The same with another learning rate.
  public Sgd learningRate(double newLearningRate) {
    return new Sgd(newLearningRate, momentum, dampening, nesterov, weightDecay);
  }

  @Override
  public String name() {
    return "sgd";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return momentum == 0 ? new Plain(this, slot) : new WithMomentum(this, slot);
  }

  private static final class Plain implements Update {
    private final Sgd sgd;
    private final ParameterSlot slot;
    private double rate;

    Plain(Sgd sgd, ParameterSlot slot) {
      this.sgd = sgd;
      this.slot = slot;
    }

    @Override
    public void prepare(double learningRate) {
      rate = learningRate;
    }

    @Override
    public void run(int from, int size) {
      slot.kernels()
          .sgd(
              rows(slot.value(), from, size),
              rows(slot.gradient(), from, size),
              rate,
              sgd.weightDecay);
    }
  }

  private static final class WithMomentum implements Update {
    private final Sgd sgd;
    private final ParameterSlot slot;
    private final Tensor velocity;
    private final UpdateCount count;
    private double rate;
    private double dampened;

    WithMomentum(Sgd sgd, ParameterSlot slot) {
      this.sgd = sgd;
      this.slot = slot;
      this.velocity = slot.state("momentum_buffer");
      this.count = slot.count();
    }

    @Override
    public void prepare(double learningRate) {
      rate = learningRate;
      dampened = count.next() == 1 ? 1 : 1 - sgd.dampening;
    }

    @Override
    public void run(int from, int size) {
      slot.kernels()
          .momentum(
              rows(slot.value(), from, size),
              rows(slot.gradient(), from, size),
              rows(velocity, from, size),
              rate,
              sgd.momentum,
              dampened,
              sgd.nesterov,
              sgd.weightDecay);
    }
  }
}
