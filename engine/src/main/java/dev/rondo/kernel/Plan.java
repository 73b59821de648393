package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Kernel calls that are noted instead of run, to be run as often as wanted over the same memory:
/// what a forward pass computes, without everything around it.
///
///     var plan = new Plan(kernels, WeightFormat.FLOAT32);
///     var tape = Tape.plan(plan, workspace, new SharedForms());
///     ...                                  // the same operations as on an evaluating tape
///     plan.run();                          // as often as wanted: reads inputs, writes results
///
/// Tensors that were constants of the tape are read anew by each run: inputs and states are changed
/// in place. A run allocates nothing, and gives the bits of an evaluating tape where weights are
/// float32. What operations share, packed weights and such, is made at once.
///
/// Only kernels are noted: what an operation computes with code of its own is not. One thread at a
/// time may note or run.
public final class Plan {
  private final Backend backend;
  private final List<Runnable> noted = new ArrayList<>();
  private Runnable[] calls = {};
  private boolean immediate;

  /// An empty plan for these kernels.
  ///
  /// @param weights how packed weights are stored
  /// @throws IllegalArgumentException if the kernels are not float32
  public Plan(Backend kernels, WeightFormat weights) {
    backend = kernels.noting(this, weights);
  }

  /// The kernels that note their calls here. They have no way back.
  public Backend backend() {
    return backend;
  }

  /// Runs `make`, and the kernels it calls, at once.
  public <T> T now(Supplier<T> make) {
    boolean before = immediate;
    immediate = true;
    try {
      return make.get();
    } finally {
      immediate = before;
    }
  }

  /// Notes that this tensor is cleared here.
  public void clear(Tensor tensor) {
    note(tensor::clear);
  }

  /// Notes a call, or runs it where calls are run at once.
  void note(Runnable call) {
    if (immediate) {
      call.run();
    } else {
      noted.add(call);
      calls = noted.toArray(Runnable[]::new);
    }
  }

  static IllegalStateException noWayBack() {
    return new IllegalStateException("a plan has no way back");
  }

  /// Runs all noted calls in order, on the caller's thread.
  public void run() {
    for (Runnable call : calls) {
      call.run();
    }
  }
}
