package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Parallel;
import dev.rondo.tensor.Tensor;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Changes parameters along their gradients, one [#step()] at a time.
///
/// An optimizer is made for a store of parameters, or for some of them: parts of a model that need
/// other hyperparameters get an optimizer of their own. Its state is allocated once, in the arena
/// of the store, and ends with it. Frozen parameters are passed over, and their state with them;
/// one that is thawed later begins then. Gradients are read, not cleared.
///
/// Everything that future steps depend on is [#state()], [#learningRate()] and [#stepCount()]:
/// whoever saves these three and sets them in an optimizer with the same options continues with the
/// same bits.
///
/// Used by one thread at a time; a step spreads over the threads of the store's backend.
public abstract sealed class Optimizer permits Sgd, Adam, AdamW {
  private final Parallel parallel;
  private final ParameterUpdate[] updates;
  private final Map<String, Tensor> state;
  private double learningRate;
  private long stepCount;

  /// An optimizer of `chosen`, each of which gets its own update.
  Optimizer(
      Parameters store,
      List<Parameter> chosen,
      double learningRate,
      Function<Parameter, ParameterUpdate> update) {
    this.parallel = store.backend().parallel();
    this.updates = new ParameterUpdate[chosen.size()];
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
      updates[i] = update.apply(parameter);
      updates[i].addState(parameter.name(), all);
    }
    this.state = Collections.unmodifiableMap(all);
    this.learningRate = Checks.notNegative("learningRate", learningRate);
  }

  /// Updates every parameter that is not frozen from its gradient, each in one pass over memory.
  ///
  /// Allocates no native memory. Equal bits for any number of threads.
  public final void step() {
    for (var update : updates) {
      update.apply(parallel, learningRate);
    }
    stepCount++;
  }

  /// The rate that the next step uses.
  public final double learningRate() {
    return learningRate;
  }

  /// Sets the rate for the steps to come, such as
  /// `setLearningRate(schedule.rate(optimizer.stepCount()))` before each.
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

  /// The optimizer's own tensors by name, such as `lstm.weight_ih_l0.mean`, in the order of the
  /// parameters: to save, and to copy saved ones into. Empty if there is nothing to remember.
  ///
  /// Beside what the class says, each parameter that has state has `<parameter>.steps`, a float64
  /// `[1]`: how often it was updated (PyTorch's `step`).
  public final Map<String, Tensor> state() {
    return state;
  }
}
