package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.nn.recurrent.GateInitializers;
import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;
import java.util.Objects;
import java.util.function.Consumer;

/// What a stack of recurrent layers is made from. Immutable: each method gives a changed copy.
///
/// Starts with one layer, forward, nothing dropped, and PyTorch's initialization: every weight and
/// bias uniform within ±1/√hiddenSize. Made by [Rnn#of], [Gru#of], [Lstm#of].
///
/// In float32, training keeps of each step, sequence and unit of a layer, padding counted:
///
/// | cell | bytes | what |
/// |---|---|---|
/// | LSTM | 24 | h, c, four gates |
/// | GRU | 20 | h, three gates, the state's part of the new one |
/// | Elman | 8 | h, the activated sum |
/// | other forms | 12 to 128 | what they compute in between, too; most with layer normalization |
///
/// The way back needs 4 more, for the gradient of h. In reverse, or with lengths, h and its
/// gradient are copied, 4 each. [#recompute] keeps h alone.
public final class RecurrentOptions {
  private final CellOptions cell;
  private final int inputSize;
  private final int hiddenSize;
  private int layers = 1;
  private Direction direction = Direction.FORWARD;
  private Merge merge = Merge.CONCAT;
  private Skip skip = Skip.NONE;
  private Regularization regularization = Regularization.NONE;
  private GateInitializers initialization;
  private boolean keepsCells;
  private boolean learnsInitialState;
  private int recompute;

