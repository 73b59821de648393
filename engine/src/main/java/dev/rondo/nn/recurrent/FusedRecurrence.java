package dev.rondo.nn.recurrent;


import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.util.List;
import java.util.function.Consumer;

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
    if (tape.planning() && kind == CellKind.LSTM) {
      new PlannedLstm(this).step(tape, x, step);
    } else if (tape.planning() && kind != CellKind.GRU && !projectsTable(x)) {
      var operand = sideBySide(tape, x.value(), step.hPrevious());
      tape.backend().gemm().multiply(biasRow(tape), operand, bothWeights(tape), step.z());
      kind.forward(
          tape.backend().gates(), step.z(), step.hPrevious(), step.cPrevious(), step.h(), step.c());
    } else {
      super.step(tape, x, step); // a GRU's new gate needs the two products apart
    }
  }

  /// x and h in one row: one product of both is quicker than two.
  Tensor sideBySide(Tape tape, Tensor x, Tensor h) {
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

  /// Gives the weights of the input, of the state, or both side by side, so that the chains of a
  /// product go on from the one's to the other's; they are gone afterwards.
  void withWeights(Tape tape, boolean ofInput, boolean ofState, Consumer<Tensor> use) {
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
