package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Tuning;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import dev.rondo.nn.recurrent.Step.Noise;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A step computed with kernels, forward and backward. [RecurrentLayer] takes it through time.
///
/// A row of pre-activations `z` consists of blocks, one padded hidden size each: those of the
/// gates, and everything else that the backward pass reads. A step is two calls: [#project]
/// computes the input's part, possibly for many steps at once, and [#forward] does the rest.
abstract class KernelRecurrence extends Recurrence {
  private enum Form {
    BIAS,
    ZERO,
    TABLE
  }

  private record Key(KernelRecurrence recurrence, Form form) {}

  /// A block of the gates' rows: one padded hidden size.
  final int block;

  final int gates;
  final Parameter weightIh;
  final Parameter weightHh;

  /// Null where there are no biases.
  private final Parameter biasIh;

  private final Parameter biasHh;

  KernelRecurrence(Cell cell, RecurrencePlace place) {
    super(cell, place);
    this.block = Tensor.padded(hiddenSize);
    this.gates = cell.gates().size();
    weightIh = parameter(GateParameters.WEIGHT_IH);
    weightHh = parameter(GateParameters.WEIGHT_HH);
    biasIh = parameter(GateParameters.BIAS_IH);
    biasHh = parameter(GateParameters.BIAS_HH);
  }

  /// Columns of one row of pre-activations.
  abstract int zColumns();

  /// Columns of one row of scratch memory; 0 for none.
  int scratchColumns() {
    return 0;
  }

  /// The columns in which [#forward] leaves the values of the gates, in the cell's order.
  abstract List<GateColumns> gateColumns();

  /// The columns of the cell's gates.
  ///
  /// @param blocks one for each gate; [GateColumns#HIDDEN] where the values are h
  final List<GateColumns> gateColumns(List<Integer> blocks) {
    var result = new ArrayList<GateColumns>();
    for (int i = 0; i < blocks.size(); i++) {
      var gate = cell().gates().get(i);
      int index = blocks.get(i);
      int column = index == GateColumns.HIDDEN ? index : index * block;
      result.add(new GateColumns(gate.label(), gate.activation(), column, hiddenSize));
    }
    return List.copyOf(result);
  }

  /// The product with the input.
  abstract GateProduct input();

  /// The other products of a step, with the state first; none where the cell has no recurrent
  /// matrix.
  abstract List<GateProduct> stepProducts();

  /// Creates what the steps share, before workers need it.
  void prepareForward(Tape tape) {
    biasRow(tape);
    input().forward(tape);
    stepProducts().forEach(product -> product.forward(tape));
  }

  /// Draws the dropout masks of a pass; null if there are none.
  ///
  /// @param rows of the batch, each of which has a mask of its state
  Noise noise(Tape tape, int rows) {
    return null;
  }

  /// True if gradients of parameters depend on cell states.
  boolean readsCells() {
    return false;
  }

  /// Creates what the steps of the backward pass share, before workers need it.
  void prepareBackward(Tape tape) {
    zeroRow(tape);
    stepProducts().forEach(product -> product.backward(tape));
  }

  /// `z = b + W·x`, on the caller's thread.
  abstract void project(Tape tape, Tensor x, Tensor z);

  /// The rest of a step, on the caller's thread.
  abstract void forward(Tape tape, Step step);

  /// The backward pass of a step, on the caller's thread.
  ///
  /// @param toState whether dL/dh₋₁ is wanted
  abstract void backward(Tape tape, Step step, Step.Gradients gradients, boolean toState);

  /// Adds to the parameters' gradients, over all rows in order.
  abstract void accumulateGradients(Tape tape, Step.All rows);

  @Override
  final CellState step(Tape tape, Variable x, CellState state) {
    int rows = x.value().rows();
    // side by side if they are equally wide, so that one row of both is one run of memory
    boolean together = hasCellState() && stateSize() == hiddenSize;
    var memory = tape.uninitialized(together ? 2 * rows : rows, stateSize());
    var h = memory.rows(0, rows);
    Tensor c = null;
    Tensor cPrevious = null;
    if (hasCellState()) {
      c = together ? memory.rows(rows, rows) : tape.uninitialized(rows, hiddenSize);
      cPrevious = state.c().value();
    }
    var z = tape.uninitialized(rows, zColumns());
    var scratch = scratch(tape, rows);
    var step = new Step(z, scratch, state.h().value(), cPrevious, h, c, null, 0, 0);
    if (tape.planning()) {
      plannedStep(tape, x, step);
    } else {
      wholeStep(tape, x, step);
    }
    return new CellState(tape.constant(h), c == null ? null : tape.constant(c));
  }

