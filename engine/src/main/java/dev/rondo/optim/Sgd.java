package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Stochastic gradient descent with momentum, Nesterov's momentum, dampening and weight decay, as
/// PyTorch's `torch.optim.SGD`.
///
///     g = gradient + weightDecay·value
///     velocity = momentum·velocity + (1 - dampening)·g      velocity = g the first time
///     value -= learningRate·(nesterov ? g + momentum·velocity : velocity)
///
/// Without momentum, `velocity` is `g` and nothing is remembered; with it, [#state()] holds
/// `<parameter>.momentum_buffer` (the velocity). Keras has the learning rate inside the velocity:
/// the same as long as the rate does not change.
///
///     var sgd = Sgd.of(parameters, Sgd.options(0.1).momentum(0.9).nesterov(true));
public final class Sgd extends Optimizer {
  private Sgd(
      Parameters store,
      List<Parameter> chosen,
      SgdOptions options,
      List<ParameterGroup<SgdOptions>> groups) {
    super(store, chosen, options, groups, group -> parameter -> update(parameter, store, group));
  }

  private static ParameterUpdate update(Parameter parameter, Parameters store, SgdOptions options) {
    return options.momentum() == 0
        ? new PlainUpdate(parameter, store, options)
        : new MomentumUpdate(parameter, store, options);
  }

  /// PyTorch's defaults: no momentum, no dampening, no weight decay.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static SgdOptions options(double learningRate) {
    return new SgdOptions(learningRate, 0, 0, false, 0);
  }

  /// Plain gradient descent of all parameters of a store.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Sgd of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static Sgd of(Parameters parameters, SgdOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static Sgd of(
      Parameters parameters, SgdOptions options, List<ParameterGroup<SgdOptions>> groups) {
    return new Sgd(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static Sgd of(Parameters store, List<Parameter> chosen, SgdOptions options) {
    return new Sgd(store, chosen, options, List.of());
  }

  private static final class PlainUpdate extends ParameterUpdate {
    private final SgdOptions options;
    private double learningRate;

    PlainUpdate(Parameter parameter, Parameters store, SgdOptions options) {
      super(parameter, store);
      this.options = options;
    }

    @Override
    void prepare(double newLearningRate) {
      learningRate = newLearningRate;
    }

    @Override
    public void run(int from, int size) {
      kernels.sgd(
          slice(value, from, size),
          slice(gradient, from, size),
          learningRate,
          options.weightDecay());
    }

    @Override
    void addState(String name, Map<String, Tensor> state) {
      // there is none
    }
  }

  private static final class MomentumUpdate extends ParameterUpdate {
    private final SgdOptions options;
    private final Tensor velocity;
    private final Tensor count;
    private double learningRate;
    private double dampened;

    MomentumUpdate(Parameter parameter, Parameters store, SgdOptions options) {
      super(parameter, store);
      this.options = options;
      this.velocity = newState();
      this.count = newNumber();
    }

    @Override
    void prepare(double newLearningRate) {
      learningRate = newLearningRate;
      dampened = advance(count) == 1 ? 1 : 1 - options.dampening();
    }

    @Override
    public void run(int from, int size) {
      kernels.momentum(
          slice(value, from, size),
          slice(gradient, from, size),
          slice(velocity, from, size),
          learningRate,
          options.momentum(),
          dampened,
          options.nesterov(),
          options.weightDecay());
    }

    @Override
    void addState(String name, Map<String, Tensor> state) {
      state.put(name + ".momentum_buffer", velocity);
      state.put(name + ".step", count);
    }
  }
}
