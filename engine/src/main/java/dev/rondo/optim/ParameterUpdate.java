package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Parallel;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.Updates;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.util.Map;

/// One parameter with the state that an optimizer keeps for it.
///
/// It is itself the work that threads share, so that a step makes no closure: what a step needs is
/// put into fields by `prepare` before the slices run.
abstract class ParameterUpdate implements Threads.Slice {
  final Updates kernels;
  final Tensor value;
  final Tensor gradient;
  private final Parameter parameter;
  private final Parameters store;

  ParameterUpdate(Parameter parameter, Parameters store) {
    this.parameter = parameter;
    this.store = store;
    this.kernels = store.backend().updates();
    this.value = parameter.value();
    this.gradient = parameter.gradient();
  }

  final void apply(Parallel parallel, double learningRate) {
    if (parameter.trainable()) {
      prepare(learningRate);
      parallel.overRows(value.rows(), value.columns(), this);
    }
  }

  /// Computes what is the same for all elements of this step.
  abstract void prepare(double learningRate);

  /// Adds the tensors that outlive a step, under names that begin with `name` and a dot.
  abstract void addState(String name, Map<String, Tensor> state);

  /// Zeros in the shape of the value, in the store's arena.
  final Tensor newState() {
    return Tensor.allocate(store.arena(), value.type(), value.shape());
  }

  /// A number that outlives a step; 0 at first.
  final Tensor newNumber() {
    return Tensor.allocate(store.arena(), ElementType.FLOAT64, 1);
  }

  /// The rows of one slice; no new view where there is only one slice.
  static Tensor slice(Tensor whole, int from, int size) {
    return size == whole.rows() ? whole : whole.rows(from, size);
  }

  /// As [#slice], or null if there is no such tensor.
  static Tensor sliceOrNull(Tensor whole, int from, int size) {
    return whole == null ? null : slice(whole, from, size);
  }

  /// Counts one more update of a parameter and returns its number, 1 for the first. PyTorch keeps a
  /// count for each as well: with a common one, a parameter that is thawed at step 1,000 would
  /// begin without bias correction, with steps three times too long.
  static long advance(Tensor count) {
    long next = (long) count.get(0, 0) + 1;
    count.set(0, 0, (double) next);
    return next;
  }
}
