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
/// [#state()] is that of [Adam].
///
///     var adam = AdamW.of(parameters, AdamW.options(2e-3).weightDecay(0.1));
///
/// Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2017.
public final class AdamW extends Optimizer {
  private AdamW(
      Parameters store, List<Parameter> chosen, AdamOptions options, AdamFormula formula) {
    super(
        store,
        chosen,
        options.learningRate(),
        parameter -> new AdamUpdate(parameter, store, formula));
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, weight decay 1e-2.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdamOptions options(double learningRate) {
    return new AdamOptions(learningRate, 0.9, 0.999, 1e-8, 1e-2);
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

  /// An optimizer of some parameters of a store: biases and normalization gains are often left
  /// without decay, in an optimizer of their own.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static AdamW of(Parameters store, List<Parameter> chosen, AdamOptions options) {
    return new AdamW(store, chosen, options, new AdamFormula(options, true));
  }
}
