package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A recorded list of kernel calls that can be run any number of times over the same memory: a
/// forward pass without its overhead.
///
///     var plan = new Plan(kernels, WeightFormat.FLOAT32);
///     var tape = Tape.plan(plan, workspace, new SharedForms());
///     ...                                  // the same operations as on an evaluating tape
///     plan.run();                          // as often as wanted: reads inputs, writes results
///
/// Each run reads the tensors that were constants of the tape again: change inputs and states in
/// place. A run allocates nothing. With float32 weights it gives the bits of an evaluating tape.
/// Data that operations share, such as packed weights, is prepared immediately.
///
/// Only kernel calls are recorded; an operation's own code is not. Only one thread at a time may
/// record or run.
public final class Plan {
  private final Backend backend;
  private final List<Runnable> noted = new ArrayList<>();
  private Runnable[] calls = {};
  private boolean immediate;

  /// An empty plan for these kernels.
  ///
  /// @param weights storage format of packed weights
  /// @throws IllegalArgumentException if the kernels are not float32
  public Plan(Backend kernels, WeightFormat weights) {
    backend = kernels.noting(this, weights);
  }

  /// The kernels that record their calls here. They have no backward pass.
  public Backend backend() {
    return backend;
  }

  /// Runs `make`, and the kernels it calls, immediately.
  public <T> T now(Supplier<T> make) {
    boolean before = immediate;
    immediate = true;
    try {
      return make.get();
    } finally {
      immediate = before;
    }
  }

  /// Records that this tensor is cleared at this point.
  public void clear(Tensor tensor) {
    note(tensor::clear);
  }

  /// Records a call, or runs it immediately inside [#now].
  void note(Runnable call) {
    if (immediate) {
      call.run();
    } else {
      noted.add(call);
      calls = noted.toArray(Runnable[]::new);
    }
  }

  static IllegalStateException noWayBack() {
    return new IllegalStateException("a plan has no backward pass");
  }

  /// Runs all recorded calls in order, on the caller's thread.
  public void run() {
    for (Runnable call : calls) {
      call.run();
    }
  }
}
