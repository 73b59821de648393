package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What one layer does in one step in one direction, and back: its parameters, the forms in which
/// kernels read them, and their gradients. [RecurrentLayer] takes it through time.
///
/// A row of pre-activations `z` consists of blocks, one padded hidden size each: those of the
/// gates, and whatever else the way back reads. A step is two calls: [#project], the input's part,
/// may be done for many steps at once; [#forward] does the rest.
abstract class Recurrence {
  /// The rows of one step, and where they are.
  ///
  /// @param z what [#project] made in; what the way back reads out; dL/d(pre-activations) after it
  /// @param hPrevious read
  /// @param cPrevious read; null without a cell state
  /// @param h written by the way forward
  /// @param c written by the way forward; may be `cPrevious`
  /// @param dh dL/dh by way of the output; null on the way forward
  /// @param carried dL/dh by way of the next step in, dL/dh₋₁ out
  /// @param dc dL/dc by way of the next step in, dL/dc₋₁ out
  /// @param noise what is left out at random; null if nothing is
  /// @param slot the first row's place among the slots: what stays the same over all steps of one
  /// @param row the first row's place among the packed rows of the sequence
  record Step(
      Tensor z,
      Tensor hPrevious,
      Tensor cPrevious,
      Tensor h,
      Tensor c,
      Tensor dh,
      Tensor carried,
      Tensor dc,
      Noise noise,
      int slot,
      int row) {}

  /// What is left out at random in one pass.
  ///
  /// @param key a place among random numbers, for what is drawn step by step
  /// @param stateMask what h₋₁ is multiplied by, `[slots, stateSize]`; null if it is whole
  record Noise(long key, long counter, Tensor stateMask) {}

  /// The packed rows of several steps, on which a gradient was taken back.
  ///
  /// @param z dL/d(pre-activations) and what else the way back left
  /// @param cPrevious null without a cell state
  /// @param c null without a cell state
  record Rows(Tensor z, Tensor x, Tensor hPrevious, Tensor cPrevious, Tensor c) {}

  /// Bytes up to which a table of inputs is projected as a whole: it then stays in the last cache.
  private static final long PROJECTED_TABLE_BYTES = 4 << 20;

  private enum Form {
    BIAS,
    ZERO,
    TABLE
  }

  private record Key(Recurrence recurrence, Form form) {}

  final int inputSize;
  final int hiddenSize;
  final int block;
  final int gates;
  final Parameter weightIh;
  final Parameter weightHh;
  final Parameter biasIh;
  final Parameter biasHh;

  /// Creates and fills the parameters `weight_ih` + suffix and so on, for `gates` gates.
  Recurrence(RecurrentOptions options, int inputSize, int gates, Place place) {
    this.inputSize = inputSize;
    this.hiddenSize = options.hiddenSize();
    this.block = Tensor.padded(hiddenSize);
    this.gates = gates;
    int rows = gates * hiddenSize;
    weightIh = place.create("weight_ih", rows, inputSize);
    weightHh = place.create("weight_hh", rows, options.stateSize());
    biasIh = place.create("bias_ih", rows);
    biasHh = place.create("bias_hh", rows);
    var initialization = options.initialization();
    var names = options.cell().gates();
    initialization.fillInputWeights(weightIh.value(), names, place.random);
    initialization.fillRecurrentWeights(weightHh.value(), names, place.random);
    initialization.fillBiases(biasIh.value(), biasHh.value(), names, place.random);
  }

  /// The recurrence of one layer and direction.
  static Recurrence of(RecurrentOptions options, int inputSize, Place place) {
    var fused = options.cell().fused();
    if (fused != null && !options.regularization().insideSteps()) {
      return new FusedRecurrence(fused, options, inputSize, place);
    }
    return switch (options.cell()) {
      case RnnOptions cell -> new RnnRecurrence(cell, options, inputSize, place);
      case GruOptions cell -> new GruRecurrence(cell, options, inputSize, place);
      case LstmOptions cell -> new LstmRecurrence(cell, options, inputSize, place);
    };
  }

  /// Where the parameters of a layer go.
  record Place(Parameters parameters, String suffix, CounterRandom random) {
    Parameter create(String name, int... shape) {
      return parameters.create(name + suffix, shape);
    }
  }

  /// All parameters: what a layer's result depends on beside its input and state.
  List<Parameter> parameters() {
    return List.of(weightIh, weightHh, biasIh, biasHh);
  }

  final Variable[] variables(Tape tape) {
    return parameters().stream().map(tape::parameter).toArray(Variable[]::new);
  }

  /// Columns of one row of pre-activations.
  abstract int zColumns();

  /// Columns of h.
  abstract int stateSize();

  /// Whether there is a cell state beside the hidden state.
  abstract boolean hasCellState();

  /// The gates in the order of their rows in the parameters, and where [#forward] leaves them.
  abstract List<RecurrentObserver.Gate> gateColumns();

  /// The gates of the cell as an observer is told of them.
  ///
  /// @param names of the gates; none for the only one of an Elman cell
  /// @param activations one a gate
  /// @param blocks one a gate; [RecurrentObserver.Gate#HIDDEN] where the values are h
  final List<RecurrentObserver.Gate> gateColumns(
      List<? extends Enum<?>> names, List<Activation> activations, List<Integer> blocks) {
    var result = new ArrayList<RecurrentObserver.Gate>();
    for (int i = 0; i < blocks.size(); i++) {
      String name = names.isEmpty() ? "hidden" : names.get(i).name().toLowerCase(Locale.ROOT);
      int index = blocks.get(i);
      int column = index == RecurrentObserver.Gate.HIDDEN ? index : index * block;
      result.add(new RecurrentObserver.Gate(name, activations.get(i), column, hiddenSize));
    }
    return List.copyOf(result);
  }

