package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;

/// The options of a stack of recurrent layers. This file is long because every option has a method
/// with its rules.
///
/// Immutable: each method gives a changed copy.
///
/// The defaults are one layer, forward, no dropout, and PyTorch's initialization: every weight and
/// bias uniform within ±1/√hiddenSize. Made by [Rnn#of], [Gru#of], [Lstm#of], and [#of] for any
/// cell.
///
/// In float32, training keeps for each step, sequence and unit of a layer, padding included:
///
/// | cell | bytes | what |
/// |---|---|---|
/// | LSTM | 24 | h, c, four gates |
/// | GRU | 20 | h, three gates, the state's part of the new one |
/// | Elman | 8 | h, the activated sum |
/// | other forms | 8 to 112 | intermediate values too; most with layer normalization |
///
/// The backward pass needs 4 more bytes, for the gradient of h. In reverse, or with lengths, h and
/// its gradient are copied, for 4 bytes each. [#recompute] keeps h only.
public final class RecurrentOptions {
  private StackLayout layout;
  private Regularization regularization = Regularization.NONE;
  private GateInitializers initialization = GateInitializers.pytorch();
  private boolean keepsCells;
  private boolean learnsInitialState;
  private int recompute;

  private RecurrentOptions(StackLayout layout) {
    this.layout = layout;
  }

  /// Options of a stack of any cell.
  ///
  /// @throws IllegalArgumentException if a size is not positive
  public static RecurrentOptions of(Cell cell, int inputSize, int hiddenSize) {
    Objects.requireNonNull(cell, "cell");
    Limits.requirePositive("inputSize", inputSize);
    return new RecurrentOptions(StackLayout.of(cell, inputSize, hiddenSize));
  }

  /// Options of a stack whose input size is set later, as an architecture does.
  ///
  /// @throws IllegalArgumentException if `hiddenSize` is not positive
  public static RecurrentOptions of(Cell cell, int hiddenSize) {
    return new RecurrentOptions(StackLayout.of(cell, 0, hiddenSize));
  }

  private RecurrentOptions with(Consumer<RecurrentOptions> change) {
    var copy = new RecurrentOptions(layout);
    copy.regularization = regularization;
    copy.initialization = initialization;
    copy.keepsCells = keepsCells;
    copy.learnsInitialState = learnsInitialState;
    copy.recompute = recompute;
    change.accept(copy);
    copy.requireConsistent();
    return copy;
  }

  /// Checks that every layer and direction supports each option.
  private void requireConsistent() {
    var gates = new LinkedHashSet<Enum<?>>();
    for (var units : layout.distinct()) {
      units.cell().requireRegularization(regularization);
      gates.addAll(units.cell().gateNames());
      if (keepsCells && !units.cell().hasCellState()) {
        throw new IllegalArgumentException(
            "there are no cell states to keep, the cell is " + units.cell().text());
      }
      if (recompute > 0 && units.cell() instanceof CustomCell) {
        throw new IllegalArgumentException(
            "the steps of a custom cell are not run again, the cell is " + units.cell().text());
      }
    }
    initialization.requireGates(List.copyOf(gates));
  }

  private RecurrentOptions with(StackLayout changed) {
    return with(options -> options.layout = changed);
  }

  /// For an input of this number of features.
  ///
  /// @throws IllegalArgumentException if `size` is not positive
  public RecurrentOptions inputSize(int size) {
    Limits.requirePositive("inputSize", size);
    return with(layout.inputSize(size));
  }

  /// With this many layers.
  ///
  /// @throws IllegalArgumentException if `count` is not positive, or options name a layer beyond it
  public RecurrentOptions layers(int count) {
    return with(layout.layers(count));
  }

  /// With another cell and size in one layer, in both directions if there are two.
  ///
  /// @param layer from 0
  /// @throws IllegalArgumentException if there is no such layer
  public RecurrentOptions layer(int layer, Cell cell, int hiddenSize) {
    return with(layout.apart(layer, new LayerUnits(cell, hiddenSize)));
  }

  /// With another cell and size in the reverse direction of one layer.
  ///
  /// @param layer from 0
  /// @throws IllegalArgumentException if there is no such layer, if it does not have both
  ///   directions, or if the outputs of the directions are added and their sizes differ
  public RecurrentOptions reverseLayer(int layer, Cell cell, int hiddenSize) {
    return with(layout.reverse(layer, new LayerUnits(cell, hiddenSize)));
  }

  /// With a dense layer below a recurrent one, `f(W·x + b)`: parameters `dense_l0.weight` and
  /// `dense_l0.bias`.
  ///
  /// @param layer the recurrent layer, from 0
  /// @param size features of the dense layer's output
  /// @param f [Activation#IDENTITY] for none
  /// @throws IllegalArgumentException if there is no such layer, or `size` is not positive
  public RecurrentOptions dense(int layer, int size, Activation f) {
    return with(layout.dense(layer, new DenseBelow(size, f)));
  }

