package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Updates.RmsPropStep;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// RMSProp, as PyTorch's `torch.optim.RMSprop`.
///
///     g = gradient + weightDecay·value
///     squares = alpha·squares + (1 - alpha)·g²
///     mean = mean + (1 - alpha)·(g - mean)                                    centred
///     scaled = g / (√(centred ? max(squares - mean², 0) : squares) + epsilon)
///     velocity = momentum·velocity + scaled                                   with momentum
///     value -= learningRate·(momentum = 0 ? scaled : velocity)
///
/// [#state()] holds `<parameter>.square_avg` (squares), with momentum `<parameter>.momentum_buffer`
/// (velocity), and if centred `<parameter>.grad_avg` (mean).
///
/// Frameworks differ: TensorFlow 1 and Keras 3 add epsilon under the root, TensorFlow 1 and Keras
/// have the learning rate inside the velocity, and Keras' defaults are alpha 0.9 (its `rho`) and
/// epsilon 1e-7. PyTorch does not limit the difference to 0: where it rounds below, as with constant
/// gradients, its values become NaN.
///
/// Source: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012; centred: A. Graves,
/// "Generating sequences with recurrent neural networks", 2013.
public final class RmsProp extends Optimizer {
  private RmsProp(
      Parameters store,
      List<Parameter> chosen,
      RmsPropOptions options,
      List<ParameterGroup<RmsPropOptions>> groups) {
    super(
        store, chosen, options, groups, group -> parameter -> new Update(parameter, store, group));
  }

  /// PyTorch's defaults: alpha 0.99, epsilon 1e-8, no weight decay, no momentum, not centred.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static RmsPropOptions options(double learningRate) {
    return new RmsPropOptions(learningRate, 0.99, 1e-8, 0, 0, false);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static RmsProp of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static RmsProp of(Parameters parameters, RmsPropOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static RmsProp of(
      Parameters parameters, RmsPropOptions options, List<ParameterGroup<RmsPropOptions>> groups) {
    return new RmsProp(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static RmsProp of(Parameters store, List<Parameter> chosen, RmsPropOptions options) {
    return new RmsProp(store, chosen, options, List.of());
  }

  private static final class Update extends ParameterUpdate {
    private final RmsPropOptions options;
    private final Tensor squares;
    private final Tensor velocity;
    private final Tensor mean;
    private RmsPropStep step;

    Update(Parameter parameter, Parameters store, RmsPropOptions options) {
      super(parameter, store);
      this.options = options;
      this.squares = newState();
      this.velocity = options.momentum() == 0 ? null : newState();
      this.mean = options.centred() ? newState() : null;
    }

    @Override
    void prepare(double learningRate) {
      step =
          new RmsPropStep(
              learningRate,
              options.alpha(),
              options.epsilon(),
              options.momentum(),
              options.weightDecay());
    }

    @Override
    public void run(int from, int size) {
      kernels.rmsProp(
          slice(value, from, size),
          slice(gradient, from, size),
          slice(squares, from, size),
          sliceOrNull(mean, from, size),
          sliceOrNull(velocity, from, size),
          step);
    }

    @Override
    void addState(String name, Map<String, Tensor> state) {
      state.put(name + ".square_avg", squares);
      if (velocity != null) {
        state.put(name + ".momentum_buffer", velocity);
      }
      if (mean != null) {
        state.put(name + ".grad_avg", mean);
      }
    }
  }
}
