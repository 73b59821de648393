package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.Dropout;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/// A stack of recurrent layers over whole sequences, time-major.
///
/// Made from [RecurrentOptions]. Holds parameters but no state: the state is an argument and a
/// result. States are in the order layer 0 forward, layer 0 reverse, layer 1 forward and so on, as
/// PyTorch's.
public final class Recurrent {
  /// The result of a forward pass.
  ///
  /// @param output of the top layer at every step, [steps, batchSize, outputSize]; 0 where a step
  ///   is not real
  /// @param lastState h and c of every layer and direction after its last step
  /// @param hidden h of every layer and direction at every step, [steps, batchSize, stateSize]
  /// @param cells c of every layer and direction at every step, [steps, batchSize, hiddenSize], if
  ///   [RecurrentOptions#keepCells] requests it; else empty
  public record StackOutput(
      Variable output, StackState lastState, List<Variable> hidden, List<Variable> cells) {}

  private final RecurrentOptions options;
  private final StackLayers layers;
  private final ElementType type;

  Recurrent(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    this.options = options;
    this.type = parameters.backend().type();
    layers = new StackLayers(options, parameters, random);
  }

  /// The options that the stack was made from.
  public RecurrentOptions options() {
    return options;
  }

  /// A zero state in the caller's memory.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator) {
    return new RecurrentState(allocator, type, layers.states(), batchSize);
  }

  /// A zero state on the tape.
  public StackState zeroState(Tape tape, int batchSize) {
    var states = new ArrayList<CellState>();
    for (var parts : layers.states()) {
      var zeros = new ArrayList<Variable>();
      for (var part : parts) {
        zeros.add(tape.constant(tape.zeros(batchSize, part.columns())));
      }
      states.add(new CellState(zeros));
    }
    return new StackState(states);
  }

  /// The state that a sequence begins with if none is given: zero, or the learned state, the same
  /// for every row.
  public StackState initialState(Tape tape, int batchSize) {
    return options.learnsInitialState()
        ? layers.initialState(tape, batchSize)
        : zeroState(tape, batchSize);
  }

  /// Runs from the initial state.
  ///
  /// @param x [steps, batchSize, inputSize]
  public StackOutput forward(Tape tape, Variable x) {
    return forward(tape, x, (Lengths) null);
  }

  /// Runs from the initial state over sequences of different lengths.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param lengths which steps are real; null if all are
  public StackOutput forward(Tape tape, Variable x, Lengths lengths) {
    StackShapes.requireInput(x, 3, "steps, batchSize", options);
    return forward(tape, x, initialState(tape, x.value().dimension(1)), lengths);
  }

  /// Runs from a state in the caller's memory, which is read, not changed; no gradient flows to it.
  ///
  /// @param x [steps, batchSize, inputSize]
  public StackOutput forward(Tape tape, Variable x, RecurrentState state) {
    return forward(tape, x, state.on(tape), null);
  }

  /// Runs from a state on the tape.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param initial one state for each layer and direction
  /// @throws IllegalArgumentException if a shape does not fit
  public StackOutput forward(Tape tape, Variable x, StackState initial) {
    return forward(tape, x, initial, null);
  }

  /// Runs from a state on the tape over sequences of different lengths.
  ///
  /// @param x [steps, batchSize, inputSize]
  /// @param initial one state for each layer and direction
  /// @param lengths which steps are real; null if all are
  /// @throws IllegalArgumentException if a shape does not fit
  public StackOutput forward(Tape tape, Variable x, StackState initial, Lengths lengths) {
    StackShapes.requireInput(x, 3, "steps, batchSize", options);
    int steps = x.value().dimension(0);
    int batchSize = x.value().dimension(1);
    StackShapes.requireState(initial, layers.states(), batchSize);
    StackShapes.requireLengths(lengths, steps, batchSize);
    var plans = new ArrayList<SequencePlan>();
    for (int direction = 0; direction < options.directions(); direction++) {
      boolean reversed = direction == 1 || options.direction() == Direction.REVERSE;
      plans.add(SequencePlan.of(tape, steps, batchSize, lengths, reversed));
    }
    var last = new ArrayList<CellState>();
    var hidden = new ArrayList<Variable>();
    var cells = new ArrayList<Variable>();
    Variable output = x;
    for (int layer = 0; layer < options.layers(); layer++) {
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
    return new StackOutput(output, new StackState(last), List.copyOf(hidden), List.copyOf(cells));
  }

  /// The input of a layer, after the dense layer below it; for the first, the stack's input.
  private Variable input(Tape tape, int layer, Variable x, Variable below) {
    return layers.dense(tape, layer, layer == 0 ? x : between(tape, x, below));
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
      directions.add(new LayerPass.OneWay(layers.of(layer).get(i), plans.get(i), state));
    }
    return LayerPass.forward(tape, input, directions, options.passOptions());
  }

  private Variable merged(Tape tape, List<LayerPass.Result> results) {
    var first = results.getFirst().output();
    return results.size() == 1
        ? first
        : options.merge().apply(tape, first, results.getLast().output());
  }

  /// The result of a single step.
  ///
  /// @param output of the top layer, [batchSize, outputSize]
  /// @param state of every layer after the step
  public record Stepped(Variable output, StackState state) {}

  /// Computes one step of every layer, with the same bits as [#forward]. For evaluation only; a
  /// [RecurrentCell] records its steps.
  ///
  /// @param x [batchSize, inputSize], or a sequence of one step, [1, batchSize, inputSize]
  /// @param state of the previous step, one for each layer
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
    StackShapes.requireState(state, layers.states(), batchSize);
    var row = Rowwise.reshape(tape, x, batchSize, options.inputSize());
    var next = new ArrayList<CellState>();
    Variable output = row;
    for (int layer = 0; layer < options.layers(); layer++) {
      var input = input(tape, layer, row, output);
      var stepped = layers.of(layer).getFirst().step(tape, input, state.layers().get(layer));
      next.add(stepped);
      output = residual(tape, layer, input, stepped.h());
    }
    return new Stepped(output, new StackState(next));
  }

  /// A layer's output, with its input added if the stack has a residual connection there.
  private Variable residual(Tape tape, int layer, Variable input, Variable output) {
    boolean adds =
        layer > 0
            && options.skip() == Skip.RESIDUAL
            && output.value().columns() == input.value().columns();
    return adds ? tape.add(input, output) : output;
  }

  /// Runs over a batch whose first dimension is the sequence, as PyTorch's `batch_first`. The input
  /// and the output are copied to swap the first two dimensions.
  ///
  /// @param x [batchSize, steps, inputSize]
  /// @param lengths which steps are real; null if all are
  /// @return the output as [batchSize, steps, outputSize], and everything else as in [#forward]
  public StackOutput forwardBatchFirst(Tape tape, Variable x, Lengths lengths) {
    StackShapes.requireInput(x, 3, "batchSize, steps", options);
    var run = forward(tape, Rowwise.swap(tape, x), lengths);
    return new StackOutput(
        Rowwise.swap(tape, run.output()), run.lastState(), run.hidden(), run.cells());
  }

  /// Runs over a single sequence without a batch dimension.
  ///
  /// @param x [steps, inputSize]
  /// @return the output as [steps, outputSize]; states as those of a batch of one
  public StackOutput forwardUnbatched(Tape tape, Variable x) {
    StackShapes.requireInput(x, 2, "steps", options);
    int steps = x.value().dimension(0);
    var run = forward(tape, Rowwise.reshape(tape, x, steps, 1, x.value().columns()));
    var output = Rowwise.reshape(tape, run.output(), steps, options.outputSize());
    return new StackOutput(output, run.lastState(), run.hidden(), run.cells());
  }

  /// All parameters: those of every layer and direction, then learned initial states, then dense
  /// layers.
  public List<Parameter> parameters() {
    return layers.parameters();
  }

  /// The names of all layers and directions, in the order of states: those of their recurrent
  /// matrices, or of their first parameters if there is none.
  public List<String> layerNames() {
    return layers.names();
  }

  /// The recurrent matrices, `weight_hh`, of every layer and direction that has one.
  public List<Parameter> recurrentMatrices() {
    return layers.recurrentMatrices();
  }
}
