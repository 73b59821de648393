package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Updates.NAdamStep;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adam with Nesterov's momentum, as PyTorch's `torch.optim.NAdam`; `t` counts a parameter's updates
/// from 1.
///
///     g = gradient + weightDecay·value
///     mean = mean + (1 - beta1)·(g - mean)
///     variance = beta2·variance + (1 - beta2)·g²
///     μ(t) = beta1·(1 - 0.96^(t·momentumDecay)/2)
///     product = product·μ(t)
///     step = (1 - μ(t))/(1 - product)·g + μ(t+1)/(1 - product·μ(t+1))·mean
///     value -= learningRate·step / (√variance/√(1 - beta2^t) + epsilon)
///
/// Decoupled weight decay multiplies the value by 1 - learningRate·weightDecay first. [#state()]
/// holds `<parameter>.exp_avg`, `<parameter>.exp_avg_sq` and `<parameter>.mu_product`, a float64
/// `[1]`. Keras has the same formula with a fixed momentum decay of 0.004 and an epsilon of 1e-7.
///
/// Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.
public final class NAdam extends Optimizer {
  /// The paper's: the momentum has come halfway from half of beta1 at t·momentumDecay = 17.
  private static final double APPROACH = 0.96;

  private NAdam(
      Parameters store,
      List<Parameter> chosen,
      NAdamOptions options,
      List<ParameterGroup<NAdamOptions>> groups) {
    super(
        store, chosen, options, groups, group -> parameter -> new Update(parameter, store, group));
  }

  /// PyTorch's defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay, momentum decay
  /// 4e-3.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static NAdamOptions options(double learningRate) {
    return new NAdamOptions(learningRate, 0.9, 0.999, 1e-8, 0, 4e-3, false);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static NAdam of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static NAdam of(Parameters parameters, NAdamOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static NAdam of(
      Parameters parameters, NAdamOptions options, List<ParameterGroup<NAdamOptions>> groups) {
    return new NAdam(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static NAdam of(Parameters store, List<Parameter> chosen, NAdamOptions options) {
    return new NAdam(store, chosen, options, List.of());
  }

  private static final class Update extends ParameterUpdate {
    private final NAdamOptions options;
    private final Tensor mean;
    private final Tensor variance;
    private final Tensor product;
    private final Tensor count;
    private NAdamStep step;

    Update(Parameter parameter, Parameters store, NAdamOptions options) {
      super(parameter, store);
      this.options = options;
      this.mean = newState();
      this.variance = newState();
      this.product = newNumber();
      this.count = newNumber();
      product.set(0, 0, 1);
    }

    @Override
    void prepare(double learningRate) {
      long t = advance(count);
      double mu = momentum(t);
      double next = momentum(t + 1);
      double soFar = product.scalar() * mu;
      product.set(0, 0, soFar);
      step =
          new NAdamStep(
              learningRate * (1 - mu) / (1 - soFar),
              learningRate * next / (1 - soFar * next),
              1 / StrictMath.sqrt(1 - StrictMath.pow(options.beta2(), (double) t)),
              options.beta1(),
              options.beta2(),
              options.epsilon(),
              options.decoupled() ? 0 : options.weightDecay(),
              options.decoupled() ? 1 - learningRate * options.weightDecay() : 1);
    }

    private double momentum(long t) {
      return options.beta1() * (1 - 0.5 * StrictMath.pow(APPROACH, t * options.momentumDecay()));
    }

    @Override
    public void run(int from, int size) {
      kernels.nadam(
          slice(value, from, size),
          slice(gradient, from, size),
          slice(mean, from, size),
          slice(variance, from, size),
          step);
    }

    @Override
    void addState(String name, Map<String, Tensor> state) {
      state.put(name + ".exp_avg", mean);
      state.put(name + ".exp_avg_sq", variance);
      state.put(name + ".mu_product", product);
      state.put(name + ".step", count);
    }
  }
}
