package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adadelta, as PyTorch's `torch.optim.Adadelta`: steps in the size of earlier steps.
///
///     g = gradient + weightDecay·value
///     squares = rho·squares + (1 - rho)·g²
///     delta = √(deltas + epsilon)/√(squares + epsilon) · g
///     deltas = rho·deltas + (1 - rho)·delta²
///     value -= learningRate·delta
///
/// [#state()] holds `<parameter>.square_avg` (squares) and `<parameter>.acc_delta` (deltas). The
/// paper has no learning rate, which is PyTorch's default of 1; Keras' default is 0.001, with rho
/// 0.95 and epsilon 1e-7.
///
/// Source: M. Zeiler, "ADADELTA: An adaptive learning rate method", 2012.
public final class Adadelta extends Optimizer {
  private Adadelta(
      Parameters store,
      List<Parameter> chosen,
      AdadeltaOptions options,
      List<ParameterGroup<AdadeltaOptions>> groups) {
    super(
        store, chosen, options, groups, group -> parameter -> new Update(parameter, store, group));
  }

  /// PyTorch's defaults: rho 0.9, epsilon 1e-6, no weight decay; PyTorch's learning rate is 1.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static AdadeltaOptions options(double learningRate) {
    return new AdadeltaOptions(learningRate, 0.9, 1e-6, 0);
  }

  /// An optimizer of all parameters of a store, with PyTorch's defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static Adadelta of(Parameters parameters, double learningRate) {
    return of(parameters, options(learningRate));
  }

  /// An optimizer of all parameters of a store.
  public static Adadelta of(Parameters parameters, AdadeltaOptions options) {
    return of(parameters, parameters.all(), options);
  }

  /// An optimizer of all parameters of a store: groups by their own options, the others by
  /// `options`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static Adadelta of(
      Parameters parameters,
      AdadeltaOptions options,
      List<ParameterGroup<AdadeltaOptions>> groups) {
    return new Adadelta(parameters, parameters.all(), options, groups);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if one is there twice or of another element type
  public static Adadelta of(Parameters store, List<Parameter> chosen, AdadeltaOptions options) {
    return new Adadelta(store, chosen, options, List.of());
  }

  private static final class Update extends ParameterUpdate {
    private final AdadeltaOptions options;
    private final Tensor squares;
    private final Tensor deltas;
    private double learningRate;

    Update(Parameter parameter, Parameters store, AdadeltaOptions options) {
      super(parameter, store);
      this.options = options;
      this.squares = newState();
      this.deltas = newState();
    }

    @Override
    void prepare(double newLearningRate) {
      learningRate = newLearningRate;
    }

    @Override
    public void run(int from, int size) {
      kernels.adadelta(
          slice(value, from, size),
          slice(gradient, from, size),
          slice(squares, from, size),
          slice(deltas, from, size),
          learningRate,
          options.rho(),
          options.epsilon(),
          options.weightDecay());
    }

    @Override
    void addState(String name, Map<String, Tensor> state) {
      state.put(name + ".square_avg", squares);
      state.put(name + ".acc_delta", deltas);
    }
  }
}
