package dev.rondo.optim;

import static dev.rondo.optim.ParameterSlot.rows;

import dev.rondo.tensor.Tensor;

/// Adadelta, as PyTorch's `torch.optim.Adadelta`: steps in the size of earlier steps.
///
///     g = gradient + weightDecay·value
///     squares = rho·squares + (1 - rho)·g²
///     delta = √(deltas + epsilon)/√(squares + epsilon) · g
///     deltas = rho·deltas + (1 - rho)·delta²
///     value -= learningRate·delta
///
/// [Optimizer#state()] holds `<parameter>.square_avg` (squares) and `<parameter>.acc_delta`
/// (deltas). The paper has no learning rate, which is PyTorch's default of 1; Keras' default is
/// 0.001, with rho 0.95 and epsilon 1e-7.
///
/// Source: M. Zeiler, "ADADELTA: An adaptive learning rate method", 2012.
///
/// @param learningRate the first learning rate, not negative
/// @param rho share of the means of squares that is kept, in [0, 1]
/// @param epsilon added to the means before their roots, not negative
/// @param weightDecay factor of the value that is added to the gradient, not negative
public record Adadelta(double learningRate, double rho, double epsilon, double weightDecay)
    implements Algorithm {
  /// Checks every value.
  ///
  /// @throws IllegalArgumentException if a value breaks its rule
  public Adadelta {
    Checks.notNegative("learningRate", learningRate);
    Checks.atMostOne("rho", rho);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  /// PyTorch's defaults: rho 0.9, epsilon 1e-6, no weight decay. PyTorch's learning rate is 1.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Adadelta of(double learningRate) {
    return new Adadelta(learningRate, 0.9, 1e-6, 0);
  }

  /// The same with another decay of the means.
  public Adadelta rho(double newRho) {
    return new Adadelta(learningRate, newRho, epsilon, weightDecay);
  }

  /// The same with another addend of the means.
  public Adadelta epsilon(double newEpsilon) {
    return new Adadelta(learningRate, rho, newEpsilon, weightDecay);
  }

  /// The same with another weight decay.
  public Adadelta weightDecay(double newWeightDecay) {
    return new Adadelta(learningRate, rho, epsilon, newWeightDecay);
  }

  /// The same with another learning rate.
  public Adadelta learningRate(double newLearningRate) {
    return new Adadelta(newLearningRate, rho, epsilon, weightDecay);
  }

  @Override
  public String name() {
    return "adadelta";
  }

  @Override
  public Update update(ParameterSlot slot) {
    return new Rule(this, slot);
  }

  private static final class Rule implements Update {
    private final Adadelta adadelta;
    private final ParameterSlot slot;
    private final Tensor squares;
    private final Tensor deltas;
    private double rate;

    Rule(Adadelta adadelta, ParameterSlot slot) {
      this.adadelta = adadelta;
      this.slot = slot;
      this.squares = slot.state("square_avg");
      this.deltas = slot.state("acc_delta");
    }

    @Override
    public void prepare(double learningRate) {
      rate = learningRate;
    }

    @Override
    public void run(int from, int size) {
      slot.kernels()
          .adadelta(
              rows(slot.value(), from, size),
              rows(slot.gradient(), from, size),
              rows(squares, from, size),
              rows(deltas, from, size),
              rate,
              adadelta.rho,
              adadelta.epsilon,
              adadelta.weightDecay);
    }
  }
}
