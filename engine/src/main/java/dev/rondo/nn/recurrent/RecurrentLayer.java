package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.recurrent.Step.Noise;
import dev.rondo.tensor.Tensor;

/// One direction of one recurrent layer through time. [LayerPass] runs one or two of them as one
/// entry of the tape; [LayerGradient] is the backward pass.
///
/// Steps are taken in the order of a [SequencePlan]. [InputProjection] computes the input's part of
/// each step, [Kept] holds the memory, and a [KernelRecurrence] computes the rest.
final class RecurrentLayer {
  final Tape tape;
  final KernelRecurrence recurrence;
  final SequencePlan plan;
  final Variable x;
  final CellState initial;
  final InputProjection input;
  final Kept kept;

  /// Observes every step; null if there is none.
  final RecurrentObserver.PassObserver observer;

  /// @param extent what is kept of the pass
  /// @param recomputed steps of a window that is run again, with [Kept.Extent#TO_RECOMPUTE]
  /// @param threads that share this direction's slots
  RecurrentLayer(
      Tape tape,
      KernelRecurrence recurrence,
      SequencePlan plan,
      Variable x,
      CellState initial,
      Kept.Extent extent,
      int recomputed,
      int threads) {
    this.tape = tape;
    this.recurrence = recurrence;
    this.plan = plan;
    this.x = x;
    this.initial = initial;
    recurrence.prepareForward(tape);
    var noise = noise();
    input = new InputProjection(tape, recurrence, plan, x, threads);
    kept = new Kept(tape, recurrence, plan, extent, recomputed, input.inWindows(), noise, initial);
    observer =
        Observers.begin(tape, () -> RecurrentPass.ofLayer(recurrence, plan, steps(), batchSize()));
  }

  /// The dropout of this pass. All slots and passes of a row drop the same units of its state.
  private Noise noise() {
    var drawn = recurrence.noise(tape, batchSize());
    if (drawn == null || drawn.stateMask() == null || plan.whole()) {
      return drawn;
    }
    var mask = tape.uninitialized(plan.slots(), recurrence.stateSize());
    tape.backend().rows().gather(drawn.stateMask(), plan.slotRows(), 0, mask);
    return new Noise(drawn.key(), drawn.counter(), mask);
  }

  private int steps() {
    return x.value().dimension(0);
  }

  private int batchSize() {
    return x.value().dimension(1);
  }

  /// Multiply-adds of all steps.
  long multiplyAdds() {
    return plan.rows() * recurrence.multiplyAdds();
  }

  /// Called before the steps of the window that begins with step `first`. Keeps the state at its
  /// start and computes the input's product, on all threads.
  void startWindow(int first) {
    kept.startWindow(first);
    projectWindow(first);
  }

  /// As [#startWindow], before the window is run again.
  void startWindowAgain(int first) {
    kept.startWindowAgain(first);
    projectWindow(first);
  }

  private void projectWindow(int first) {
    if (input.inWindows()) {
      input.window(plan.offset(first), kept.windowZ(first));
    }
  }

  /// Runs the steps of a window, for slots `from` to `to`, on the caller's thread.
  void runWindow(int first, int from, int to) {
    runWindow(first, from, to, observer);
  }

  /// Runs the same steps again, unobserved.
  void runWindowAgain(int first, int from, int to) {
    runWindow(first, from, to, null);
  }

  private void runWindow(int first, int from, int to, RecurrentObserver.PassObserver observed) {
    for (int s = first; s < kept.windowEnd(first); s++) {
      int count = Math.min(to, plan.active(s)) - from;
      if (count <= 0) {
        return; // slots are ordered by length
      }
      var step = kept.at(first, s, from, count);
      input.step(step.row(), step.z());
      recurrence.forward(tape, step);
      if (observed != null) {
        observed.forward(step.row(), step.z(), step.h(), step.c());
      }
    }
  }

  /// The result of the direction, on the tape.
  ///
  /// @param inputs everything that the result depends on
  /// @param cells whether c of every step is requested
  LayerPass.Result result(Variable[] inputs, boolean cells) {
    var output = variable(kept.output(steps(), batchSize()), inputs);
    var lastH = variable(kept.lastH(batchSize()), inputs);
    if (!recurrence.hasCellState()) {
      return new LayerPass.Result(output, null, new CellState(lastH));
    }
    var lastC = variable(kept.lastC(batchSize()), inputs);
    var all = cells ? variable(kept.cells(steps(), batchSize()), inputs) : null;
    return new LayerPass.Result(output, all, new CellState(lastH, lastC));
  }

  private Variable variable(Tensor value, Variable[] inputs) {
    return tape.variable(value, () -> tape.zeros(value.shape()), inputs);
  }
}
