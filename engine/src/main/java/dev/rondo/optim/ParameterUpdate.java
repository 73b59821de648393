package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.kernel.Parallel;
import dev.rondo.kernel.Threads;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Map;

/// One parameter with the state that an optimizer keeps for it.
///
/// It is itself the work that threads share, so that a step makes no closure: what a step needs is
/// put into fields by `prepare` before the slices run.
abstract class ParameterUpdate implements Threads.Slice {
  final Tensor value;
  final Tensor gradient;
  private final Parameter parameter;

  ParameterUpdate(Parameter parameter) {
    this.parameter = parameter;
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

  /// The rows of one slice; no new view where there is only one slice.
  static Tensor slice(Tensor whole, int from, int size) {
    return size == whole.rows() ? whole : whole.rows(from, size);
  }

  /// The count of a parameter's updates. PyTorch keeps one for each as well: with a common count, a
  /// parameter that is thawed at step 1,000 would begin without bias correction, with steps three
  /// times too long.
  static Tensor newCount(Arena arena) {
    return Tensor.allocate(arena, ElementType.FLOAT64, 1);
  }

  /// Counts one more update and returns its number, 1 for the first.
  static long advance(Tensor count) {
    long next = (long) count.get(0, 0) + 1;
    count.set(0, 0, (double) next);
    return next;
  }
}
