package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Parallel;
import dev.rondo.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Changes parameters along their gradients, one [#step()] at a time.
///
/// An optimizer is made for a store of parameters, or for some of them. Parts of a model that need
/// other hyperparameters are a [ParameterGroup], or get an optimizer of their own. A parameter that
/// several layers share is one parameter: its gradient is the sum of theirs, and it is updated
/// once. The optimizer's state is allocated once, in the arena of the store, and ends with it.
/// Frozen parameters are passed over, and their state with them; one that is thawed later begins
/// then. Gradients are read, not cleared.
///
/// Everything that future steps depend on is [#state()], [#learningRate()] and [#stepCount()]:
/// whoever saves these three and sets them in an optimizer with the same options continues with the
/// same bits.
///
/// Used by one thread at a time; a step spreads over the threads of the store's backend.
public abstract sealed class Optimizer
    permits Sgd, Adagrad, Adadelta, RmsProp, Adam, AdamW, NAdam, RAdam {
  /// What options make of each parameter of a group.
  @FunctionalInterface
  interface Rule<O> {
    Function<Parameter, ParameterUpdate> of(O options);
  }

  /// What holds for the parameters of one group.
  ///
  /// @param rate its learning rate, in learning rates of the optimizer
  private record Membership(double rate, Function<Parameter, ParameterUpdate> update) {}

  private final Parallel parallel;
  private final ParameterUpdate[] updates;
  private final double[] rates;
  private final Map<String, Tensor> state;
  private double learningRate;
  private long stepCount;

  /// An optimizer of `chosen`, each of which gets its own update: by the options of its group, or
  /// by `options` if it has none.
  <O extends OptimizerOptions> Optimizer(
      Parameters store,
      List<Parameter> chosen,
      O options,
      List<ParameterGroup<O>> groups,
      Rule<O> rule) {
    this.parallel = store.backend().parallel();
    this.updates = new ParameterUpdate[chosen.size()];
    this.rates = new double[chosen.size()];
    var members = memberships(options, groups, rule);
    var others = new Membership(1, rule.of(options));
    var all = new LinkedHashMap<String, Tensor>();
    var names = new HashSet<String>();
    for (int i = 0; i < updates.length; i++) {
      var parameter = chosen.get(i);
      if (!names.add(parameter.name())) {
        throw new IllegalArgumentException(
            "parameters must differ, %s is there twice".formatted(parameter.name()));
      }
      if (parameter.value().type() != store.backend().type()) {
        throw new IllegalArgumentException(
            "parameter %s, expected %s".formatted(parameter, store.backend().type()));
      }
      var own = members.remove(parameter);
      var membership = own == null ? others : own;
      rates[i] = membership.rate;
      updates[i] = membership.update.apply(parameter);
      updates[i].addState(parameter.name(), all);
    }
    if (!members.isEmpty()) {
      throw new IllegalArgumentException(
          "groups must have parameters of the store, it has no " + members.keySet());
    }
    this.state = Collections.unmodifiableMap(all);
    this.learningRate = options.learningRate();
  }

  private static <O extends OptimizerOptions> Map<Parameter, Membership> memberships(
      O options, List<ParameterGroup<O>> groups, Rule<O> rule) {
    var result = new HashMap<Parameter, Membership>();
    for (var group : groups) {
      double rate = proportion(group.options().learningRate(), options.learningRate());
      var membership = new Membership(rate, rule.of(group.options()));
      for (var parameter : group.parameters()) {
        if (result.put(parameter, membership) != null) {
          throw new IllegalArgumentException(
              "groups must not overlap, %s is in them twice".formatted(parameter.name()));
        }
      }
    }
    return result;
  }

  private static double proportion(double group, double whole) {
    if (group == whole) {
      return 1;
    }
    if (whole == 0) {
      throw new IllegalArgumentException(
          "learningRate must be positive where a group has its own, was 0 beside " + group);
    }
    return group / whole;
  }

  /// Updates every parameter that is not frozen from its gradient, each in one pass over memory.
  ///
  /// Allocates no native memory. Equal bits for any number of threads.
  public final void step() {
    for (int i = 0; i < updates.length; i++) {
      updates[i].apply(parallel, learningRate * rates[i]);
    }
    stepCount++;
  }

  /// The rate that the next step uses, but for groups with a rate of their own.
  public final double learningRate() {
    return learningRate;
  }

  /// Sets the rate for the steps to come, such as
  /// `setLearningRate(schedule.rate(optimizer.stepCount()))` before each. The rates of groups keep
  /// their proportion to it.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public final void setLearningRate(double learningRate) {
    this.learningRate = Checks.notNegative("learningRate", learningRate);
  }

  /// How often [#step()] was called: the number of the next step, for a schedule.
  public final long stepCount() {
    return stepCount;
  }

  /// Sets the count of a checkpoint. Bias corrections do not depend on it: each parameter's own
  /// count of updates is part of [#state()].
  ///
  /// @throws IllegalArgumentException if `stepCount` is negative
  public final void setStepCount(long stepCount) {
    if (stepCount < 0) {
      throw new IllegalArgumentException("stepCount must not be negative, was " + stepCount);
    }
    this.stepCount = stepCount;
  }

  /// The optimizer's own tensors by name, such as `lstm.weight_ih_l0.exp_avg`, in the order of the
  /// parameters: to save, and to copy saved ones into. Empty if there is nothing to remember. The
  /// names behind the parameter's are PyTorch's.
  ///
  /// Beside what the class says, each parameter whose updates depend on their number has
  /// `<parameter>.step`, a float64 `[1]`: how often it was updated.
  public final Map<String, Tensor> state() {
    return state;
  }
}
