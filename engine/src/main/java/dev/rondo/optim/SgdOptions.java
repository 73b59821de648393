package dev.rondo.optim;

/// Hyperparameters of [Sgd]; PyTorch's names, rules and defaults.
///
/// @param learningRate the first learning rate, not negative
/// @param momentum how much of the velocity is kept, not negative; 0 for none
/// @param dampening how much of the gradient the velocity leaves out; 0 for nothing
/// @param nesterov whether the step looks ahead along the new velocity
/// @param weightDecay times the value is added to the gradient, not negative
public record SgdOptions(
    double learningRate, double momentum, double dampening, boolean nesterov, double weightDecay)
    implements OptimizerOptions {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule, or if Nesterov's momentum is
  ///   combined with no momentum or with dampening
  public SgdOptions {
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

  /// These options with another momentum.
  public SgdOptions momentum(double newMomentum) {
    return new SgdOptions(learningRate, newMomentum, dampening, nesterov, weightDecay);
  }

  /// These options with another dampening.
  public SgdOptions dampening(double newDampening) {
    return new SgdOptions(learningRate, momentum, newDampening, nesterov, weightDecay);
  }

  /// These options with Nesterov's momentum or without; set the momentum first.
  public SgdOptions nesterov(boolean newNesterov) {
    return new SgdOptions(learningRate, momentum, dampening, newNesterov, weightDecay);
  }

  /// These options with another weight decay.
  public SgdOptions weightDecay(double newWeightDecay) {
    return new SgdOptions(learningRate, momentum, dampening, nesterov, newWeightDecay);
  }

  /// These options with another learning rate.
  public SgdOptions learningRate(double newLearningRate) {
    return new SgdOptions(newLearningRate, momentum, dampening, nesterov, weightDecay);
  }
}
