package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.ArrayList;

/// One direction of a layer of a [CustomCell] through time: its steps are recorded one after the
/// other, in the order of a [SequencePlan], and the tape computes their gradients.
final class TapeLayer {
  private final Tape tape;
  private final TapeRecurrence recurrence;
  private final SequencePlan plan;
  private final int steps;
  private final int batchSize;

  private TapeLayer(Tape tape, TapeRecurrence recurrence, SequencePlan plan, Variable x) {
    this.tape = tape;
    this.recurrence = recurrence;
    this.plan = plan;
    steps = x.value().dimension(0);
    batchSize = x.value().dimension(1);
  }

  /// Runs over a sequence.
  ///
  /// @param x `[steps, batchSize, inputSize]`
  static LayerPass.Result forward(
      Tape tape,
      TapeRecurrence recurrence,
      SequencePlan plan,
      Variable x,
      CellState initial,
      LayerPass.Options options) {
    return new TapeLayer(tape, recurrence, plan, x).run(x, initial, options.cells());
  }

  private LayerPass.Result run(Variable x, CellState initial, boolean cells) {
    var observer =
        Observers.begin(tape, () -> RecurrentPass.ofLayer(recurrence, plan, steps, batchSize));
    var projected = recurrence.project(tape, packed(x));
    var states = new ArrayList<CellState>();
    states.add(begin(initial));
    for (int s = 0; s < plan.steps(); s++) {
      int count = plan.active(s);
      var before = firstRows(states.getLast(), count);
      var z = Rowwise.rows(tape, projected, plan.offset(s), count);
      var after = recurrence.rest(tape, z, before);
      if (observer != null) {
        observe(tape, observer, plan.offset(s), after);
      }
      states.add(after);
    }
    var all = new ArrayList<Variable>();
    var last = new ArrayList<Variable>();
    for (int part = 0; part < recurrence.states.size(); part++) {
      int index = part;
      all.add(Rowwise.join(tape, states.stream().map(s -> s.parts().get(index)).toList()));
      last.add(
          plan.whole()
              ? states.getLast().parts().get(part)
              : Rowwise.pick(tape, all.get(part), plan.ends()));
    }
    return new LayerPass.Result(
        inTime(all.getFirst()), cells ? inTime(all.get(1)) : null, new CellState(last));
  }

  /// The input's rows in packed order, `[rows, inputSize]`.
  private Variable packed(Variable x) {
    var rows = Rowwise.reshape(tape, x, steps * batchSize, recurrence.inputSize);
    return plan.whole() ? rows : Rowwise.pick(tape, rows, plan.sources());
  }

  private CellState begin(CellState initial) {
    if (plan.whole()) {
      return initial;
    }
    return new CellState(
        initial.parts().stream().map(part -> Rowwise.pick(tape, part, plan.starts())).toList());
  }

  private CellState firstRows(CellState state, int count) {
    if (state.h().value().rows() == count) {
      return state;
    }
    return new CellState(
        state.parts().stream().map(part -> Rowwise.rows(tape, part, 0, count)).toList());
  }

  /// Passes a step to an observer, and its gradient once it is known.
  static void observe(
      Tape tape, RecurrentObserver.PassObserver observer, int row, CellState state) {
    var h = state.h();
    Tensor c = state.c() == null ? null : state.c().value();
    observer.forward(row, null, h.value(), c);
    if (tape.training()) {
      // runs once every later use of h has added its gradient
      tape.entry(() -> observer.backward(row, h.gradient(), tape.zeros(h.value().shape())), h);
    }
  }

  /// The rows of all steps in the order of the batch, 0 where a step is not real.
  ///
  /// @param all states before step 0, then those of all packed rows
  private Variable inTime(Variable all) {
    var rows = Rowwise.rows(tape, all, plan.slots(), plan.rows());
    int columns = all.value().columns();
    if (!plan.whole()) {
      Tokens places = tape.workspace().tokens(1, steps * batchSize);
      for (int i = 0; i < places.size(); i++) {
        places.set(0, i, Tokens.IGNORED);
      }
      for (int row = 0; row < plan.rows(); row++) {
        places.set(0, plan.sources().get(row), row);
      }
      rows = Rowwise.pick(tape, rows, places);
    }
    return Rowwise.reshape(tape, rows, steps, batchSize, columns);
  }
}