  /// The product with the input.
  abstract GateProduct input();

  /// The product with the state.
  abstract GateProduct state();

  /// Makes what steps share, before workers look for it.
  ///
  /// @param slots sequences side by side
  void prepareForward(Tape tape, int slots) {
    biasRow(tape);
    input().forward(tape);
    state().forward(tape);
  }

  /// Draws what is left out in a pass; null where nothing is.
  ///
  /// @param rows of the batch, each of which has a mask of its state
  Noise noise(Tape tape, int rows) {
    return null;
  }

  /// Whether gradients of parameters depend on cell states.
  boolean readsCells() {
    return false;
  }

  /// Makes what the way back shares, before workers look for it.
  void prepareBackward(Tape tape) {
    zeroRow(tape);
    state().backward(tape);
  }

  /// `z = bias + x·weight_ihᵀ`, on the caller's thread.
  abstract void project(Tape tape, Tensor x, Tensor z);

  /// The rest of a step, on the caller's thread.
  abstract void forward(Tape tape, Step step);

  /// A whole step on an evaluating tape, on the caller's thread.
  ///
  /// @param x [rows, inputSize]
  /// @return h and c in memory of the tape's
  final CellState step(Tape tape, Variable x, CellState state) {
    int rows = x.value().rows();
    var z = tape.uninitialized(rows, zColumns());
    // side by side where they are as wide: one row of both is then one run of memory
    boolean together = hasCellState() && stateSize() == hiddenSize;
    var states = tape.uninitialized(together ? 2 * rows : rows, stateSize());
    var h = states.rows(0, rows);
    Tensor c = null;
    Tensor cPrevious = null;
    if (hasCellState()) {
      c = together ? states.rows(rows, rows) : tape.uninitialized(rows, hiddenSize);
      cPrevious = state.c().value();
    }
    var hPrevious = state.h().value();
    step(tape, x, new Step(z, hPrevious, cPrevious, h, c, null, null, null, null, 0, 0));
    return new CellState(tape.constant(h), c == null ? null : tape.constant(c));
  }

  /// The input's part and the rest of one step.
  void step(Tape tape, Variable x, Step step) {
    prepareForward(tape, step.z().rows());
    if (projectsTable(x)) {
      var table = projectedTable(tape, x.gathered().table());
      tape.backend().rows().gather(table, x.gathered().tokens(), 0, step.z());
    } else {
      project(tape, x.value(), step.z());
    }
    forward(tape, step);
  }

  /// Whether the input is rows of a table that is small enough to be projected as a whole.
  final boolean projectsTable(Variable x) {
    if (x.gathered() == null) {
      return false;
    }
    var table = x.gathered().table();
    return Tensor.byteSize(table.type(), table.rows(), zColumns()) <= PROJECTED_TABLE_BYTES;
  }

  /// `bias + table·weight_ihᵀ`, made once a tape.
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

  /// The way back through a step, on the caller's thread.
  ///
  /// @param toState whether dL/dh₋₁ is wanted
  abstract void backward(Tape tape, Step step, boolean toState);

  /// Makes a gradient that has vanished zero, as the state is made that has decayed: on the way
  /// from step to step before it would else become subnormal, which is many times slower on some
  /// processors.
  ///
  /// @param dc null without a cell state
  final void settle(Tape tape, Tensor carried, Tensor dc) {
    var arithmetic = tape.backend().arithmetic();
    arithmetic.settle(carried, carried);
    if (dc != null) {
      arithmetic.settle(dc, dc);
    }
  }

  /// Adds to the parameters' gradients, over all rows in order.
  abstract void accumulateGradients(Tape tape, Rows rows);

  /// Multiply-adds of one row's step.
  final long multiplyAdds() {
    return (long) gates * block * (inputSize + stateSize());
  }

  /// The block that a gate's `bias_ih` is added in.
  int biasInputBlock(int gate) {
    return input().block(gate);
  }

  /// The block that a gate's `bias_hh` is added in.
  int biasStateBlock(int gate) {
    return state().block(gate);
  }

  /// Both biases, added where they meet in one block: the start of every row of pre-activations.
  final Tensor biasRow(Tape tape) {
    return tape.shared(
        new Key(this, Form.BIAS),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, zColumns());
          var rows = tape.backend().rows();
          for (int gate = 0; gate < gates; gate++) {
            int from = gate * hiddenSize;
            int input = biasInputBlock(gate) * block;
            int state = biasStateBlock(gate) * block;
            rows.accumulateColumns(biasIh.value(), from, row, input, hiddenSize);
            rows.accumulateColumns(biasHh.value(), from, row, state, hiddenSize);
          }
          return row;
        });
  }

  /// Where chains start that start from nothing.
  final Tensor zeroRow(Tape tape) {
    return tape.shared(new Key(this, Form.ZERO), Tensor.class, () -> tape.zeros(1, stateSize()));
  }

  /// Adds the sums of dL/d(pre-activations) to the biases' gradients.
  ///
  /// @param dz [n, zColumns]
  final void accumulateBiases(Tape tape, Tensor dz) {
    if (!biasIh.trainable() && !biasHh.trainable()) {
      return;
    }
    var rows = tape.backend().rows();
    var sums = tape.zeros(dz.columns());
    rows.sumColumns(dz, sums);
    for (int gate = 0; gate < gates; gate++) {
      int to = gate * hiddenSize;
      if (biasIh.trainable()) {
        int from = biasInputBlock(gate) * block;
        rows.accumulateColumns(sums, from, biasIh.gradient(), to, hiddenSize);
      }
      if (biasHh.trainable()) {
        int from = biasStateBlock(gate) * block;
        rows.accumulateColumns(sums, from, biasHh.gradient(), to, hiddenSize);
      }
    }
  }
}
