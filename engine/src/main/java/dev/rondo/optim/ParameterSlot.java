package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Updates;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.Map;

/// One parameter as seen by an [Algorithm]: its value, its gradient, and its optimizer state, which
/// is allocated here once.
public final class ParameterSlot {
  private final Parameter parameter;
  private final Backend backend;
  private final SegmentAllocator memory;
  private final Map<String, Tensor> state;

  ParameterSlot(
      Parameter parameter, Backend backend, SegmentAllocator memory, Map<String, Tensor> state) {
    this.parameter = parameter;
    this.backend = backend;
    this.memory = memory;
    this.state = state;
  }

  /// The parameter's full name, such as `lstm.weight_ih_l0`.
  public String name() {
    return parameter.name();
  }

  /// The value, which updates change.
  public Tensor value() {
    return parameter.value();
  }

  /// The gradient, which is read only.
  public Tensor gradient() {
    return parameter.gradient();
  }

  /// The kernels for tensors of the parameter's type.
  public Backend backend() {
    return backend;
  }

  Updates kernels() {
    return backend.updates();
  }

  /// Adds a tensor of zeros in the shape of the value, saved as `<parameter>.<name>`.
  ///
  /// @throws IllegalArgumentException if the parameter has a state of this name
  public Tensor state(String name) {
    var value = parameter.value();
    return add(name, Tensor.allocate(memory, value.type(), value.shape()));
  }

  /// Adds one number, a float64 `[1]`, saved as `<parameter>.<name>`.
  ///
  /// @param first value of the number before the first step
  /// @throws IllegalArgumentException if the parameter has a state of this name
  public Tensor number(String name, double first) {
    var number = add(name, Tensor.allocate(memory, ElementType.FLOAT64, 1));
    number.set(0, 0, first);
    return number;
  }

  /// Adds a count of the parameter's updates, saved as `<parameter>.step`.
  ///
  /// Each parameter has its own, as in PyTorch: with a common count, a parameter that is unfrozen
  /// at step 1,000 would begin without bias correction, and its steps would be three times too
  /// long.
  ///
  /// @throws IllegalArgumentException if the parameter has a state of this name
  public UpdateCount count() {
    return new UpdateCount(number("step", 0));
  }

  private Tensor add(String name, Tensor tensor) {
    if (state.putIfAbsent(parameter.name() + "." + name, tensor) != null) {
      throw new IllegalArgumentException(
          "state must have different names, %s.%s is there twice"
              .formatted(parameter.name(), name));
    }
    return tensor;
  }

  /// Rows `[from, from + size)` of the value, the gradient or a state; the tensor itself if these
  /// are all.
  ///
  /// @throws IndexOutOfBoundsException if there are no such rows
  public static Tensor rows(Tensor whole, int from, int size) {
    return size == whole.rows() ? whole : whole.rows(from, size);
  }

  /// A count of a parameter's updates, part of its state.
  public static final class UpdateCount {
    private final Tensor count;

    private UpdateCount(Tensor count) {
      this.count = count;
    }

    /// Counts one more update.
    ///
    /// @return the number of the update, 1 for the first
    public long next() {
      long next = (long) count.scalar() + 1;
      count.set(0, 0, (double) next);
      return next;
    }
  }
}
