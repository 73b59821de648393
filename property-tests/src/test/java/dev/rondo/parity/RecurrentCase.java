package dev.rondo.parity;

import dev.rondo.nn.CellState;
import dev.rondo.nn.Gru;
import dev.rondo.nn.Lengths;
import dev.rondo.nn.Lstm;
import dev.rondo.nn.RecurrentOptions;
import dev.rondo.nn.Rnn;
import dev.rondo.nn.StackState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A stack of recurrent layers over a batch of sequences, from a given state: output, last states,
/// and the gradients of the input, of the initial states and of all parameters.
///
/// @param lengths real steps of each row, at least one; empty if every step is real
record RecurrentCase(
    Cell cell,
    int layers,
    boolean bidirectional,
    int inputSize,
    int hiddenSize,
    int batchSize,
    int steps,
    List<Integer> lengths,
    long seed)
    implements TapeCase {
  /// What PyTorch has of recurrences.
  enum Cell {
    RNN_TANH(1),
    RNN_RELU(1),
    GRU(3),
    LSTM(4),
    LSTM_PROJECTED(4);

    private final int gates;

    Cell(int gates) {
      this.gates = gates;
    }

    boolean hasCellState() {
      return this == LSTM || this == LSTM_PROJECTED;
    }
  }

  RecurrentCase {
    lengths = List.copyOf(lengths);
    if (cell == Cell.LSTM_PROJECTED && hiddenSize < 2) {
      throw new IllegalArgumentException("PyTorch projects to fewer columns than hiddenSize");
    }
  }

  @Override
  public String operation() {
    return cell.name().toLowerCase(Locale.ROOT).replace('_', ' ')
        + (bidirectional ? ", both directions" : "")
        + (lengths.isEmpty() ? "" : ", packed");
  }

  /// Columns of h.
  int stateSize() {
    return cell == Cell.LSTM_PROJECTED ? (hiddenSize + 1) / 2 : hiddenSize;
  }

  int directions() {
    return bidirectional ? 2 : 1;
  }

  /// States of the stack, those of both directions counted.
  int states() {
    return layers * directions();
  }

  @Override
  public Operands operands() {
    int outputSize = directions() * stateSize();
    var operands = Operands.of(seed).gaussian("x", 1, steps, batchSize, inputSize);
    operands.gaussian(Operands.UPSTREAM + "output", 1, steps, batchSize, outputSize);
    for (int i = 0; i < states(); i++) {
      state(operands, "h" + i, stateSize());
      if (cell.hasCellState()) {
        state(operands, "c" + i, hiddenSize);
      }
    }
    for (int layer = 0; layer < layers; layer++) {
      parameters(operands, "_l" + layer, layer == 0 ? inputSize : outputSize);
      if (bidirectional) {
        parameters(operands, "_l" + layer + "_reverse", layer == 0 ? inputSize : outputSize);
      }
    }
    return operands;
  }

  private void state(Operands operands, String name, int columns) {
    operands.gaussian(name, 0.5, batchSize, columns);
    operands.gaussian(Operands.UPSTREAM + "last " + name, 1, batchSize, columns);
  }

  private void parameters(Operands operands, String suffix, int columns) {
    int rows = cell.gates * hiddenSize;
    parameter(operands, "weight_ih" + suffix, rows, columns);
    parameter(operands, "weight_hh" + suffix, rows, stateSize());
    parameter(operands, "bias_ih" + suffix, rows);
    parameter(operands, "bias_hh" + suffix, rows);
    if (cell == Cell.LSTM_PROJECTED) {
      parameter(operands, "weight_hr" + suffix, stateSize(), hiddenSize);
    }
  }

  /// In the range of PyTorch's initialization.
  private void parameter(Operands operands, String name, int... shape) {
    double bound = 1 / Math.sqrt(hiddenSize);
    operands.uniform(name, -bound, bound, shape);
  }

  private RecurrentOptions options() {
    var options =
        switch (cell) {
          case RNN_TANH -> Rnn.of(inputSize, hiddenSize);
          case RNN_RELU -> Rnn.relu(inputSize, hiddenSize);
          case GRU -> Gru.of(inputSize, hiddenSize);
          case LSTM -> Lstm.of(inputSize, hiddenSize);
          case LSTM_PROJECTED ->
              Lstm.of(inputSize, hiddenSize, Lstm.options().projection(stateSize()));
        };
    options = options.layers(layers);
    return bidirectional ? options.bidirectional() : options;
  }

  @Override
  public void record(EngineRun run) {
    var stack = options().create(run.parameters(), run.random());
    run.load();
    var initial = new ArrayList<CellState>();
    for (int i = 0; i < states(); i++) {
      initial.add(
          new CellState(run.input("h" + i), cell.hasCellState() ? run.input("c" + i) : null));
    }
    var real =
        lengths.isEmpty()
            ? null
            : Lengths.of(lengths.stream().mapToInt(Integer::intValue).toArray());
    var result = stack.forward(run.tape(), run.input("x"), new StackState(initial), real);
    run.result("output", result.output());
    for (int i = 0; i < states(); i++) {
      var last = result.lastState().layers().get(i);
      run.result("last h" + i, last.h());
      if (last.c() != null) {
        run.result("last c" + i, last.c());
      }
    }
  }
}
