package dev.rondo.optim;

import dev.rondo.kernel.Threads;

/// The algorithm of an optimizer with its hyperparameters: the state it keeps for each parameter,
/// and the way a step changes the value. An [Optimizer] runs it over the parameters of a model.
///
/// The algorithms of this package are records, one file each; [Algorithms] lists them by name. You
/// can write your own:
///
/// ```java
/// import static dev.rondo.optim.ParameterSlot.rows;
///
/// /// Heavy ball (Polyak, 1964):
/// ///
/// ///     velocity = momentum·velocity - learningRate·gradient
/// ///     value += velocity
/// record HeavyBall(double learningRate, double momentum) implements Algorithm {
///   @Override
///   public String name() {
///     return "heavy-ball";
///   }
///
///   @Override
///   public Update update(ParameterSlot slot) {
///     var velocity = slot.state("velocity");
///     return new Update() {
///       private double rate;
///
///       @Override
///       public void prepare(double learningRate) {
///         rate = learningRate;
///       }
///
///       @Override
///       public void run(int from, int size) {
///         var arithmetic = slot.backend().arithmetic();
///         var v = rows(velocity, from, size);
///         arithmetic.scale(momentum, v, v);
///         arithmetic.accumulateScaled(-rate, rows(slot.gradient(), from, size), v);
///         arithmetic.accumulate(v, rows(slot.value(), from, size));
///       }
///     };
///   }
/// }
/// ```
///
/// Plain loops with [dev.rondo.tensor.Tensor#get] and [dev.rondo.tensor.Tensor#set] work too, but
/// are slower.
///
/// An algorithm is immutable: one may serve several optimizers. Everything that later steps depend
/// on is in the slot's state, which is part of [Optimizer#state()] and of checkpoints.
public interface Algorithm {
  /// The name of the algorithm in checkpoints, such as `adam`, whatever its hyperparameters.
  String name();

  /// The learning rate of the first step if no schedule sets it; finite and not negative.
  double learningRate();

  /// Prepares the update of one parameter. Called once for each parameter, when the optimizer is
  /// made. Create the state here, in the order in which files hold it.
  Update update(ParameterSlot slot);

  /// The update of one parameter. A step calls [#prepare] once and then [#run] for slices of rows
  /// that together are the whole parameter, on as many threads as the backend has.
  ///
  /// The bits must not depend on the split of the rows: a computation over a whole parameter, such
  /// as a norm, belongs in [#prepare].
  interface Update extends Threads.Slice {
    /// Computes the constants of a step, and counts the step if its number matters.
    ///
    /// @param learningRate learning rate of this step for this parameter
    void prepare(double learningRate);

    /// Updates rows `[from, from + size)` of the value and of the state. Padding must stay zero,
    /// and the gradient is only read.
    @Override
    void run(int from, int size);
  }
}
