package dev.rondo.mutants;

import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.GruGate;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;

/// The functions that the checker is tested on, each of any size: one for every cell with every
/// option, every layer and every loss.
enum CheckedProgram {
  RNN_TANH(size -> Rnn.of(size.inputSize(), size.hiddenSize())),
  RNN_RELU(size -> Rnn.relu(size.inputSize(), size.hiddenSize())),
  RNN_CLIPPED(
      size -> Rnn.of(size.inputSize(), size.hiddenSize(), Rnn.cell(Activation.SOFTSIGN).clip(1.2))),
  RNN_LEFT_OUT(size -> leftOut(Rnn.of(size.inputSize(), size.hiddenSize()), 0, 0)),
  GRU(size -> Gru.of(size.inputSize(), size.hiddenSize())),
  GRU_OTHER_ACTIVATIONS(size ->
      Gru.of(
          size.inputSize(),
          size.hiddenSize(),
          Gru.cell()
              .activation(GruGate.RESET, Activation.hardSigmoid())
              .activation(GruGate.NEW, Activation.SOFTSIGN))),
  GRU_LEFT_OUT(size -> leftOut(Gru.of(size.inputSize(), size.hiddenSize()), 0.3, 0)),
  GRU_RESET_BEFORE(size -> Gru.of(size.inputSize(), size.hiddenSize(), Gru.cell().resetBefore())),
  GRU_RESET_BEFORE_LEFT_OUT(size ->
      leftOut(Gru.of(size.inputSize(), size.hiddenSize(), Gru.cell().resetBefore()), 0.3, 0)),
  LSTM(size -> lstm(size, Lstm.cell())),
  LSTM_CELLS(size -> lstm(size, Lstm.cell()).keepCells()),
  LSTM_PEEPHOLES(size -> lstm(size, Lstm.cell().withPeepholes())),
  LSTM_COUPLED(size -> lstm(size, Lstm.cell().withCoupledGates())),
  LSTM_PROJECTED(size -> lstm(size, Lstm.cell().projection((size.hiddenSize() + 1) / 2))),
  LSTM_LAYER_NORM(size -> lstm(size.wider(), Lstm.cell().withLayerNorm())),
  LSTM_CLIPPED(size -> lstm(size, Lstm.cell().cellClip(0.8).clip(1.5))),
  LSTM_LEFT_OUT(size -> leftOut(lstm(size, Lstm.cell()), 0.3, 0.2)),
  LSTM_EVERYTHING(size ->
      leftOut(
          lstm(
              size,
              Lstm.cell()
                  .withPeepholes()
                  .withCoupledGates()
                  .withLayerNorm()
                  .projection((size.hiddenSize() + 1) / 2)),
          0.3,
          0.2)),
  RECOMPUTED(size -> lstm(size, Lstm.cell().withPeepholes()).recompute(2)),
  BIDIRECTIONAL(size -> Gru.of(size.inputSize(), size.hiddenSize()).bidirectional()),
  LEARNED_START(size -> lstm(size, Lstm.cell()).layers(2).dropout(0.2).learnedInitialState()),
  STEPPED_CELL(SequencePrograms::steppedCell),
  TRUNCATED_WINDOW(SequencePrograms::truncatedWindow),
  LANGUAGE_MODEL(SequencePrograms::languageModel),
  LINEAR(LayerPrograms::linear),
  MATMUL(LayerPrograms::matmul),
  ARITHMETIC(LayerPrograms::arithmetic),
  SOFTMAX(LayerPrograms::softmax),
  LAYER_NORM(LayerPrograms::layerNorm),
  DROPOUT(LayerPrograms::dropout),
  LOCKED_DROPOUT(LayerPrograms::lockedDropout),
  CROSS_ENTROPY(LayerPrograms::crossEntropy),
  MEAN_SQUARED_ERROR(LayerPrograms::meanSquaredError),
  BINARY_CROSS_ENTROPY(LayerPrograms::binaryCrossEntropy),
  ACTIVATION_REGULARIZATION(LayerPrograms::activationRegularization);

  /// Makes the inputs and parameters of a check, and what is run on them.
  @FunctionalInterface
  interface Builder {
    GradientCheck.Program build(GradientCheck check, ProgramSize size);
  }

  /// The cell of a size.
  @FunctionalInterface
  interface Cell {
    RecurrentOptions of(ProgramSize size);
  }

  @SuppressWarnings("ImmutableEnumChecker") // builders hold nothing that changes
  private final Builder builder;

  CheckedProgram(Builder builder) {
    this.builder = builder;
  }

  CheckedProgram(Cell cell) {
    this((check, size) -> SequencePrograms.recurrent(check, size, cell.of(size)));
  }

  private static RecurrentOptions lstm(ProgramSize size, Lstm options) {
    return Lstm.of(size.inputSize(), size.hiddenSize(), options);
  }

  private static RecurrentOptions leftOut(
      RecurrentOptions options, double candidate, double zoneoutCell) {
    return options
        .recurrentDropout(0.3)
        .candidateDropout(candidate)
        .zoneout(0.3, zoneoutCell)
        .dropConnect(0.2);
  }

  /// The gradients of this size; the seed decides everything else.
  GradientReport check(ProgramSize size, long seed) {
    try (var check = new GradientCheck(seed)) {
      return check.run(builder.build(check, size));
    }
  }
}
