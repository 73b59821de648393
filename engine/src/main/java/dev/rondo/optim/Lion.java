package dev.rondo.optim;

/// Lion: steps of one length along the sign of a mean of gradients; as the paper's authors' code.
///
///     direction = sign(beta1·mean + (1 - beta1)·gradient)
///     value -= learningRate·(direction + weightDecay·value)
///     mean = beta2·mean + (1 - beta2)·gradient
///
/// [Optimizer#state()] holds `<parameter>.exp_avg` (the mean). Every element moves by the learning
/// rate: good rates are 3 to 10 times smaller than Adam's, good weight decays as much larger. Keras
/// has the same formula and defaults.
///
///     var lion = Optimizer.of(parameters, Lion.of(3e-4).weightDecay(0.1));
///
/// Computed in double and rounded to the element type once, element by element.
///
/// Source: X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
///
/// @param learningRate the first learning rate, not negative
/// @param beta1 share of the mean in the direction, in [0, 1)
/// @param beta2 how much of the mean is kept, in [0, 1)
/// @param weightDecay times the learning rate is taken off the value, relative to it, not negative
public record Lion(double learningRate, double beta1, double beta2, double weightDecay)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public Lion {
    Checks.notNegative("learningRate", learningRate);
    Checks.belowOne("beta1", beta1);
    Checks.belowOne("beta2", beta2);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// The authors' defaults: beta1 0.9, beta2 0.99, no weight decay; their learning rate is 1e-4.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Lion of(double learningRate) {
    return new Lion(learningRate, 0.9, 0.99, 0);
  }

  /// The same with another share of the mean.
  public Lion beta1(double newBeta1) {
    return new Lion(learningRate, newBeta1, beta2, weightDecay);
  }

  /// The same with another decay of the mean.
  public Lion beta2(double newBeta2) {
    return new Lion(learningRate, beta1, newBeta2, weightDecay);
  }

  /// The same with another weight decay.
  public Lion weightDecay(double newWeightDecay) {
    return new Lion(learningRate, beta1, beta2, newWeightDecay);
  }

  /// The same with another learning rate.
  public Lion learningRate(double newLearningRate) {
    return new Lion(newLearningRate, beta1, beta2, weightDecay);
  }

  @Override
  public String name() {
    return "lion";
  }

  @Override
  public Update update(ParameterSlot slot) {
    var value = slot.value();
    var gradient = slot.gradient();
    var mean = slot.state("exp_avg");
    return new Update() {
      private double rate;

      @Override
      public void prepare(double learningRate) {
        rate = learningRate;
      }

      @Override
      public void run(int from, int size) {
        for (int r = from; r < from + size; r++) {
          for (int c = 0; c < value.columns(); c++) {
            double w = value.get(r, c);
            double g = gradient.get(r, c);
            double m = mean.get(r, c);
            double direction = Math.signum(beta1 * m + (1 - beta1) * g);
            value.set(r, c, w - rate * (direction + weightDecay * w));
            mean.set(r, c, beta2 * m + (1 - beta2) * g);
          }
        }
      }
    };
  }
}