  /// With layers in this direction; the outputs of two directions are side by side.
  public RecurrentOptions direction(Direction order) {
    Objects.requireNonNull(order, "order");
    return with(layout.direction(order, Merge.CONCAT));
  }

  /// With every layer in both directions, their outputs side by side.
  public RecurrentOptions bidirectional() {
    return bidirectional(Merge.CONCAT);
  }

  /// With every layer in both directions.
  public RecurrentOptions bidirectional(Merge how) {
    Objects.requireNonNull(how, "how");
    return with(layout.direction(Direction.BIDIRECTIONAL, how));
  }

  /// With this skip connection.
  public RecurrentOptions skip(Skip connection) {
    Objects.requireNonNull(connection, "connection");
    return with(layout.skip(connection));
  }

  /// With this regularization instead of any set before.
  ///
  /// @throws IllegalArgumentException if it does not apply to a cell
  public RecurrentOptions regularization(Regularization what) {
    Objects.requireNonNull(what, "what");
    return with(options -> options.regularization = what);
  }

  /// With elements between layers dropped, drawn anew for every step.
  ///
  /// @throws IllegalArgumentException if `probability` is not in [0, 1)
  public RecurrentOptions dropout(double probability) {
    return regularization(regularization.dropout(probability, false));
  }

  /// With elements between layers dropped at all steps or at none (variational dropout).
  ///
  /// @throws IllegalArgumentException if `probability` is not in [0, 1)
  public RecurrentOptions lockedDropout(double probability) {
    return regularization(regularization.dropout(probability, true));
  }

  /// With units of h dropped from the recurrent products; see [Regularization#state].
  public RecurrentOptions recurrentDropout(double probability) {
    return regularization(regularization.state(probability));
  }

  /// With units of the new value dropped; see [Regularization#candidate].
  public RecurrentOptions candidateDropout(double probability) {
    return regularization(regularization.candidate(probability));
  }

  /// With units that keep their h, and their c if there is one; see [Regularization#zoneoutHidden].
  public RecurrentOptions zoneout(double hidden, double cellState) {
    return regularization(regularization.zoneout(hidden, cellState));
  }

  /// With recurrent weights dropped; see [Regularization#dropConnect].
  public RecurrentOptions dropConnect(double probability) {
    return regularization(regularization.dropConnect(probability));
  }

  /// With these initializers for all gates; weights are filled gate by gate.
  public RecurrentOptions initialization(
      Initializer forInputWeights, Initializer forRecurrentWeights, Initializer forBiases) {
    return initialization(GateInitializers.of(forInputWeights, forRecurrentWeights, forBiases));
  }

  /// With these initializers. An initializer for one gate applies to the layers that have this
  /// gate.
  ///
  /// @throws IllegalArgumentException if they name a gate that no layer has
  public RecurrentOptions initialization(GateInitializers initializers) {
    Objects.requireNonNull(initializers, "initializers");
    return with(options -> options.initialization = initializers);
  }

  /// With the forget gate of LSTMs initially open: `bias_ih` of that gate is `value` and `bias_hh`
  /// is 0, so the sum is `value` (Jozefowicz et al. 2015 recommend 1).
  ///
  /// @throws IllegalArgumentException if no cell has a forget gate
  public RecurrentOptions forgetBias(double value) {
    return initialization(initialization.bias(LstmGate.FORGET, Initializer.constant(value)));
  }

  /// With c of every step among the results, not only the last. Everything is kept then, regardless
  /// of [#recompute].
  ///
  /// @throws IllegalArgumentException if a cell has no cell state
  public RecurrentOptions keepCells() {
    return with(options -> options.keepsCells = true);
  }

  /// With a learned initial state, one row for all sequences, initially zero: parameters `h0_l0`,
  /// `c0_l0` and so on.
  public RecurrentOptions learnedInitialState() {
    return with(options -> options.learnsInitialState = true);
  }

  /// With activations computed again in the backward pass, `steps` steps at a time, instead of
  /// kept. For sequences whose activations do not fit into memory. Costs one more forward pass, and
  /// keeps h of every step and c of every `steps`-th. For T steps, about √T is a good choice.
  ///
  /// The gradients of parameters are then summed in another order: last window first.
  ///
  /// @throws IllegalArgumentException if `steps` is not positive or a cell is a [CustomCell]
  public RecurrentOptions recompute(int steps) {
    Limits.requirePositive("steps", steps);
    return with(options -> options.recompute = steps);
  }

