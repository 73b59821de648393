package dev.rondo.nn;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/// The parameters of one recurrent layer, the forms in which kernels read them, and their
/// gradients. Knows how gates (rows of the parameters) lie in blocks (columns of pre-activations).
final class RecurrentWeights {
  private enum Form {
    INPUT_FORWARD,
    INPUT_BACKWARD,
    RECURRENT_FORWARD,
    RECURRENT_BACKWARD,
    BIAS,
    ZERO
  }

  private record Key(RecurrentWeights weights, Form form) {}

  private final CellKind kind;
  private final int inputSize;
  private final int hiddenSize;
  private final int block;
  private final Parameter weightIh;
  private final Parameter weightHh;
  private final Parameter biasIh;
  private final Parameter biasHh;

  /// Creates and fills the parameters `weight_ih` + suffix and so on.
  RecurrentWeights(
      RecurrentOptions options,
      int inputSize,
      String suffix,
      Parameters parameters,
      CounterRandom random) {
    this.kind = options.kind();
    this.inputSize = inputSize;
    this.hiddenSize = options.hiddenSize();
    this.block = Tensor.padded(hiddenSize);
    int rows = kind.gates() * hiddenSize;
    weightIh = parameters.create("weight_ih" + suffix, rows, inputSize);
    weightHh = parameters.create("weight_hh" + suffix, rows, hiddenSize);
    biasIh = parameters.create("bias_ih" + suffix, rows);
    biasHh = parameters.create("bias_hh" + suffix, rows);
    for (int gate = 0; gate < kind.gates(); gate++) {
      options.inputWeights().fill(rowsOf(weightIh.value(), gate), random);
    }
    for (int gate = 0; gate < kind.gates(); gate++) {
      options.recurrentWeights().fill(rowsOf(weightHh.value(), gate), random);
    }
    options.biases().fill(biasIh.value(), random);
    options.biases().fill(biasHh.value(), random);
    if (!Double.isNaN(options.forgetBias())) {
      int first = LstmGate.FORGET.firstRow(hiddenSize);
      for (int u = first; u < first + hiddenSize; u++) {
        biasIh.value().set(0, u, options.forgetBias());
        biasHh.value().set(0, u, 0);
      }
    }
  }

  private Tensor rowsOf(Tensor matrix, int gate) {
    return matrix.rows(gate * hiddenSize, hiddenSize);
  }

  CellKind kind() {
    return kind;
  }

  int inputSize() {
    return inputSize;
  }

  int hiddenSize() {
    return hiddenSize;
  }

  /// Columns of one row of pre-activations.
  int zColumns() {
    return kind.blocks() * block;
  }

  /// The parameters as variables: what a layer's result depends on beside its input and state.
  Variable[] variables(Tape tape) {
    return new Variable[] {
      tape.parameter(weightIh),
      tape.parameter(weightHh),
      tape.parameter(biasIh),
      tape.parameter(biasHh)
    };
  }

  private static int first(List<Integer> blocks) {
    return Collections.min(blocks);
  }

  /// The columns of pre-activations that the input's products reach.
  Tensor inputPart(Tensor z) {
    return z.columns(first(kind.inputBlocks()) * block, kind.gates() * block);
  }

  /// The columns of pre-activations that only the state's products reach, or null.
  private Tensor stateOnlyPart(Tensor z) {
    int reached = first(kind.inputBlocks()) + kind.gates();
    int blocks = kind.blocks() - reached;
    return blocks == 0 ? null : z.columns(reached * block, blocks * block);
  }

  /// `z = bias + x·weight_ihᵀ`, on the caller's thread.
  void project(Tape tape, Tensor x, Tensor z) {
    var bias = biasRow(tape);
    tape.backend().gemm().multiply(inputPart(bias), x, inputForward(tape), inputPart(z));
    var rest = stateOnlyPart(z);
    if (rest != null) {
      tape.backend().rows().set(stateOnlyPart(bias), rest);
    }
  }

