package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import java.util.List;

/// Adam with decoupled weight decay, as PyTorch's `torch.optim.AdamW`; `t` counts a parameter's
/// updates from 1.
///
///     value = (1 - learningRate·weightDecay)·value
///     mean = mean + (1 - beta1)·(gradient - mean)
///     variance = beta2·variance + (1 - beta2)·gradient²
///     value -= learningRate/(1 - beta1^t) · mean / (√variance/√(1 - beta2^t) + epsilon)
///
/// AMSGrad and [#state()] are as in [Adam]. The paper's decay is not multiplied by the learning
/// rate, but by a schedule alone; PyTorch's is, Keras' too (by default 0.004).
///
///     var adam = AdamW.of(parameters, AdamW.options(2e-3).weightDecay(0.1));
///
/// Biases and gains of normalization are often left without decay, in a [ParameterGroup].
///
/// Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2017.
public final class AdamW extends Optimizer {
  private AdamW(
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
          var formula = AdamFormula.of(group, true);
          return parameter -> new AdamUpdate(parameter, store, formula, group.amsgrad());
        });
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, weight decay 1e-2, no AMSGrad.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdamOptions options(double learningRate) {
    return new AdamOptions(learningRate, 0.9, 0.999, 1e-8, 1e-2, false);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdamW of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static AdamW of(Parameters parameters, AdamOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static AdamW of(
      Parameters parameters, AdamOptions options, List<ParameterGroup<AdamOptions>> groups) {
    return new AdamW(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static AdamW of(Parameters store, List<Parameter> chosen, AdamOptions options) {
    return new AdamW(store, chosen, options, List.of());
  }
}
