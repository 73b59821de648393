package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Updates.AdamStep;
import java.util.List;

/// Adam whose first steps do without the variance as long as it is known from too few gradients, as
/// PyTorch's `torch.optim.RAdam`; `t` counts a parameter's updates from 1. That takes the place of a warm-up.
///
///     g = gradient + weightDecay·value
///     mean = mean + (1 - beta1)·(g - mean)
///     variance = beta2·variance + (1 - beta2)·g²
///     ρ∞ = 2/(1 - beta2) - 1
///     ρ = ρ∞ - 2·t·beta2^t/(1 - beta2^t)
///     r = √((ρ - 4)·(ρ - 2)·ρ∞ / ((ρ∞ - 4)·(ρ∞ - 2)·ρ))
///     scale = ρ > 5 ? r·√(1 - beta2^t)/(√variance + epsilon) : 1
///     value -= learningRate/(1 - beta1^t)·mean·scale
///
/// With the default beta2, ρ exceeds 5 from the sixth update on. The paper sets the bound to 4,
/// PyTorch and the authors' code to 5. Decoupled weight decay multiplies the value by 1 -
/// learningRate·weightDecay first. [#state()] is that of [Adam].
///
/// Source: L. Liu, H. Jiang, P. He, W. Chen, X. Liu, J. Gao, J. Han, "On the variance of the
/// adaptive learning rate and beyond", 2019.
public final class RAdam extends Optimizer {
  /// The variance is used when it is known as well as from this many gradients.
  private static final double ENOUGH_GRADIENTS = 5;

  private RAdam(
      Parameters store,
      List<Parameter> chosen,
      RAdamOptions options,
      List<ParameterGroup<RAdamOptions>> groups) {
    super(
        store,
        chosen,
        options,
        groups,
        group -> {
          var formula = new AdamFormula((t, rate) -> numbers(group, t, rate));
          return parameter -> new AdamUpdate(parameter, store, formula, false);
        });
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static RAdamOptions options(double learningRate) {
    return new RAdamOptions(learningRate, 0.9, 0.999, 1e-8, 0, false);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static RAdam of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static RAdam of(Parameters parameters, RAdamOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static RAdam of(
      Parameters parameters, RAdamOptions options, List<ParameterGroup<RAdamOptions>> groups) {
    return new RAdam(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static RAdam of(Parameters store, List<Parameter> chosen, RAdamOptions options) {
    return new RAdam(store, chosen, options, List.of());
  }

  private static AdamStep numbers(RAdamOptions options, long t, double rate) {
    double kept = StrictMath.pow(options.beta2(), (double) t);
    double most = 2 / (1 - options.beta2()) - 1;
    double known = most - 2 * t * kept / (1 - kept);
    double size = rate / (1 - StrictMath.pow(options.beta1(), (double) t));
    double decay = options.decoupled() ? 0 : options.weightDecay();
    double shrink = options.decoupled() ? 1 - rate * options.weightDecay() : 1;
    if (known <= ENOUGH_GRADIENTS) {
      // Adam's denominator √variance·0 + 1 leaves the mean alone
      return new AdamStep(size, 0, options.beta1(), options.beta2(), 1, decay, shrink);
    }
    double part = (known - 4) / (most - 4) * ((known - 2) / (most - 2)) * (most / known);
    return new AdamStep(
        size * StrictMath.sqrt(part * (1 - kept)),
        1,
        options.beta1(),
        options.beta2(),
        options.epsilon(),
        decay,
        shrink);
  }
}
