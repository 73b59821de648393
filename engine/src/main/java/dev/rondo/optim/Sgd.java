package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Updates;
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
/// `<parameter>.velocity` (PyTorch's `momentum_buffer`).
///
///     var sgd = Sgd.of(parameters, Sgd.options(0.1).momentum(0.9).nesterov(true));
public final class Sgd extends Optimizer {
  private Sgd(Parameters store, List<Parameter> chosen, SgdOptions options) {
    super(
        store,
        chosen,
        options.learningRate(),
        parameter ->
            options.momentum() == 0
                ? new PlainUpdate(parameter, store.backend().updates(), options)
                : new MomentumUpdate(parameter, store, options));
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

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static Sgd of(Parameters store, List<Parameter> chosen, SgdOptions options) {
    return new Sgd(store, chosen, options);
  }

  private static final class PlainUpdate extends ParameterUpdate {
    private final Updates kernels;
    private final SgdOptions options;
    private double learningRate;

    PlainUpdate(Parameter parameter, Updates kernels, SgdOptions options) {
      super(parameter);
      this.kernels = kernels;
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
    private final Updates kernels;
    private final SgdOptions options;
    private final Tensor velocity;
    private final Tensor steps;
    private double learningRate;
    private double dampened;

    MomentumUpdate(Parameter parameter, Parameters store, SgdOptions options) {
      super(parameter);
      this.kernels = store.backend().updates();
      this.options = options;
      this.velocity = Tensor.allocate(store.arena(), value.type(), value.shape());
      this.steps = newCount(store.arena());
    }

    @Override
    void prepare(double newLearningRate) {
      learningRate = newLearningRate;
      dampened = advance(steps) == 1 ? 1 : 1 - options.dampening();
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
      state.put(name + ".velocity", velocity);
      state.put(name + ".steps", steps);
    }
  }
}
