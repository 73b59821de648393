package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Parallel;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// Changes parameters along their gradients by an [Algorithm], one [#step()] at a time.
///
///     var optimizer = Optimizer.of(parameters, Adam.of(2e-3).beta2(0.98));
///
/// An optimizer is made for all parameters of a store, or for some of them. Parts of a model that
/// need other hyperparameters form a [ParameterGroup], or get their own optimizer. A parameter that
/// several layers share is one parameter: its gradient is the sum over these layers, and it is
/// updated once. The optimizer's state is allocated once, in the arena of the store, and ends with
/// it. Frozen parameters are skipped, and so is their state; a parameter that is unfrozen later
/// begins at that point. Gradients are read, not cleared.
///
/// Everything that future steps depend on is [#state()], [#learningRate()] and [#stepCount()]: an
/// optimizer with the same algorithm in which these three saved values are set continues with the
/// same bits.
///
/// Used by one thread at a time; a step spreads over the threads of the store's backend.
public final class Optimizer {
  /// One parameter with its update.
  ///
  /// @param rate learning rate of the parameter, as a multiple of the optimizer's
  private record Member(Parameter parameter, double rate, Algorithm.Update update) {}

  private final Parallel parallel;
  private final List<Member> members = new ArrayList<>();
  private final Map<String, Tensor> state;
  private final String name;
  private double learningRate;
  private long stepCount;

  private Optimizer(
      Parameters store, List<Parameter> chosen, Algorithm algorithm, List<ParameterGroup> groups) {
    this.parallel = store.backend().parallel();
    this.learningRate = Checks.notNegative("learningRate", algorithm.learningRate());
    this.name = name(algorithm, groups);
    var special = specialAlgorithms(groups);
    requireEachOnce(store, chosen);
    requireAll(special, chosen);
    var all = new LinkedHashMap<String, Tensor>();
    for (var parameter : chosen) {
      var own = special.getOrDefault(parameter, algorithm);
      double rate = proportion(own.learningRate(), learningRate);
      var slot = new ParameterSlot(parameter, store.backend(), store.arena(), all);
      members.add(new Member(parameter, rate, own.update(slot)));
    }
    this.state = Collections.unmodifiableMap(all);
  }

  /// An optimizer of all parameters of a store.
  ///
  /// @throws IllegalArgumentException if a parameter has another element type than the backend, or
  ///   the learning rate is negative or not finite
  public static Optimizer of(Parameters parameters, Algorithm algorithm) {
    return of(parameters, parameters.all(), algorithm);
  }

  /// An optimizer of some parameters of a store.
  ///
  /// @throws IllegalArgumentException if a parameter occurs twice or has another element type
  public static Optimizer of(Parameters store, List<Parameter> chosen, Algorithm algorithm) {
    return new Optimizer(store, chosen, algorithm, List.of());
  }

  /// An optimizer of all parameters of a store. Parameters in a group are updated by the group's
  /// algorithm, the others by `algorithm`.
  ///
  /// @throws IllegalArgumentException if a parameter is in two groups, or not in the store
  public static Optimizer of(
      Parameters parameters, Algorithm algorithm, List<ParameterGroup> groups) {
    return new Optimizer(parameters, parameters.all(), algorithm, groups);
  }

  private static String name(Algorithm algorithm, List<ParameterGroup> groups) {
    var names = new LinkedHashSet<String>();
    names.add(named(algorithm));
    groups.forEach(group -> names.add(named(group.algorithm())));
    return String.join("+", names);
  }

  private static String named(Algorithm algorithm) {
    var name = algorithm.name();
    if (name == null || name.isBlank()) {
      throw new IllegalArgumentException("an algorithm must have a name, was " + name);
    }
    return name;
  }

  private static Map<Parameter, Algorithm> specialAlgorithms(List<ParameterGroup> groups) {
    var result = new HashMap<Parameter, Algorithm>();
    for (var group : groups) {
      for (var parameter : group.parameters()) {
        if (result.put(parameter, group.algorithm()) != null) {
          throw new IllegalArgumentException(
              "groups must not overlap, %s is in them twice".formatted(parameter.name()));
        }
      }
    }
    return result;
  }

  private static void requireEachOnce(Parameters store, List<Parameter> chosen) {
    var names = new HashSet<String>();
    for (var parameter : chosen) {
      if (!names.add(parameter.name())) {
        throw new IllegalArgumentException(
            "parameters must differ, %s is there twice".formatted(parameter.name()));
      }
      if (parameter.value().type() != store.backend().type()) {
        throw new IllegalArgumentException(
            "parameter %s, expected %s".formatted(parameter, store.backend().type()));
      }
    }
  }

  private static void requireAll(Map<Parameter, Algorithm> special, List<Parameter> chosen) {
    var strangers = new HashSet<>(special.keySet());
    chosen.forEach(strangers::remove);
    if (!strangers.isEmpty()) {
      throw new IllegalArgumentException(
          "groups must have parameters of the store, it has no " + strangers);
    }
  }

  private static double proportion(double group, double whole) {
    if (group == whole) {
      return 1;
    }
    if (whole == 0) {
      throw new IllegalArgumentException(
          "learningRate must be positive where a group has its own, was 0 beside " + group);
    }
    return Checks.notNegative("learningRate", group) / whole;
  }

  /// Updates every parameter that is not frozen from its gradient, each in one pass over memory.
  ///
  /// Allocates no native memory. Equal bits for any number of threads.
  public void step() {
    for (var member : members) {
      var parameter = member.parameter;
      if (parameter.trainable()) {
        member.update.prepare(learningRate * member.rate);
        parallel.overRows(parameter.value().rows(), parameter.value().columns(), member.update);
      }
    }
    stepCount++;
  }

  /// The names of the algorithms, joined by `+`: the common one, then those of groups that differ.
  /// A checkpoint of another name is refused.
  public String name() {
    return name;
  }

  /// The learning rate of the next step, except for groups with their own rate.
  public double learningRate() {
    return learningRate;
  }

  /// Sets the rate of the following steps, such as
  /// `setLearningRate(schedule.rate(optimizer.stepCount()))` before each. The rates of groups keep
  /// their proportion to it.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public void setLearningRate(double learningRate) {
    this.learningRate = Checks.notNegative("learningRate", learningRate);
  }

  /// The number of calls of [#step()], which is the number of the next step for a schedule.
  public long stepCount() {
    return stepCount;
  }

  /// Sets the step count from a checkpoint. Bias corrections do not depend on it: each parameter's
  /// own count of updates is part of [#state()].
  ///
  /// @throws IllegalArgumentException if `stepCount` is negative
  public void setStepCount(long stepCount) {
    if (stepCount < 0) {
      throw new IllegalArgumentException("stepCount must not be negative, was " + stepCount);
    }
    this.stepCount = stepCount;
  }

  /// The optimizer's own tensors by name, such as `lstm.weight_ih_l0.exp_avg`, in the order of the
  /// parameters: to save them, or to copy saved ones into them. Empty if there is no state. The
  /// suffixes after the parameter's name are PyTorch's.
  ///
  /// In addition, each parameter whose updates depend on their number has `<parameter>.step`, a
  /// float64 `[1]`: the number of its updates.
  public Map<String, Tensor> state() {
    return state;
  }
}
