package dev.rondo.nn;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.util.List;

/// The common cells, whose pointwise part is one kernel: tanh and relu networks, GRU with the reset
/// after the product, LSTM.
final class FusedRecurrence extends Recurrence {
  private record BothKey(FusedRecurrence recurrence) {}

  private final CellKind kind;
  private final GateProduct input;
  private final GateProduct state;

  FusedRecurrence(CellKind kind, RecurrentOptions options, int inputSize, Place place) {
    super(options, inputSize, kind.gates(), place);
    this.kind = kind;
    input = GateProduct.of(weightIh, 0, hiddenSize, kind.inputBlocks());
    state =
        GateProduct.of(weightHh, 0, hiddenSize, kind.recurrentBlocks())
            .dropConnect(options.regularization().dropConnect());
  }

  @Override
  int zColumns() {
    return kind.blocks() * block;
  }

  @Override
  int stateSize() {
    return hiddenSize;
  }

  @Override
  boolean hasCellState() {
    return kind.hasCellState();
  }

  @Override
  List<RecurrentObserver.Gate> gateColumns() {
    var sigmoid = Activation.SIGMOID;
    var tanh = Activation.TANH;
    var hidden = List.of(RecurrentObserver.Gate.HIDDEN);
    return switch (kind) {
      case RNN_TANH -> gateColumns(List.of(), List.of(tanh), hidden);
      case RNN_RELU -> gateColumns(List.of(), List.of(Activation.RELU), hidden);
      case GRU -> {
        var functions = List.of(sigmoid, sigmoid, tanh);
        yield gateColumns(List.of(GruGate.values()), functions, kind.inputBlocks());
      }
      case LSTM -> {
        var functions = List.of(sigmoid, sigmoid, tanh, sigmoid);
        yield gateColumns(List.of(LstmGate.values()), functions, kind.inputBlocks());
      }
    };
  }

  @Override
  GateProduct input() {
    return input;
  }

  @Override
  GateProduct state() {
    return state;
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    var bias = biasRow(tape);
    input.set(tape, bias, x, z);
    if (kind == CellKind.GRU) {
      int from = 3 * block;
      tape.backend().rows().set(bias.columns(from, block), z.columns(from, block));
    }
  }

  @Override
  void forward(Tape tape, Step step) {
    state.add(tape, step.hPrevious(), step.z());
    kind.forward(
        tape.backend().gates(), step.z(), step.hPrevious(), step.cPrevious(), step.h(), step.c());
  }

  @Override
  void step(Tape tape, Variable x, Step step) {
    // one product of x and h side by side is quicker than two; a GRU's new gate needs them apart
    if (!tape.planning() || kind == CellKind.GRU || projectTable(tape, x, step.z())) {
      super.step(tape, x, step);
      return;
    }
    var backend = tape.backend();
    var rows = backend.rows();
    var operand = tape.uninitialized(x.value().rows(), inputSize + hiddenSize);
    rows.copyColumns(x.value(), 0, operand, 0, inputSize);
    rows.copyColumns(step.hPrevious(), 0, operand, inputSize, hiddenSize);
    backend.gemm().multiply(biasRow(tape), operand, bothWeights(tape), step.z());
    kind.forward(
        tape.backend().gates(), step.z(), step.hPrevious(), step.cPrevious(), step.h(), step.c());
  }

  /// Both weight matrices, one below the other: the chains go on from the input's to the state's.
  private PackedMatrix bothWeights(Tape tape) {
    return tape.packed(
        new BothKey(this),
        inputSize + hiddenSize,
        zColumns(),
        packed -> {
          try (var workspace = new Workspace()) {
            int rows = gates * hiddenSize;
            var type = weightIh.value().type();
            var both = workspace.zeros(type, rows, inputSize + hiddenSize);
            var kernel = tape.backend().rows();
            kernel.copyColumns(weightIh.value(), 0, both, 0, inputSize);
            kernel.copyColumns(weightHh.value(), 0, both, inputSize, hiddenSize);
            for (int gate = 0; gate < gates; gate++) {
              var source = both.rows(gate * hiddenSize, hiddenSize);
              tape.backend().gemm().packTransposed(source, packed, input.block(gate) * block);
            }
          }
        });
  }

  @Override
  void backward(Tape tape, Step step, boolean toState) {
    kind.backward(
        tape.backend().gates(),
        step.z(),
        step.hPrevious(),
        step.cPrevious(),
        step.h(),
        step.c(),
        step.dh(),
        step.carried(),
        step.dc());
    if (!toState) {
      return;
    }
    if (kind.carriesDirectly()) {
      state.addBackward(tape, step.z(), step.carried());
    } else {
      state.setBackward(tape, zeroRow(tape), step.z(), step.carried());
    }
  }

  @Override
  void accumulateGradients(Tape tape, Rows rows) {
    GateProduct.accumulate(tape, rows.z(), input, rows.x(), state, rows.hPrevious());
    accumulateBiases(tape, rows.z());
  }
}
