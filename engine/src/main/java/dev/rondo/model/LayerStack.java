package dev.rondo.model;

import dev.rondo.nn.recurrent.CellOptions;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.GruOptions;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmOptions;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Regularization;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.RnnOptions;
import dev.rondo.nn.recurrent.Skip;
import java.util.Objects;

/// The recurrent layers of an [Architecture], as data: what [RecurrentOptions] say without the size
/// of the input and without initializers.
///
///     LayerStack.of(Lstm.options().withPeepholes(), 64).layers(2).skip(Skip.RESIDUAL)
///
/// @param cell the recurrence of every layer
/// @param hiddenSize units of each layer
/// @param layers layers, one on the other
/// @param direction the order of steps
/// @param merge how two directions become one output; [Merge#CONCAT] where there is one
/// @param skip the connection past layers
/// @param regularization what is left out while training
/// @param learnsInitialState whether the state before the first step is a parameter
public record LayerStack(
    CellOptions cell,
    int hiddenSize,
    int layers,
    Direction direction,
    Merge merge,
    Skip skip,
    Regularization regularization,
    boolean learnsInitialState) {

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if a size is not positive, a projection is larger than
  ///   `hiddenSize`, the regularization does not fit the cell, or there is a merge but one
  ///   direction
  public LayerStack {
    Objects.requireNonNull(cell, "cell");
    Objects.requireNonNull(direction, "direction");
    Objects.requireNonNull(merge, "merge");
    Objects.requireNonNull(skip, "skip");
    Objects.requireNonNull(regularization, "regularization");
    if (direction != Direction.BIDIRECTIONAL && merge != Merge.CONCAT) {
      throw new IllegalArgumentException(
          "merge %s needs both directions, direction is %s".formatted(merge, direction));
    }
    options(1, cell, hiddenSize).layers(layers).regularization(regularization);
  }

  /// One layer, forward, nothing left out.
  public static LayerStack of(CellOptions cell, int hiddenSize) {
    return new LayerStack(
        cell,
        hiddenSize,
        1,
        Direction.FORWARD,
        Merge.CONCAT,
        Skip.NONE,
        Regularization.NONE,
        false);
  }

  /// With this many layers.
  public LayerStack layers(int count) {
    return new LayerStack(
        cell, hiddenSize, count, direction, merge, skip, regularization, learnsInitialState);
  }

  /// With layers in this direction; both are merged side by side.
  public LayerStack direction(Direction order) {
    return new LayerStack(
        cell, hiddenSize, layers, order, Merge.CONCAT, skip, regularization, learnsInitialState);
  }

  /// With every layer in both directions.
  public LayerStack bidirectional(Merge how) {
    return new LayerStack(
        cell,
        hiddenSize,
        layers,
        Direction.BIDIRECTIONAL,
        how,
        skip,
        regularization,
        learnsInitialState);
  }

  /// With this connection past layers.
  public LayerStack skip(Skip connection) {
    return new LayerStack(
        cell, hiddenSize, layers, direction, merge, connection, regularization, learnsInitialState);
  }

  /// With this regularization in place of any before.
  public LayerStack regularization(Regularization what) {
    return new LayerStack(
        cell, hiddenSize, layers, direction, merge, skip, what, learnsInitialState);
  }

  /// With a learned initial state: parameters `h0_l0`, `c0_l0` and so on.
  public LayerStack learnedInitialState() {
    return new LayerStack(cell, hiddenSize, layers, direction, merge, skip, regularization, true);
  }

  /// The layers for an input of so many features, with PyTorch's initialization.
  public RecurrentOptions options(int inputSize) {
    var options =
        options(inputSize, cell, hiddenSize)
            .layers(layers)
            .direction(direction)
            .skip(skip)
            .regularization(regularization);
    if (direction == Direction.BIDIRECTIONAL) {
      options = options.bidirectional(merge);
    }
    return learnsInitialState ? options.learnedInitialState() : options;
  }

  private static RecurrentOptions options(int inputSize, CellOptions cell, int hiddenSize) {
    return switch (cell) {
      case RnnOptions rnn -> Rnn.of(inputSize, hiddenSize, rnn);
      case GruOptions gru -> Gru.of(inputSize, hiddenSize, gru);
      case LstmOptions lstm -> Lstm.of(inputSize, hiddenSize, lstm);
    };
  }
}