  /// `z += h·weight_hhᵀ`, on the caller's thread.
  void recur(Tape tape, Tensor h, Tensor z) {
    tape.backend().gemm().multiply(h, recurrentForward(tape), recurrentPart(z));
  }

  /// Makes what [#project] and [#recur] read, before workers look for it.
  void prepareForward(Tape tape) {
    biasRow(tape);
    inputForward(tape);
    recurrentForward(tape);
  }

  /// Makes what [#carry] reads, before workers look for it.
  void prepareBackward(Tape tape) {
    zeroRow(tape);
    recurrentBackward(tape);
  }

  /// Multiply-adds of one row's step.
  long multiplyAdds() {
    return (long) zColumns() * (inputSize + hiddenSize);
  }

  /// The columns of pre-activations that the state's products reach.
  Tensor recurrentPart(Tensor z) {
    return z.columns(first(kind.recurrentBlocks()) * block, kind.gates() * block);
  }

  /// `weight_ih`ᵀ: input to pre-activations.
  PackedMatrix inputForward(Tape tape) {
    return tape.packed(
        new Key(this, Form.INPUT_FORWARD),
        inputSize,
        kind.gates() * block,
        packed -> packTransposed(tape, weightIh.value(), kind.inputBlocks(), packed));
  }

  /// `weight_hh`ᵀ: state to pre-activations.
  PackedMatrix recurrentForward(Tape tape) {
    return tape.packed(
        new Key(this, Form.RECURRENT_FORWARD),
        hiddenSize,
        kind.gates() * block,
        packed -> packTransposed(tape, weightHh.value(), kind.recurrentBlocks(), packed));
  }

  /// `weight_ih`: dL/d(pre-activations) to dL/dx.
  PackedMatrix inputBackward(Tape tape) {
    return tape.packed(
        new Key(this, Form.INPUT_BACKWARD),
        kind.gates() * block,
        inputSize,
        packed -> packRows(tape, weightIh.value(), kind.inputBlocks(), packed));
  }

  /// `weight_hh`: dL/d(pre-activations) to dL/dh₋₁.
  PackedMatrix recurrentBackward(Tape tape) {
    return tape.packed(
        new Key(this, Form.RECURRENT_BACKWARD),
        kind.gates() * block,
        hiddenSize,
        packed -> packRows(tape, weightHh.value(), kind.recurrentBlocks(), packed));
  }

  /// dL/dh₋₁ by way of a step, on the caller's thread.
  ///
  /// @param dz [rows, zColumns], dL/d(pre-activations)
  /// @param carried [rows, hiddenSize]: what the gates gave directly in, if they give anything;
  ///   dL/dh₋₁ out
  void carry(Tape tape, Tensor dz, Tensor carried) {
    var gemm = tape.backend().gemm();
    if (kind.carriesDirectly()) {
      gemm.multiply(recurrentPart(dz), recurrentBackward(tape), carried);
    } else {
      gemm.multiply(zeroRow(tape), recurrentPart(dz), recurrentBackward(tape), carried);
    }
  }

  /// Where chains start that start from nothing.
  private Tensor zeroRow(Tape tape) {
    return tape.shared(new Key(this, Form.ZERO), Tensor.class, () -> tape.zeros(1, hiddenSize));
  }

  private void packTransposed(
      Tape tape, Tensor weights, List<Integer> blocks, PackedMatrix packed) {
    Gemm gemm = tape.backend().gemm();
    int first = first(blocks);
    for (int gate = 0; gate < blocks.size(); gate++) {
      gemm.packTransposed(rowsOf(weights, gate), packed, (blocks.get(gate) - first) * block);
    }
  }

