package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.Linear;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/// A stack of recurrent layers over whole sequences, time-major.
///
/// Made from [RecurrentOptions]. Holds parameters, no state: the state goes in and comes out.
/// States are in the order layer 0 forward, layer 0 reverse, layer 1 forward and so on, as
/// PyTorch's.
public final class Recurrent {
  /// What a forward pass gives.
  ///
  /// @param output of the top layer at every step, [steps, batchSize, outputSize]; 0 where a step
  ///   is not real
  /// @param lastState h and c of every layer and direction after its last step
  /// @param hidden h of every layer and direction at every step, [steps, batchSize, stateSize]
  /// @param cells c of every layer and direction at every step, [steps, batchSize, hiddenSize], if
  ///   [RecurrentOptions#keepCells] asked for it; else empty
  public record Run(
      Variable output, StackState lastState, List<Variable> hidden, List<Variable> cells) {}

  private final RecurrentOptions options;
  private final StackLayout layout;
  private final List<List<Recurrence>> layers = new ArrayList<>();

  /// The dense layer below each recurrent one; null where there is none.
  private final List<Linear> dense = new ArrayList<>();

  /// Learned initial states, the parts of each layer and direction; empty if they are zero.
  private final List<List<Parameter>> initial = new ArrayList<>();

  private final ElementType type;

  Recurrent(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    this.options = options;
    this.layout = options.layout();
    this.type = parameters.backend().type();
    for (int layer = 0; layer < layout.layers(); layer++) {
      dense.add(dense(layer, parameters, random));
      var ways = new ArrayList<Recurrence>();
      for (int way = 0; way < layout.directions(); way++) {
        ways.add(recurrence(layer, way, parameters, random));
        if (options.learnsInitialState()) {
          initial.add(initial(layer, way, parameters));
        }
      }
      layers.add(ways);
    }
  }

  private Linear dense(int layer, Parameters parameters, CounterRandom random) {
    var below = layout.dense().get(layer);
    if (below == null) {
      return null;
    }
    return Linear.of(layout.belowSize(layer), below.size())
        .create(parameters.at(StackLayout.denseName(layer)), random);
  }

  private Recurrence recurrence(int layer, int way, Parameters parameters, CounterRandom random) {
    var units = layout.units(layer, way);
    return units
        .cell()
        .recurrence(
            new RecurrencePlace(
                parameters,
                StackLayout.suffix(layer, way),
                layout.layerInputSize(layer),
                units.hiddenSize(),
                options.regularization(),
                options.initialization(),
                random));
  }

  private List<Parameter> initial(int layer, int way, Parameters parameters) {
    return layout.initialStates(layer, way).stream()
        .map(shape -> parameters.create(shape.name(), shape.inMemory()))
        .toList();
  }

  /// What the stack was made from.
  public RecurrentOptions options() {
    return options;
  }

  private List<List<StatePart>> states() {
    return layout.all().stream().map(units -> units.cell().states(units.hiddenSize())).toList();
  }

