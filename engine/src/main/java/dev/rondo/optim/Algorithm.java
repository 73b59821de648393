package dev.rondo.optim;

import dev.rondo.kernel.Threads;

/// The algorithm of an optimizer with its hyperparameters: what it keeps for each parameter, and
/// how a step changes the value. An [Optimizer] runs it over the parameters of a model.
///
/// Those of this package are records, one file each; [Algorithms] has them by name. Anyone can
/// write another:
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
/// Plain loops with [dev.rondo.tensor.Tensor#get] and [dev.rondo.tensor.Tensor#set] do as well,
/// more slowly.
///
/// An algorithm is immutable: one may serve several optimizers. All that later steps depend on is
/// in the slot's state, which [Optimizer#state()] shows and checkpoints hold.
public interface Algorithm {
  /// The name by which checkpoints know the algorithm, such as `adam`. It stays the same whatever
  /// the hyperparameters are.
  String name();

  /// The learning rate of the first step, where no schedule sets it; finite and not negative.
  double learningRate();

  /// Prepares the update of one parameter. Called once for each, when the optimizer is made; the
  /// state is asked for here, in the order in which files hold it.
  Update update(ParameterSlot slot);

  /// The update of one parameter. A step calls [#prepare] once and then [#run] for slices of rows
  /// that together are the whole parameter, on as many threads as the backend has.
  ///
  /// The bits must not depend on how the rows are cut: what runs over a whole parameter, such as a
  /// norm, belongs to [#prepare].
  interface Update extends Threads.Slice {
    /// Computes what is the same for all elements of a step, and counts it where the number of the
    /// step matters.
    ///
    /// @param learningRate of this step, for this parameter
    void prepare(double learningRate);

    /// Updates rows `[from, from + size)` of the value and of the state. Padding must stay zero,
    /// and the gradient is only read.
    @Override
    void run(int from, int size);
  }
}
