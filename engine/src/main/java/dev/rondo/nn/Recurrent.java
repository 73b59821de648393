package dev.rondo.nn;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/// A stack of recurrent layers over whole sequences, time-major.
///
/// Made from [RecurrentOptions]. Holds parameters, no state: the state goes in and comes out.
public final class Recurrent {
  /// What a forward pass gives.
  ///
  /// @param output h of the top layer at every step, [steps, batchSize, hiddenSize]
  /// @param lastState h and c of every layer after the last step
  public record Run(Variable output, StackState lastState) {}

  private final RecurrentOptions options;
  private final List<RecurrentWeights> layers = new ArrayList<>();
  private final ElementType type;

  Recurrent(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    this.options = options;
    this.type = parameters.backend().type();
    int inputSize = options.inputSize();
    for (int layer = 0; layer < options.layers(); layer++) {
      layers.add(new RecurrentWeights(options, inputSize, "_l" + layer, parameters, random));
      inputSize = options.hiddenSize();
    }
  }

  /// What the stack was made from.
  public RecurrentOptions options() {
    return options;
  }

  /// A zero state in the caller's memory.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator) {
    return new RecurrentState(
        allocator,
        type,
        options.kind().hasCellState(),
        options.layers(),
        batchSize,
        options.hiddenSize());
  }

  /// A zero state on the tape.
  public StackState zeroState(Tape tape, int batchSize) {
    var states = new ArrayList<CellState>();
    for (int layer = 0; layer < options.layers(); layer++) {
      var h = tape.constant(tape.zeros(batchSize, options.hiddenSize()));
      Variable c = null;
      if (options.kind().hasCellState()) {
        c = tape.constant(tape.zeros(batchSize, options.hiddenSize()));
      }
      states.add(new CellState(h, c));
    }
    return new StackState(states);
  }

  /// Runs from a zero state.
  ///
  /// @param x [steps, batchSize, inputSize]
  public Run forward(Tape tape, Variable x) {
    requireInput(x);
    return forward(tape, x, zeroState(tape, x.value().dimension(1)));
  }

  /// Runs from a state in the caller's memory, which is read, not changed; no gradient flows to it.
  ///
  /// @param x [steps, batchSize, inputSize]
  public Run forward(Tape tape, Variable x, RecurrentState state) {
    return forward(tape, x, state.on(tape));
  }

  /// Runs from a state on the tape.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param initial one state a layer, each [batchSize, hiddenSize]
  /// @throws IllegalArgumentException if a shape does not fit
  public Run forward(Tape tape, Variable x, StackState initial) {
    requireInput(x);
    requireState(initial, x.value().dimension(1));
    var last = new ArrayList<CellState>();
    Variable input = x;
    for (int layer = 0; layer < layers.size(); layer++) {
      if (layer > 0) {
        input = Dropout.apply(tape, input, options.dropout());
      }
      var run = RecurrentLayer.forward(tape, layers.get(layer), input, initial.layers().get(layer));
      last.add(run.last());
      input = run.output();
    }
    return new Run(input, new StackState(last));
  }

  private void requireInput(Variable x) {
    var value = x.value();
    if (value.rank() != 3 || value.columns() != options.inputSize() || value.rows() == 0) {
      throw new IllegalArgumentException(
          "x is %s, expected [steps, batchSize, %d]".formatted(x, options.inputSize()));
    }
  }

  private void requireState(StackState state, int batchSize) {
    if (state.layers().size() != options.layers()) {
      throw new IllegalArgumentException(
          "state has %d layers, expected %d".formatted(state.layers().size(), options.layers()));
    }
    for (var layer : state.layers()) {
      requireShape("h", layer.h(), batchSize);
      if (options.kind().hasCellState()) {
        requireShape("c", layer.c(), batchSize);
      }
    }
  }

  private void requireShape(String name, Variable variable, int batchSize) {
    if (variable == null
        || variable.value().rows() != batchSize
        || variable.value().columns() != options.hiddenSize()) {
      throw new IllegalArgumentException(
          "state %s is %s, expected [%d, %d]"
              .formatted(name, variable, batchSize, options.hiddenSize()));
    }
  }
}