  /// The same layers with other sizes; a projection is limited to the new number of units.
  ///
  /// @param hiddenSize the new units of a layer
  /// @param denseSize the new features of a dense layer
  public RecurrentOptions resized(
      int newInputSize, ToIntFunction<LayerUnits> hiddenSize, IntUnaryOperator denseSize) {
    Limits.requirePositive("newInputSize", newInputSize);
    return with(layout.resized(newInputSize, hiddenSize, denseSize));
  }

  /// Sizes and cells.
  StackLayout layout() {
    return layout;
  }

  /// The cell and size of a layer.
  ///
  /// @param layer from 0
  /// @param way 0, or 1 for the second of two directions
  public LayerUnits units(int layer, int way) {
    return layout.units(layer, way);
  }

  /// The cells and sizes of all layers and directions, in the order of states.
  public List<LayerUnits> units() {
    return layout.all();
  }

  /// The cell of every layer that has no other one set.
  public Cell cell() {
    return layout.common().cell();
  }

  /// Features of a step of the input; 0 if not set.
  public int inputSize() {
    return layout.inputSize();
  }

  /// Units of each layer that has no other number set.
  public int hiddenSize() {
    return layout.common().hiddenSize();
  }

  /// Columns of h of each layer and direction that has no other size set: `hiddenSize`, or less
  /// with a projection.
  public int stateSize() {
    return layout.common().stateSize();
  }

  /// Features of a step of the output.
  public int outputSize() {
    return layout.outputSize(layers() - 1);
  }

  /// Number of layers, stacked.
  public int layers() {
    return layout.layers();
  }

  /// The order of steps.
  public Direction direction() {
    return layout.direction();
  }

  /// Directions of each layer: 1 or 2.
  public int directions() {
    return layout.directions();
  }

  /// The way the outputs of two directions are merged.
  public Merge merge() {
    return layout.merge();
  }

  /// The skip connection.
  public Skip skip() {
    return layout.skip();
  }

  /// The regularization while training.
  public Regularization regularization() {
    return regularization;
  }

  /// True if the initial state is a parameter.
  public boolean learnsInitialState() {
    return learnsInitialState;
  }

  /// The initializers of the parameters.
  public GateInitializers initialization() {
    return initialization;
  }

  /// Every parameter of a layer by its full name, in the order in which they are created: files are
  /// checked against these.
  ///
  /// @param layer from 0
  public List<ParameterShape> parameters(int layer) {
    return layout.parameters(layer, learnsInitialState);
  }

  /// The layers whose cell or size was set separately, by layer; they hold for both directions.
  public SortedMap<Integer, LayerUnits> layersApart() {
    return layout.apart();
  }

  /// The reverse directions whose cell or size was set separately, by layer.
  public SortedMap<Integer, LayerUnits> reverseLayersApart() {
    return layout.reverse();
  }

  /// The dense layers by the recurrent layer above them.
  public SortedMap<Integer, DenseBelow> denseLayers() {
    return layout.dense();
  }

  LayerPass.Options passOptions() {
    return new LayerPass.Options(keepsCells, recompute);
  }

  /// Creates the stack and fills its parameters: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
  /// `bias_hh_l0`, then the next layer's; those of a second direction end in `_reverse`.
  ///
  /// @throws IllegalStateException if the input's size is not set
  public Recurrent create(Parameters parameters, CounterRandom random) {
    requireInputSize();
    return new Recurrent(this, parameters, random);
  }

  /// Creates a single cell that the caller steps: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
  ///
  /// @throws IllegalArgumentException if there is more than one layer or direction, or a dense
  ///   layer
  /// @throws IllegalStateException if the input's size is not set
  public RecurrentCell createCell(Parameters parameters, CounterRandom random) {
    requireInputSize();
    if (layers() != 1 || direction() != Direction.FORWARD || !layout.dense().isEmpty()) {
      throw new IllegalArgumentException(
          "a cell has one layer and goes forward, layers was %d, direction %s, dense layers %d"
              .formatted(layers(), direction(), layout.dense().size()));
    }
    return new RecurrentCell(this, parameters, random);
  }

  private void requireInputSize() {
    if (inputSize() == 0) {
      throw new IllegalStateException("inputSize was not said");
    }
  }

  /// True if both describe the same layers, whatever their initialization and recomputation.
  @Override
  public boolean equals(Object other) {
    return other instanceof RecurrentOptions options
        && layout.equals(options.layout)
        && regularization.equals(options.regularization)
        && learnsInitialState == options.learnsInitialState;
  }

  @Override
  public int hashCode() {
    return Objects.hash(layout, regularization, learnsInitialState);
  }

  @Override
  public String toString() {
    return "%d to %s, layers=%d, %s"
        .formatted(inputSize(), layout.distinct(), layers(), direction());
  }
}
