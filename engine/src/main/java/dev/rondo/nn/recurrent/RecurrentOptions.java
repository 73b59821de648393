package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;

/// The options of a stack of recurrent layers: long because every option has a method with its
/// rules.
///
/// Immutable: each method gives a changed copy.
///
/// Starts with one layer, forward, nothing dropped, and PyTorch's initialization: every weight and
/// bias uniform within ±1/√hiddenSize. Made by [Rnn#of], [Gru#of], [Lstm#of], and [#of] for any
/// cell.
///
/// In float32, training keeps of each step, sequence and unit of a layer, padding counted:
///
/// | cell | bytes | what |
/// |---|---|---|
/// | LSTM | 24 | h, c, four gates |
/// | GRU | 20 | h, three gates, the state's part of the new one |
/// | Elman | 8 | h, the activated sum |
/// | other forms | 8 to 112 | what they compute in between, too; most with layer normalization |
///
/// The backward pass needs 4 more, for the gradient of h. In reverse, or with lengths, h and its
/// gradient are copied, 4 each. [#recompute] keeps h alone.
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

  /// Options of a stack whose input will be said later, as an architecture does.
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

  /// What one option asks for, every layer and direction must be able to do.
  private void requireConsistent() {
    var gates = new ArrayList<Enum<?>>();
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
    initialization.requireGates(gates.stream().distinct().toList());
  }

  private RecurrentOptions with(StackLayout changed) {
    return with(options -> options.layout = changed);
  }

  /// For an input of so many features.
  ///
  /// @throws IllegalArgumentException if `size` is not positive
  public RecurrentOptions inputSize(int size) {
    Limits.requirePositive("inputSize", size);
    return with(layout.inputSize(size));
  }

  /// With this many layers.
  ///
  /// @throws IllegalArgumentException if `count` is not positive, or a layer above it was named
  public RecurrentOptions layers(int count) {
    return with(layout.layers(count));
  }

  /// With another cell and size in one layer, in both directions where there are two.
  ///
  /// @param layer from 0
  /// @throws IllegalArgumentException if there is no such layer
  public RecurrentOptions layer(int layer, Cell cell, int hiddenSize) {
    return with(layout.apart(layer, new LayerUnits(cell, hiddenSize)));
  }

  /// With another cell and size in the reverse direction of one layer.
  ///
  /// @param layer from 0
  /// @throws IllegalArgumentException if there is no such layer or no reverse direction beside the
  ///   other, or the directions are added and their sizes differ
  public RecurrentOptions reverseLayer(int layer, Cell cell, int hiddenSize) {
    return with(layout.reverse(layer, new LayerUnits(cell, hiddenSize)));
  }

  /// With a dense layer below a recurrent one, `f(W·x + b)`: parameters `dense_l0.weight` and
  /// `dense_l0.bias`.
  ///
  /// @param layer the recurrent layer, from 0
  /// @param size features that the dense layer gives
  /// @param f [Activation#IDENTITY] for none
  /// @throws IllegalArgumentException if there is no such layer, or `size` is not positive
  public RecurrentOptions dense(int layer, int size, Activation f) {
    return with(layout.dense(layer, new DenseBelow(size, f)));
  }

  /// With layers in this direction; two are side by side.
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

  /// With this connection past layers.
  public RecurrentOptions skip(Skip connection) {
    Objects.requireNonNull(connection, "connection");
    return with(layout.skip(connection));
  }

  /// With this regularization in place of any before.
  ///
  /// @throws IllegalArgumentException if a cell has nothing that it could act on
  public RecurrentOptions regularization(Regularization what) {
    Objects.requireNonNull(what, "what");
    return with(options -> options.regularization = what);
  }

  /// With elements between layers dropped, anew in every step.
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

  /// With units that keep their h, and their c where there is one; see
  /// [Regularization#zoneoutHidden].
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

  /// With these initializers. What they say of one gate acts on the layers that have it.
  ///
  /// @throws IllegalArgumentException if they name a gate that no layer has
  public RecurrentOptions initialization(GateInitializers initializers) {
    Objects.requireNonNull(initializers, "initializers");
    return with(options -> options.initialization = initializers);
  }

  /// With the forget gate of LSTMs opened at first: `bias_ih` of that gate is `value`, `bias_hh` 0,
  /// so that the sum is what was asked for (Jozefowicz et al. 2015 recommend 1).
  ///
  /// @throws IllegalArgumentException if no cell has a forget gate
  public RecurrentOptions forgetBias(double value) {
    return initialization(initialization.bias(LstmGate.FORGET, Initializer.constant(value)));
  }

  /// With c of every step among the results, not only the last. Everything is kept then, whatever
  /// [#recompute] says.
  ///
  /// @throws IllegalArgumentException if a cell has no cell state
  public RecurrentOptions keepCells() {
    return with(options -> options.keepsCells = true);
  }

  /// With an initial state that is learned, one row for all sequences, zero at first: parameters
  /// `h0_l0`, `c0_l0` and so on.
  public RecurrentOptions learnedInitialState() {
    return with(options -> options.learnsInitialState = true);
  }

  /// With activations computed again in the backward pass, `steps` steps at a time, instead of
  /// kept: for sequences whose activations do not fit into memory. Costs one more forward pass, and
  /// keeps h of every step and c of every `steps`-th: about √T is a good choice.
  ///
  /// Gradients of parameters are sums in another order then: last window first.
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

  /// The recurrence of every layer that was not given another one.
  public Cell cell() {
    return layout.common().cell();
  }

  /// Features of a step of the input; 0 where that was not said.
  public int inputSize() {
    return layout.inputSize();
  }

  /// Units of each layer that was not given another number.
  public int hiddenSize() {
    return layout.common().hiddenSize();
  }

  /// Columns of h of each layer and direction that was not given another size: `hiddenSize`, less
  /// with a projection.
  public int stateSize() {
    return layout.common().stateSize();
  }

  /// Features of a step of the output.
  public int outputSize() {
    return layout.outputSize(layers() - 1);
  }

  /// Layers, one on the other.
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

  /// How two directions become one output.
  public Merge merge() {
    return layout.merge();
  }

  /// The connection past layers.
  public Skip skip() {
    return layout.skip();
  }

  /// What is left out while training.
  public Regularization regularization() {
    return regularization;
  }

  /// Whether the initial state is a parameter.
  public boolean learnsInitialState() {
    return learnsInitialState;
  }

  /// Fills the parameters.
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

  /// The cells of layers that were given another one, by layer; both directions of each.
  public SortedMap<Integer, LayerUnits> layersApart() {
    return layout.apart();
  }

  /// The cells of reverse directions that were given another one, by layer.
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

  /// The stack, its parameters created and filled: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
  /// `bias_hh_l0`, then the next layer's; those of a second direction end in `_reverse`.
  ///
  /// @throws IllegalStateException if the input's size was not said
  public Recurrent create(Parameters parameters, CounterRandom random) {
    requireInputSize();
    return new Recurrent(this, parameters, random);
  }

  /// A single cell to be stepped by hand: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
  ///
  /// @throws IllegalArgumentException if more than one layer or direction, or a dense layer, was
  ///   asked for
  /// @throws IllegalStateException if the input's size was not said
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

  /// Whether both describe the same layers, whatever fills their parameters and however they are
  /// run.
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
