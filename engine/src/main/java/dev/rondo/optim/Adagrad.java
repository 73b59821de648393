package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adagrad, as PyTorch's `torch.optim.Adagrad`; `t` counts a parameter's updates from 1.
///
///     g = gradient + weightDecay·value
///     sum = sum + g²
///     value -= learningRate/(1 + (t - 1)·learningRateDecay) · g / (√sum + epsilon)
///
/// [#state()] holds `<parameter>.sum`. The sums begin with 0, as in PyTorch; Keras and TensorFlow
/// begin with 0.1, and Keras adds its epsilon of 1e-7 under the root.
///
/// Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and
/// stochastic optimization", 2011.
public final class Adagrad extends Optimizer {
  private Adagrad(
      Parameters store,
      List<Parameter> chosen,
      AdagradOptions options,
      List<ParameterGroup<AdagradOptions>> groups) {
    super(
        store, chosen, options, groups, group -> parameter -> new Update(parameter, store, group));
  }

  /// PyTorch's defaults: sums from 0, epsilon 1e-10, no weight decay, no decay of the learning
  /// rate.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdagradOptions options(double learningRate) {
    return new AdagradOptions(learningRate, 0, 0, 0, 1e-10);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Adagrad of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static Adagrad of(Parameters parameters, AdagradOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static Adagrad of(
      Parameters parameters, AdagradOptions options, List<ParameterGroup<AdagradOptions>> groups) {
    return new Adagrad(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static Adagrad of(Parameters store, List<Parameter> chosen, AdagradOptions options) {
    return new Adagrad(store, chosen, options, List.of());
  }

  private static final class Update extends ParameterUpdate {
    private final AdagradOptions options;
    private final Tensor sum;
    private final Tensor count;
    private double stepSize;

    Update(Parameter parameter, Parameters store, AdagradOptions options) {
      super(parameter, store);
      this.options = options;
      this.sum = newState();
      this.count = newNumber();
      sum.fill(options.initialAccumulator());
    }

    @Override
    void prepare(double learningRate) {
      stepSize = learningRate / (1 + (advance(count) - 1) * options.learningRateDecay());
    }

    @Override
    public void run(int from, int size) {
      kernels.adagrad(
          slice(value, from, size),
          slice(gradient, from, size),
          slice(sum, from, size),
          stepSize,
          options.epsilon(),
          options.weightDecay());
    }

    @Override
    void addState(String name, Map<String, Tensor> state) {
      state.put(name + ".sum", sum);
      state.put(name + ".step", count);
    }
  }
}
