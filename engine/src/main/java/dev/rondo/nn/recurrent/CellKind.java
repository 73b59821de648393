package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Gates;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// The recurrence of a layer.
///
/// A row of pre-activations consists of blocks, one padded hidden size each; every gate's product
/// with the input goes to one block and its product with the state to one block, mostly the same. A
/// GRU needs the two parts of its new gate apart and orders its blocks n r z q, so that the input's
/// part (n r z) and the state's (r z q) are each one run of columns.
public enum CellKind {
  /// Elman, `h = tanh(W·x + U·h + b)`.
  RNN_TANH("rnn_tanh", 1),
  /// Elman with a rectifier, `h = max(W·x + U·h + b, 0)`.
  RNN_RELU("rnn_relu", 1),
  /// Gated recurrent unit, reset after the product (PyTorch's).
  GRU("gru", 4),
  /// Long short-term memory with forget gate.
  LSTM("lstm", 4);

  private final String label;
  private final int blocks;

  CellKind(String label, int blocks) {
    this.label = label;
    this.blocks = blocks;
  }

  /// The name in model files: `rnn_tanh`, `rnn_relu`, `gru`, `lstm`.
  public String label() {
    return label;
  }

  /// The kind of a label.
  ///
  /// @throws IllegalArgumentException if there is none
  public static CellKind of(String label) {
    for (var kind : values()) {
      if (kind.label.equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "cell must be rnn_tanh, rnn_relu, gru or lstm, was " + label);
  }

  /// Gates of hiddenSize rows each in the weight matrices: 1, 3 or 4.
  public int gates() {
    return inputBlocks().size();
  }

  /// Whether there is a cell state beside the hidden state.
  public boolean hasCellState() {
    return this == LSTM;
  }

  /// Blocks of one row of pre-activations.
  int blocks() {
    return blocks;
  }

  /// The block that the input's part of each gate goes to.
  List<Integer> inputBlocks() {
    return switch (this) {
      case RNN_TANH, RNN_RELU -> List.of(0);
      case GRU -> List.of(1, 2, 0);
      case LSTM -> List.of(0, 1, 2, 3);
    };
  }

  /// The block that the state's part of each gate goes to.
  List<Integer> recurrentBlocks() {
    return switch (this) {
      case RNN_TANH, RNN_RELU -> List.of(0);
      case GRU -> List.of(1, 2, 3);
      case LSTM -> List.of(0, 1, 2, 3);
    };
  }

  /// Pre-activations to state, for the rows of one step; `c` tensors are null without a cell state.
  void forward(Gates gates, Tensor z, Tensor hPrevious, Tensor cPrevious, Tensor h, Tensor c) {
    switch (this) {
      case RNN_TANH -> gates.rnnTanh(z, h);
      case RNN_RELU -> gates.rnnRelu(z, h);
      case GRU -> gates.gru(z, hPrevious, h);
      case LSTM -> gates.lstm(z, cPrevious, c, h);
    }
  }

  /// Whether the way back through the gates gives a part of dL/dh₋₁ that no product brings.
  boolean carriesDirectly() {
    return this == GRU;
  }

  /// The way back: dL/dz replaces what `z` held, and `dc` goes from step to step before.
  ///
  /// @param dh dL/dh by way of the output
  /// @param carried dL/dh by way of the next step; the direct part of dL/dh₋₁ replaces it where
  ///   there is one
  void backward(
      Gates gates,
      Tensor z,
      Tensor hPrevious,
      Tensor cPrevious,
      Tensor h,
      Tensor c,
      Tensor dh,
      Tensor carried,
      Tensor dc) {
    switch (this) {
      case RNN_TANH -> gates.rnnTanhBackward(z, h, dh, carried);
      case RNN_RELU -> gates.rnnReluBackward(z, h, dh, carried);
      case GRU -> gates.gruBackward(z, hPrevious, dh, carried);
      case LSTM -> gates.lstmBackward(z, cPrevious, c, dh, carried, dc);
    }
  }
}