  /// A zero state in the caller's memory.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator) {
    return new RecurrentState(allocator, type, states(), batchSize);
  }

  /// A zero state on the tape.
  public StackState zeroState(Tape tape, int batchSize) {
    var states = new ArrayList<CellState>();
    for (var parts : states()) {
      states.add(
          new CellState(
              parts.stream()
                  .map(part -> tape.constant(tape.zeros(batchSize, part.columns())))
                  .toList()));
    }
    return new StackState(states);
  }

  /// The state that a sequence begins with where none is given: zero, or the learned one, the same
  /// for every row.
  public StackState initialState(Tape tape, int batchSize) {
    if (!options.learnsInitialState()) {
      return zeroState(tape, batchSize);
    }
    var states = new ArrayList<CellState>();
    for (var parts : initial) {
      states.add(
          new CellState(
              parts.stream()
                  .map(row -> Rowwise.repeat(tape, tape.parameter(row), batchSize))
                  .toList()));
    }
    return new StackState(states);
  }

  /// Runs from the initial state.
  ///
  /// @param x [steps, batchSize, inputSize]
  public Run forward(Tape tape, Variable x) {
    return forward(tape, x, (Lengths) null);
  }

  /// Runs from the initial state over sequences of different lengths.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param lengths which steps are real; null if all are
  public Run forward(Tape tape, Variable x, Lengths lengths) {
    requireInput(x);
    return forward(tape, x, initialState(tape, x.value().dimension(1)), lengths);
  }

  /// Runs from a state in the caller's memory, which is read, not changed; no gradient flows to it.
  ///
  /// @param x [steps, batchSize, inputSize]
  public Run forward(Tape tape, Variable x, RecurrentState state) {
    return forward(tape, x, state.on(tape), null);
  }

  /// Runs from a state on the tape.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param initial one state a layer and direction
  /// @throws IllegalArgumentException if a shape does not fit
  public Run forward(Tape tape, Variable x, StackState initial) {
    return forward(tape, x, initial, null);
  }

  /// Runs from a state on the tape over sequences of different lengths.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param initial one state a layer and direction
  /// @param lengths which steps are real; null if all are
  /// @throws IllegalArgumentException if a shape does not fit
  public Run forward(Tape tape, Variable x, StackState initial, Lengths lengths) {
    requireInput(x);
    int steps = x.value().dimension(0);
    int batchSize = x.value().dimension(1);
    requireState(initial, batchSize);
    requireLengths(lengths, steps, batchSize);
    var plans = new ArrayList<SequencePlan>();
    for (int direction = 0; direction < options.directions(); direction++) {
      boolean reversed = direction == 1 || options.direction() == Direction.REVERSE;
      plans.add(SequencePlan.of(tape, steps, batchSize, lengths, reversed));
    }
    var last = new ArrayList<CellState>();
    var hidden = new ArrayList<Variable>();
    var cells = new ArrayList<Variable>();
    Variable output = x;
    for (int layer = 0; layer < layers.size(); layer++) {
      var input = input(tape, layer, x, output);
      var results = layer(tape, input, layer, initial, plans);
      for (var result : results) {
        last.add(result.last());
        hidden.add(result.output());
        if (result.cells() != null) {
          cells.add(result.cells());
        }
      }
      output = residual(tape, layer, input, merged(tape, results));
    }
    return new Run(output, new StackState(last), List.copyOf(hidden), List.copyOf(cells));
  }

  /// The input of a layer: of the first, that of the stack; through the dense layer below it.
  private Variable input(Tape tape, int layer, Variable x, Variable below) {
    var input = layer == 0 ? x : between(tape, x, below);
    if (dense.get(layer) == null) {
      return input;
    }
    var f = layout.dense().get(layer).activation();
    var result = dense.get(layer).forward(tape, input);
    return f.equals(Activation.IDENTITY) ? result : tape.activation(f, result);
  }

  private Variable between(Tape tape, Variable x, Variable below) {
    var dropped = tape.training() ? dropped(tape, below) : below;
    return options.skip() == Skip.INPUT ? tape.concat(dropped, x) : dropped;
  }

  private Variable dropped(Tape tape, Variable x) {
    var regularization = options.regularization();
    return regularization.locked()
        ? Dropout.locked(tape, x, regularization.dropout())
        : Dropout.apply(tape, x, regularization.dropout());
  }

  private List<LayerPass.Result> layer(
      Tape tape, Variable input, int layer, StackState initial, List<SequencePlan> plans) {
    var directions = new ArrayList<LayerPass.OneWay>();
    for (int i = 0; i < plans.size(); i++) {
      var state = initial.layers().get(layer * plans.size() + i);
      directions.add(new LayerPass.OneWay(layers.get(layer).get(i), plans.get(i), state));
    }
    return LayerPass.forward(tape, input, directions, options.passOptions());
  }

  private Variable merged(Tape tape, List<LayerPass.Result> results) {
    var first = results.getFirst().output();
    return results.size() == 1
        ? first
        : options.merge().apply(tape, first, results.getLast().output());
  }

  /// What a single step gives.
  ///
  /// @param output of the top layer, [batchSize, outputSize]
  /// @param state of every layer after the step
  public record Stepped(Variable output, StackState state) {}

  /// One step of every layer, with the bits that [#forward] gives. Only for evaluation: a
  /// [RecurrentCell] records its steps.
  ///
  /// @param x [batchSize, inputSize], or a sequence of one step, [1, batchSize, inputSize]
  /// @param state of the step before, one a layer
  /// @throws IllegalStateException if the tape records
  /// @throws IllegalArgumentException if a shape does not fit, or a layer does not go forward
  public Stepped step(Tape tape, Variable x, StackState state) {
    if (tape.training()) {
      throw new IllegalStateException("a stack is stepped on an evaluating tape only");
    }
    if (options.direction() != Direction.FORWARD) {
      throw new IllegalArgumentException(
          "only layers that go forward can be stepped, direction is " + options.direction());
    }
    int batchSize = x.value().rows();
    if (x.value().columns() != options.inputSize() || batchSize == 0) {
      throw new IllegalArgumentException(
          "x is %s, expected [batchSize, %d]".formatted(x, options.inputSize()));
    }
    requireState(state, batchSize);
    var row = Rowwise.reshape(tape, x, batchSize, options.inputSize());
    var next = new ArrayList<CellState>();
    Variable output = row;
    for (int layer = 0; layer < layers.size(); layer++) {
      var input = input(tape, layer, row, output);
      var stepped = layers.get(layer).getFirst().step(tape, input, state.layers().get(layer));
      next.add(stepped);
      output = residual(tape, layer, input, stepped.h());
    }
    return new Stepped(output, new StackState(next));
  }

  /// A layer's output, with its input added to it where the stack says so.
  private Variable residual(Tape tape, int layer, Variable input, Variable output) {
    boolean adds =
        layer > 0
            && options.skip() == Skip.RESIDUAL
            && output.value().columns() == input.value().columns();
    return adds ? tape.add(input, output) : output;
  }

  /// Runs over a batch whose first dimension is the sequence, as PyTorch's `batch_first`: the input
  /// and the output are copied into the other order.
  ///
  /// @param x [batchSize, steps, inputSize]
  /// @param lengths which steps are real; null if all are
  /// @return the output as [batchSize, steps, outputSize], and everything else as [#forward] gives
  ///   it
  public Run forwardBatchFirst(Tape tape, Variable x, Lengths lengths) {
    requireInput(x, 3, "batchSize, steps");
    var run = forward(tape, Rowwise.swap(tape, x), lengths);
    return new Run(Rowwise.swap(tape, run.output()), run.lastState(), run.hidden(), run.cells());
  }

  /// Runs over a single sequence without a batch dimension.
  ///
  /// @param x [steps, inputSize]
  /// @return the output as [steps, outputSize]; states as those of a batch of one
  public Run forwardUnbatched(Tape tape, Variable x) {
    requireInput(x, 2, "steps");
    int steps = x.value().dimension(0);
    var run = forward(tape, Rowwise.reshape(tape, x, steps, 1, x.value().columns()));
    var output = Rowwise.reshape(tape, run.output(), steps, options.outputSize());
    return new Run(output, run.lastState(), run.hidden(), run.cells());
  }

  private void requireInput(Variable x) {
    requireInput(x, 3, "steps, batchSize");
  }

  /// @param dimensions all but the last, as the message names them
  private void requireInput(Variable x, int rank, String dimensions) {
    var value = x.value();
    if (value.rank() != rank || value.columns() != options.inputSize() || value.rows() == 0) {
      throw new IllegalArgumentException(
          "x is %s, expected [%s, %d]".formatted(x, dimensions, options.inputSize()));
    }
  }

  private static void requireLengths(Lengths lengths, int steps, int batchSize) {
    if (lengths == null) {
      return;
    }
    if (lengths.batchSize() != batchSize) {
      throw new IllegalArgumentException(
          "lengths are of %d rows, expected %d".formatted(lengths.batchSize(), batchSize));
    }
    if (lengths.steps() > steps) {
      throw new IllegalArgumentException(
          "lengths reach %d steps, x has %d".formatted(lengths.steps(), steps));
    }
  }

  private void requireState(StackState state, int batchSize) {
    var expected = states();
    if (state.layers().size() != expected.size()) {
      throw new IllegalArgumentException(
          "state has %d layers, expected %d".formatted(state.layers().size(), expected.size()));
    }
    for (int layer = 0; layer < expected.size(); layer++) {
      requireParts(state.layers().get(layer), expected.get(layer), batchSize);
    }
  }

  static void requireParts(CellState state, List<StatePart> expected, int batchSize) {
    for (int i = 0; i < expected.size(); i++) {
      var part = expected.get(i);
      var value = i < state.parts().size() ? state.parts().get(i).value() : null;
      if (value == null || value.rows() != batchSize || value.columns() != part.columns()) {
        throw new IllegalArgumentException(
            "state %s is %s, expected [%d, %d]"
                .formatted(part.name(), value, batchSize, part.columns()));
      }
    }
    if (state.parts().size() > expected.size()) {
      throw new IllegalArgumentException(
          "state has %d parts, expected %d: %s"
              .formatted(
                  state.parts().size(),
                  expected.size(),
                  expected.stream().map(StatePart::name).toList()));
    }
  }

  /// All parameters: those of every layer and direction, then learned initial states, then dense
  /// layers.
  public List<Parameter> parameters() {
    var result = new ArrayList<Parameter>();
    layers.forEach(ways -> ways.forEach(way -> result.addAll(way.parameters())));
    int most = initial.stream().mapToInt(List::size).max().orElse(0);
    for (int part = 0; part < most; part++) {
      for (var parts : initial) {
        if (part < parts.size()) {
          result.add(parts.get(part));
        }
      }
    }
    dense.stream().filter(Objects::nonNull).forEach(layer -> result.addAll(layer.parameters()));
    return Collections.unmodifiableList(result);
  }

  /// The names of all layers and directions, in the order of states: those of their recurrent
  /// matrices, or of their first parameters where there is none.
  public List<String> layerNames() {
    return layers.stream().flatMap(List::stream).map(Recurrence::name).toList();
  }

  /// The recurrent matrices, `weight_hh`, of every layer and direction that has one.
  public List<Parameter> recurrentMatrices() {
    var result = new ArrayList<Parameter>();
    for (var ways : layers) {
      for (var way : ways) {
        if (way.recurrentMatrix() != null) {
          result.add(way.recurrentMatrix());
        }
      }
    }
    return Collections.unmodifiableList(result);
  }
}
