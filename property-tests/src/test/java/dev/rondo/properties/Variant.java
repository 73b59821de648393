package dev.rondo.properties;

import dev.rondo.kernel.Activation;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.GruGate;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;

/// Every kind of cell, with every option at least once and all of them together.
enum Variant {
  RNN_TANH,
  RNN_RELU,
  RNN_SOFTSIGN,
  RNN_CLIPPED,
  RNN_LEFT_OUT(true),
  GRU,
  GRU_RESET_BEFORE,
  GRU_OTHER_ACTIVATIONS,
  GRU_LEFT_OUT(true),
  GRU_RESET_BEFORE_LEFT_OUT(true),
  LSTM,
  LSTM_PEEPHOLES,
  LSTM_COUPLED,
  LSTM_PROJECTED,
  LSTM_LAYER_NORM,
  LSTM_CLIPPED,
  LSTM_OTHER_ACTIVATIONS,
  LSTM_EVERYTHING,
  LSTM_LEFT_OUT(true),
  LSTM_EVERYTHING_LEFT_OUT(true);

  private final boolean random;

  Variant() {
    this(false);
  }

  Variant(boolean random) {
    this.random = random;
  }

  RecurrentOptions of(int inputSize, int hiddenSize) {
    int projection = (hiddenSize + 1) / 2;
    var everything =
        Lstm.cell()
            .withPeepholes()
            .withCoupledGates()
            .withLayerNorm()
            .projection(projection)
            .cellClip(1.5)
            .clip(2.5);
    return switch (this) {
      case RNN_TANH -> Rnn.of(inputSize, hiddenSize);
      case RNN_RELU -> Rnn.relu(inputSize, hiddenSize);
      case RNN_SOFTSIGN -> Rnn.of(inputSize, hiddenSize, Rnn.cell(Activation.SOFTSIGN));
      case RNN_CLIPPED -> Rnn.of(inputSize, hiddenSize, Rnn.cell(Activation.TANH).clip(1.2));
      case RNN_LEFT_OUT -> leftOut(Rnn.of(inputSize, hiddenSize), 0, 0);
      case GRU -> Gru.of(inputSize, hiddenSize);
      case GRU_RESET_BEFORE -> Gru.of(inputSize, hiddenSize, Gru.cell().resetBefore());
      case GRU_OTHER_ACTIVATIONS ->
          Gru.of(
              inputSize,
              hiddenSize,
              Gru.cell()
                  .activation(GruGate.RESET, Activation.hardSigmoid())
                  .activation(GruGate.NEW, Activation.SOFTSIGN)
                  .clip(1));
      case GRU_LEFT_OUT -> leftOut(Gru.of(inputSize, hiddenSize), 0.3, 0);
      case GRU_RESET_BEFORE_LEFT_OUT ->
          leftOut(Gru.of(inputSize, hiddenSize, Gru.cell().resetBefore()), 0.3, 0);
      case LSTM -> Lstm.of(inputSize, hiddenSize);
      case LSTM_PEEPHOLES -> Lstm.of(inputSize, hiddenSize, Lstm.cell().withPeepholes());
      case LSTM_COUPLED -> Lstm.of(inputSize, hiddenSize, Lstm.cell().withCoupledGates());
      case LSTM_PROJECTED -> Lstm.of(inputSize, hiddenSize, Lstm.cell().projection(projection));
      case LSTM_LAYER_NORM -> Lstm.of(inputSize, hiddenSize, Lstm.cell().withLayerNorm());
      case LSTM_CLIPPED -> Lstm.of(inputSize, hiddenSize, Lstm.cell().cellClip(0.8).clip(1.5));
      case LSTM_OTHER_ACTIVATIONS ->
          Lstm.of(
              inputSize,
              hiddenSize,
              Lstm.cell()
                  .activation(LstmGate.INPUT, Activation.hardSigmoid())
                  .activation(LstmGate.CELL, Activation.elu(0.5))
                  .activation(LstmGate.OUTPUT, Activation.affine(0.5, 0.2))
                  .outputActivation(Activation.SOFTSIGN));
      case LSTM_EVERYTHING -> Lstm.of(inputSize, hiddenSize, everything);
      case LSTM_LEFT_OUT -> leftOut(Lstm.of(inputSize, hiddenSize), 0.3, 0.2);
      case LSTM_EVERYTHING_LEFT_OUT ->
          leftOut(Lstm.of(inputSize, hiddenSize, everything), 0.3, 0.2);
    };
  }

  private static RecurrentOptions leftOut(
      RecurrentOptions options, double candidate, double zoneoutCell) {
    return options
        .recurrentDropout(0.3)
        .candidateDropout(candidate)
        .zoneout(0.3, zoneoutCell)
        .dropConnect(0.2);
  }

  /// Whether a unit may jump where the gradient does not see it.
  boolean hasKinks() {
    return switch (this) {
      case RNN_RELU,
          RNN_SOFTSIGN,
          RNN_CLIPPED,
          GRU_OTHER_ACTIVATIONS,
          LSTM_CLIPPED,
          LSTM_OTHER_ACTIVATIONS,
          LSTM_EVERYTHING,
          LSTM_EVERYTHING_LEFT_OUT ->
          true;
      default -> false;
    };
  }

  /// Whether few units say little: normalized they are nearly alike, left out or clipped they are
  /// gone.
  boolean needsSeveralUnits() {
    return switch (this) {
      case RNN_CLIPPED, LSTM_LAYER_NORM, LSTM_CLIPPED, LSTM_EVERYTHING -> true;
      default -> random;
    };
  }

  /// Whether training leaves something out at random.
  boolean isRandom() {
    return random;
  }
}
