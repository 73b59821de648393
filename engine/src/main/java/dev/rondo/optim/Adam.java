package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import java.util.List;

/// Adam, as PyTorch's `torch.optim.Adam`; `t` counts a parameter's updates from 1.
///
///     g = gradient + weightDecay·value
///     mean = mean + (1 - beta1)·(g - mean)
///     variance = beta2·variance + (1 - beta2)·g²
///     value -= learningRate/(1 - beta1^t) · mean / (√variance/√(1 - beta2^t) + epsilon)
///
/// With AMSGrad the largest variance so far stands in the last line, so that steps do not grow when
/// gradients shrink. [#state()] holds `<parameter>.exp_avg` (the mean), `<parameter>.exp_avg_sq` (the
/// variance) and, with AMSGrad, `<parameter>.max_exp_avg_sq`. The weight decay is part of the
/// gradient here, and so divided by the root of the variance; [AdamW] keeps it apart.
///
/// Keras adds epsilon, by default 1e-7, before the variance is corrected (the paper's "epsilon
/// hat"): it acts as an epsilon/√(1 - beta2^t) does here.
///
///     var adam = Adam.of(parameters, Adam.options(2e-3).beta2(0.98));
///
/// Source: D. Kingma, J. Ba, "Adam: A method for stochastic optimization", 2014; S. Reddi, S. Kale,
/// S. Kumar, "On the convergence of Adam and beyond", 2018 (AMSGrad, there without bias correction).
public final class Adam extends Optimizer {
  private Adam(
      Parameters store,
      List<Parameter> chosen,
      AdamOptions options,
      List<ParameterGroup<AdamOptions>> groups) {
    super(
        store,
        chosen,
        options,
        groups,
        group -> {
          var formula = AdamFormula.of(group, false);
          return parameter -> new AdamUpdate(parameter, store, formula, group.amsgrad());
        });
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay, no AMSGrad.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdamOptions options(double learningRate) {
    return new AdamOptions(learningRate, 0.9, 0.999, 1e-8, 0, false);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Adam of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static Adam of(Parameters parameters, AdamOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static Adam of(
      Parameters parameters, AdamOptions options, List<ParameterGroup<AdamOptions>> groups) {
    return new Adam(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static Adam of(Parameters store, List<Parameter> chosen, AdamOptions options) {
    return new Adam(store, chosen, options, List.of());
  }
}