  /// A whole step that will be run many times: fused as far as the cell allows.
  void plannedStep(Tape tape, Variable x, Step step) {
    wholeStep(tape, x, step);
  }

  /// The input's part and the rest of one step.
  final void wholeStep(Tape tape, Variable x, Step step) {
    prepareForward(tape);
    if (projectsTable(x)) {
      var table = projectedTable(tape, x.gathered().table());
      tape.backend().rows().gather(table, x.gathered().tokens(), 0, step.z());
    } else {
      project(tape, x.value(), step.z());
    }
    forward(tape, step);
  }

  /// Memory that a step overwrites, for this number of rows; null if it needs none.
  final Tensor scratch(Tape tape, int rows) {
    return scratchColumns() == 0 ? null : tape.uninitialized(rows, scratchColumns());
  }

  /// True if the input consists of rows of a table that is small enough to be projected as a whole.
  final boolean projectsTable(Variable x) {
    if (x.gathered() == null) {
      return false;
    }
    var table = x.gathered().table();
    return Tensor.byteSize(table.type(), table.rows(), zColumns()) <= Tuning.PROJECTED_TABLE_BYTES;
  }

  /// `b + W·table`, computed once for each tape.
  private Tensor projectedTable(Tape tape, Tensor table) {
    return tape.shared(
        new Key(this, Form.TABLE),
        Tensor.class,
        () -> {
          var result = tape.uninitialized(table.rows(), zColumns());
          project(tape, table, result);
          return result;
        });
  }

  /// Sets a gradient that has vanished to zero, as is done with a state that has decayed. It would
  /// otherwise become subnormal from step to step, which is many times slower on some processors.
  final void settle(Tape tape, Step.Gradients gradients) {
    var arithmetic = tape.backend().arithmetic();
    arithmetic.settle(gradients.carried(), gradients.carried());
    if (gradients.dc() != null) {
      arithmetic.settle(gradients.dc(), gradients.dc());
    }
  }

  /// Multiply-adds of one row's step.
  final long multiplyAdds() {
    long sum = input().multiplyAdds();
    for (var product : stepProducts()) {
      sum += product.multiplyAdds();
    }
    return sum;
  }

  /// The block to which a gate's `bias_ih` is added.
  int biasInputBlock(int gate) {
    return input().block(gate);
  }

  /// The block to which a gate's `bias_hh` is added.
  int biasStateBlock(int gate) {
    return stepProducts().getFirst().block(gate);
  }

  /// Both biases, added where they meet in one block: the start of every row of pre-activations;
  /// zero without biases.
  final Tensor biasRow(Tape tape) {
    return tape.shared(
        new Key(this, Form.BIAS),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, zColumns());
          for (int gate = 0; gate < gates; gate++) {
            addBias(tape, biasIh, gate, row, biasInputBlock(gate));
            addBias(tape, biasHh, gate, row, biasStateBlock(gate));
          }
          return row;
        });
  }

  private void addBias(Tape tape, Parameter bias, int gate, Tensor row, int index) {
    if (bias != null) {
      int from = gate * hiddenSize;
      tape.backend().rows().accumulateColumns(bias.value(), from, row, index * block, hiddenSize);
    }
  }

  /// A row of zeros, where sums start that have no bias.
  final Tensor zeroRow(Tape tape) {
    return tape.shared(new Key(this, Form.ZERO), Tensor.class, () -> tape.zeros(1, stateSize()));
  }

  /// Adds the sums of dL/d(pre-activations) to the biases' gradients.
  ///
  /// @param dz [n, zColumns]
  final void accumulateBiases(Tape tape, Tensor dz) {
    if (!isTrainable(biasIh) && !isTrainable(biasHh)) {
      return;
    }
    var sums = tape.zeros(dz.columns());
    tape.backend().rows().sumColumns(dz, sums);
    for (int gate = 0; gate < gates; gate++) {
      accumulateBias(tape, biasIh, gate, sums, biasInputBlock(gate));
      accumulateBias(tape, biasHh, gate, sums, biasStateBlock(gate));
    }
  }

  private static boolean isTrainable(Parameter bias) {
    return bias != null && bias.trainable();
  }

  private void accumulateBias(Tape tape, Parameter bias, int gate, Tensor sums, int index) {
    if (isTrainable(bias)) {
      int to = gate * hiddenSize;
      tape.backend().rows().accumulateColumns(sums, index * block, bias.gradient(), to, hiddenSize);
    }
  }
}
