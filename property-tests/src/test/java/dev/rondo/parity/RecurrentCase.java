package dev.rondo.parity;

import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.StackState;
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
    addParameters(operands, "");
    return operands;
  }

  /// Adds those of the stack.
  ///
  /// @param prefix what their names begin with
  void addParameters(Operands operands, String prefix) {
    for (int layer = 0; layer < layers; layer++) {
      int columns = layer == 0 ? inputSize : directions() * stateSize();
      addParameters(operands, prefix, "_l" + layer, columns);
      if (bidirectional) {
        addParameters(operands, prefix, "_l" + layer + "_reverse", columns);
      }
    }
  }

  private void state(Operands operands, String name, int columns) {
    operands.gaussian(name, 0.5, batchSize, columns);
    operands.gaussian(Operands.UPSTREAM + "last " + name, 1, batchSize, columns);
  }

  private void addParameters(Operands operands, String prefix, String suffix, int columns) {
    int rows = cell.gates * hiddenSize;
    parameter(operands, prefix + "weight_ih" + suffix, rows, columns);
    parameter(operands, prefix + "weight_hh" + suffix, rows, stateSize());
    parameter(operands, prefix + "bias_ih" + suffix, rows);
    parameter(operands, prefix + "bias_hh" + suffix, rows);
    if (cell == Cell.LSTM_PROJECTED) {
      parameter(operands, prefix + "weight_hr" + suffix, stateSize(), hiddenSize);
    }
  }

  /// In the range of PyTorch's initialization, but smaller for matrices with more columns than
  /// units: pre-activations of a deviation of 5 leave gradients that consist of rounding.
  private void parameter(Operands operands, String name, int... shape) {
    double bound = 1 / Math.sqrt(shape.length == 1 ? hiddenSize : Math.max(hiddenSize, shape[1]));
    operands.uniform(name, -bound, bound, shape);
  }

  RecurrentOptions options() {
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
    var result = stack.forward(run.tape(), run.input("x"), new StackState(initial), realSteps());
    run.result("output", result.output());
    for (int i = 0; i < states(); i++) {
      var last = result.lastState().layers().get(i);
      run.result("last h" + i, last.h());
      if (last.c() != null) {
        run.result("last c" + i, last.c());
      }
    }
  }

  /// Null if every step is real.
  Lengths realSteps() {
    return lengths.isEmpty()
        ? null
        : Lengths.of(lengths.stream().mapToInt(Integer::intValue).toArray());
  }
}
