package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Gates;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.util.List;
import java.util.function.Consumer;

/// A common cell, whose pointwise part is one kernel: [FusedRnn], [FusedGru], [FusedLstm].
abstract class FusedRecurrence extends KernelRecurrence {
  private record BothKey(FusedRecurrence recurrence) {}

  private final int blocks;
  private final GateProduct input;
  private final GateProduct state;

  /// @param blocks of a row of pre-activations
  /// @param inputBlocks the block of each gate's product with the input
  /// @param stateBlocks the block of each gate's product with the state
  FusedRecurrence(
      Cell cell,
      RecurrencePlace place,
      int blocks,
      List<Integer> inputBlocks,
      List<Integer> stateBlocks) {
    super(cell, place);
    this.blocks = blocks;
    input = GateProduct.of(weightIh, 0, hiddenSize, inputBlocks);
    state =
        GateProduct.of(weightHh, 0, hiddenSize, stateBlocks)
            .dropConnect(place.regularization().dropConnect());
  }

  /// Pre-activations to state.
  abstract void pointwise(Gates kernel, Step step);

  /// dL/d(state) to dL/d(pre-activations), which take their place.
  abstract void pointwiseBackward(Gates kernel, Step step, Step.Gradients gradients);

  /// True if [#pointwiseBackward] leaves a part of dL/dh₋₁ in `carried` that comes from no product.
  boolean carriesDirectly() {
    return false;
  }

  @Override
  final int zColumns() {
    return blocks * block;
  }

  @Override
  List<GateColumns> gateColumns() {
    return gateColumns(input.blocks());
  }

  @Override
  final GateProduct input() {
    return input;
  }

  @Override
  final List<GateProduct> stepProducts() {
    return List.of(state);
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    input.set(tape, biasRow(tape), x, z);
  }

  @Override
  final void forward(Tape tape, Step step) {
    state.add(tape, step.hPrevious(), step.z());
    pointwise(tape.backend().gates(), step);
  }

  @Override
  final void backward(Tape tape, Step step, Step.Gradients gradients, boolean toState) {
    pointwiseBackward(tape.backend().gates(), step, gradients);
    if (!toState) {
      return;
    }
    if (carriesDirectly()) {
      state.addBackward(tape, step.z(), gradients.carried());
    } else {
      state.setBackward(tape, zeroRow(tape), step.z(), gradients.carried());
    }
  }

  @Override
  final void accumulateGradients(Tape tape, Step.All rows) {
    GateProduct.accumulate(tape, rows.z(), input, rows.x(), state, rows.hPrevious());
    accumulateBiases(tape, rows.z());
  }

  // Fused forms for plans.

  /// One product of x and h side by side, which is faster than two. For cells whose gates have the
  /// products of input and state in one block.
  final void oneProduct(Tape tape, Variable x, Step step) {
    var operand = sideBySide(tape, x.value(), step.hPrevious());
    tape.backend().gemm().multiply(biasRow(tape), operand, bothWeights(tape), step.z());
    pointwise(tape.backend().gates(), step);
  }

  /// x and h in one row.
  final Tensor sideBySide(Tape tape, Tensor x, Tensor h) {
    var rows = tape.backend().rows();
    var both = tape.uninitialized(h.rows(), inputSize + hiddenSize);
    rows.copyColumns(x, 0, both, 0, inputSize);
    rows.copyColumns(h, 0, both, inputSize, hiddenSize);
    return both;
  }

  private PackedMatrix bothWeights(Tape tape) {
    return tape.packed(
        new BothKey(this),
        inputSize + hiddenSize,
        zColumns(),
        packed ->
            withWeights(
                tape,
                true,
                true,
                weights -> tape.backend().gemm().packTransposed(weights, packed, 0)));
  }

  /// Passes the weights of the input, of the state, or both side by side, so that the chains of a
  /// product continue from one to the other. They are released afterwards.
  final void withWeights(Tape tape, boolean ofInput, boolean ofState, Consumer<Tensor> use) {
    int input = ofInput ? inputSize : 0;
    int state = ofState ? hiddenSize : 0;
    try (var workspace = new Workspace()) {
      var weights = workspace.zeros(weightIh.value().type(), gates * hiddenSize, input + state);
      var rows = tape.backend().rows();
      rows.copyColumns(weightIh.value(), 0, weights, 0, input);
      rows.copyColumns(weightHh.value(), 0, weights, input, state);
      use.accept(weights);
    }
  }
}