  private void packRows(Tape tape, Tensor weights, List<Integer> blocks, PackedMatrix packed) {
    Gemm gemm = tape.backend().gemm();
    int first = first(blocks);
    for (int gate = 0; gate < blocks.size(); gate++) {
      gemm.packRows(rowsOf(weights, gate), packed, (blocks.get(gate) - first) * block);
    }
  }

  /// Both biases, added where they meet in one block: the start of every row of pre-activations.
  Tensor biasRow(Tape tape) {
    return tape.shared(
        new Key(this, Form.BIAS),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, zColumns());
          var rows = tape.backend().rows();
          for (int gate = 0; gate < kind.gates(); gate++) {
            int from = gate * hiddenSize;
            int input = kind.inputBlocks().get(gate) * block;
            int state = kind.recurrentBlocks().get(gate) * block;
            rows.accumulateColumns(biasIh.value(), from, row, input, hiddenSize);
            rows.accumulateColumns(biasHh.value(), from, row, state, hiddenSize);
          }
          return row;
        });
  }

  /// Adds to the parameters' gradients: one product a matrix, over all rows in order.
  ///
  /// @param dz [n, zColumns], dL/d(pre-activations)
  /// @param x [n, inputSize]
  /// @param hPrevious [n, hiddenSize]
  void accumulateGradients(Tape tape, Tensor dz, Tensor x, Tensor hPrevious) {
    for (int gate = 0; gate < kind.gates(); gate += run(gate)) {
      accumulateRun(tape, dz, x, hPrevious, gate, run(gate));
    }
    if (biasIh.trainable() || biasHh.trainable()) {
      var rows = tape.backend().rows();
      var sums = tape.zeros(zColumns());
      rows.sumColumns(dz, sums);
      for (int gate = 0; gate < kind.gates(); gate++) {
        int to = gate * hiddenSize;
        if (biasIh.trainable()) {
          int from = kind.inputBlocks().get(gate) * block;
          rows.accumulateColumns(sums, from, biasIh.gradient(), to, hiddenSize);
        }
        if (biasHh.trainable()) {
          int from = kind.recurrentBlocks().get(gate) * block;
          rows.accumulateColumns(sums, from, biasHh.gradient(), to, hiddenSize);
        }
      }
    }
  }

  /// The gradients of both matrices for some gates, whose blocks lie side by side.
  private void accumulateRun(
      Tape tape, Tensor dz, Tensor x, Tensor hPrevious, int gate, int gates) {
    var parallel = tape.backend().parallel();
    int row = gate * hiddenSize;
    int count = gates * hiddenSize;
    var dzInput = dz.columns(kind.inputBlocks().get(gate) * block, count);
    var dzState = dz.columns(kind.recurrentBlocks().get(gate) * block, count);
    if (weightIh.trainable() && weightHh.trainable() && meet(gate)) {
      parallel.multiplyTransposed(
          dzInput,
          x,
          weightIh.gradient().rows(row, count),
          hPrevious,
          weightHh.gradient().rows(row, count));
      return;
    }
    if (weightIh.trainable()) {
      parallel.multiplyTransposed(dzInput, x, weightIh.gradient().rows(row, count));
    }
    if (weightHh.trainable()) {
      parallel.multiplyTransposed(dzState, hPrevious, weightHh.gradient().rows(row, count));
    }
  }

  /// Whether the input's and the state's part of a gate go to one block.
  private boolean meet(int gate) {
    return kind.inputBlocks().get(gate).equals(kind.recurrentBlocks().get(gate));
  }

  /// Gates from this one on that are alike, and whose blocks lie side by side without padding
  /// between them: one product does for all.
  private int run(int gate) {
    int run = 1;
    while (hiddenSize == block
        && gate + run < kind.gates()
        && meet(gate + run) == meet(gate)
        && kind.inputBlocks().get(gate + run) == kind.inputBlocks().get(gate) + run
        && kind.recurrentBlocks().get(gate + run) == kind.recurrentBlocks().get(gate) + run) {
      run++;
    }
    return run;
  }
}