  private RecurrentOptions(CellOptions cell, int inputSize, int hiddenSize) {
    this.cell = Objects.requireNonNull(cell, "cell");
    Limits.requirePositive("inputSize", inputSize);
    Limits.requirePositive("hiddenSize", hiddenSize);
    if (cell.stateSize(hiddenSize) > hiddenSize) {
      throw new IllegalArgumentException(
          "projection must be at most hiddenSize %d, was %d"
              .formatted(hiddenSize, cell.stateSize(hiddenSize)));
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.initialization = GateInitializers.pytorch(hiddenSize);
  }

  static RecurrentOptions of(CellOptions cell, int inputSize, int hiddenSize) {
    return new RecurrentOptions(cell, inputSize, hiddenSize);
  }

  private RecurrentOptions with(Consumer<RecurrentOptions> change) {
    var copy = copy(cell, inputSize, hiddenSize);
    change.accept(copy);
    return copy;
  }

  private RecurrentOptions copy(CellOptions cell, int inputSize, int hiddenSize) {
    var copy = new RecurrentOptions(cell, inputSize, hiddenSize);
    copy.layers = layers;
    copy.direction = direction;
    copy.merge = merge;
    copy.skip = skip;
    copy.regularization = regularization;
    copy.initialization = initialization;
    copy.keepsCells = keepsCells;
    copy.learnsInitialState = learnsInitialState;
    copy.recompute = recompute;
    return copy;
  }

  /// The same layers with other sizes; a projection is limited to the new number of units.
  ///
  /// @throws IllegalArgumentException if a size is not positive
  public RecurrentOptions sizes(int newInputSize, int newHiddenSize) {
    var newCell =
        cell instanceof LstmOptions lstm && lstm.projection() > newHiddenSize
            ? lstm.projection(newHiddenSize)
            : cell;
    return copy(newCell, newInputSize, newHiddenSize);
  }

  /// With this many layers.
  ///
  /// @throws IllegalArgumentException if `count` is not positive
  public RecurrentOptions layers(int count) {
    Limits.requirePositive("layers", count);
    return with(options -> options.layers = count);
  }

  /// With layers in this direction.
  public RecurrentOptions direction(Direction order) {
    Objects.requireNonNull(order, "order");
    return with(options -> options.direction = order);
  }

  /// With every layer in both directions, their outputs side by side.
  public RecurrentOptions bidirectional() {
    return bidirectional(Merge.CONCAT);
  }

  /// With every layer in both directions.
  public RecurrentOptions bidirectional(Merge how) {
    Objects.requireNonNull(how, "how");
    return with(options -> {
      options.direction = Direction.BIDIRECTIONAL;
      options.merge = how;
    });
  }

  /// With this connection past layers.
  public RecurrentOptions skip(Skip connection) {
    Objects.requireNonNull(connection, "connection");
    return with(options -> options.skip = connection);
  }

  /// With this regularization in place of any before.
  ///
  /// @throws IllegalArgumentException if the cell has nothing that it could act on
  public RecurrentOptions regularization(Regularization regularization) {
    if (regularization.zoneoutCell() > 0 && !cell.hasCellState()) {
      throw new IllegalArgumentException("zoneoutCell needs a cell state, the cell is " + cell);
    }
    if (regularization.candidate() > 0 && cell.gates().isEmpty()) {
      throw new IllegalArgumentException("candidate needs a gated cell, the cell is " + cell);
    }
    return with(options -> options.regularization = regularization);
  }

  /// With elements between layers dropped, anew in every step.
  ///
  /// @throws IllegalArgumentException if `probability` is not in [0, 1)
  public RecurrentOptions dropout(double probability) {
    return dropout(probability, false);
  }

  /// With elements between layers dropped at all steps or at none (variational dropout).
  ///
  /// @throws IllegalArgumentException if `probability` is not in [0, 1)
  public RecurrentOptions lockedDropout(double probability) {
    return dropout(probability, true);
  }

  private RecurrentOptions dropout(double probability, boolean locked) {
    var r = regularization;
    return regularization(
        new Regularization(
            probability,
            locked,
            r.state(),
            r.candidate(),
            r.zoneoutHidden(),
            r.zoneoutCell(),
            r.dropConnect()));
  }

  /// With units of h dropped from the recurrent products; see [Regularization#state].
  public RecurrentOptions recurrentDropout(double probability) {
    var r = regularization;
    return regularization(
        new Regularization(
            r.dropout(),
            r.locked(),
            probability,
            r.candidate(),
            r.zoneoutHidden(),
            r.zoneoutCell(),
            r.dropConnect()));
  }

  /// With units of the new value dropped; see [Regularization#candidate].
  public RecurrentOptions candidateDropout(double probability) {
    var r = regularization;
    return regularization(
        new Regularization(
            r.dropout(),
            r.locked(),
            r.state(),
            probability,
            r.zoneoutHidden(),
            r.zoneoutCell(),
            r.dropConnect()));
  }

  /// With units that keep their h, and their c where there is one; see
  /// [Regularization#zoneoutHidden].
  public RecurrentOptions zoneout(double hidden, double cellState) {
    var r = regularization;
    return regularization(
        new Regularization(
            r.dropout(), r.locked(), r.state(), r.candidate(), hidden, cellState, r.dropConnect()));
  }

  /// With recurrent weights dropped; see [Regularization#dropConnect].
  public RecurrentOptions dropConnect(double probability) {
    var r = regularization;
    return regularization(
        new Regularization(
            r.dropout(),
            r.locked(),
            r.state(),
            r.candidate(),
            r.zoneoutHidden(),
            r.zoneoutCell(),
            probability));
  }

  /// With these initializers for all gates; weights are filled gate by gate.
  public RecurrentOptions initialization(
      Initializer forInputWeights, Initializer forRecurrentWeights, Initializer forBiases) {
    return initialization(GateInitializers.of(forInputWeights, forRecurrentWeights, forBiases));
  }

  /// With these initializers.
  ///
  /// @throws IllegalArgumentException if they name a gate that the cell does not have
  public RecurrentOptions initialization(GateInitializers initializers) {
    initializers.requireGates(cell.gates());
    return with(options -> options.initialization = initializers);
  }

  /// With an LSTM's forget gate opened at first: `bias_ih` of that gate is `value`, `bias_hh` 0, so
  /// that the sum is what was asked for (Jozefowicz et al. 2015 recommend 1).
  ///
  /// @throws IllegalArgumentException if the cell has no forget gate
  public RecurrentOptions forgetBias(double value) {
    return initialization(initialization.bias(LstmGate.FORGET, Initializer.constant(value)));
  }

  /// With c of every step among the results, not only the last. Everything is kept then, whatever
  /// [#recompute] says.
  ///
  /// @throws IllegalArgumentException if the cell has no cell state
  public RecurrentOptions keepCells() {
    if (!cell.hasCellState()) {
      throw new IllegalArgumentException("there are no cell states to keep, the cell is " + cell);
    }
    return with(options -> options.keepsCells = true);
  }

  /// With an initial state that is learned, one row for all sequences, zero at first: parameters
  /// `h0_l0`, `c0_l0` and so on.
  public RecurrentOptions learnedInitialState() {
    return with(options -> options.learnsInitialState = true);
  }

  /// With activations run again on the way back, `steps` steps at a time, instead of kept: for
  /// sequences whose activations do not fit into memory. Costs one more way forward, and keeps h of
  /// every step and c of every `steps`-th: about √T is a good choice.
  ///
  /// Gradients of parameters are sums in another order then: last window first.
  ///
  /// @throws IllegalArgumentException if `steps` is not positive
  public RecurrentOptions recompute(int steps) {
    Limits.requirePositive("steps", steps);
    return with(options -> options.recompute = steps);
  }

  /// The recurrence.
  public CellOptions cell() {
    return cell;
  }

  /// Features of a step of the input.
  public int inputSize() {
    return inputSize;
  }

  /// Units of each layer.
  public int hiddenSize() {
    return hiddenSize;
  }

  /// Columns of h of each layer and direction: `hiddenSize`, less with a projection.
  public int stateSize() {
    return cell.stateSize(hiddenSize);
  }

  /// Features of a step of the output.
  public int outputSize() {
    return direction == Direction.BIDIRECTIONAL ? merge.size(stateSize()) : stateSize();
  }

  /// Layers, one on the other.
  public int layers() {
    return layers;
  }

  /// The order of steps.
  public Direction direction() {
    return direction;
  }

  /// Directions of each layer: 1 or 2.
  public int directions() {
    return direction == Direction.BIDIRECTIONAL ? 2 : 1;
  }

  /// How two directions become one output.
  public Merge merge() {
    return merge;
  }

  /// The connection past layers.
  public Skip skip() {
    return skip;
  }

  /// What is left out while training.
  public Regularization regularization() {
    return regularization;
  }

  /// Whether the initial state is a parameter.
  public boolean learnsInitialState() {
    return learnsInitialState;
  }

  /// What fills the parameters.
  public GateInitializers initialization() {
    return initialization;
  }

  LayerPass.Options passOptions() {
    return new LayerPass.Options(keepsCells, recompute);
  }

  /// The stack, its parameters created and filled: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
  /// `bias_hh_l0`, then the next layer's; those of a second direction end in `_reverse`.
  public Recurrent create(Parameters parameters, CounterRandom random) {
    return new Recurrent(this, parameters, random);
  }

  /// A single cell to be stepped by hand: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
  ///
  /// @throws IllegalArgumentException if more than one layer or direction was asked for
  public RecurrentCell createCell(Parameters parameters, CounterRandom random) {
    if (layers != 1 || direction != Direction.FORWARD) {
      throw new IllegalArgumentException(
          "a cell has one layer and goes forward, layers was %d, direction %s"
              .formatted(layers, direction));
    }
    return new RecurrentCell(this, parameters, random);
  }
}
