package dev.rondo.nn.recurrent;

import dev.rondo.nn.recurrent.ParameterShape.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/// The layout of a stack: its cells, their sizes and the input of each layer.
///
/// @param inputSize features of a step of the input; 0 if not set yet
/// @param common the cell and size of every layer and direction without its own entry
/// @param layers number of layers, stacked
/// @param direction the order of steps
/// @param merge the merge of the outputs of two directions
/// @param skip the skip connection
/// @param apart layers with another cell or size, in both directions
/// @param reverse the same, for the reverse direction only
/// @param dense dense layers below recurrent ones
record StackLayout(
    int inputSize,
    LayerUnits common,
    int layers,
    Direction direction,
    Merge merge,
    Skip skip,
    SortedMap<Integer, LayerUnits> apart,
    SortedMap<Integer, LayerUnits> reverse,
    SortedMap<Integer, DenseBelow> dense) {

  /// Checks that the parts are consistent.
  ///
  /// @throws IllegalArgumentException if an entry names a missing layer or a missing reverse
  ///   direction, or if the outputs of two directions are added and differ in size
  StackLayout {
    apart = Collections.unmodifiableSortedMap(new TreeMap<>(apart));
    reverse = Collections.unmodifiableSortedMap(new TreeMap<>(reverse));
    dense = Collections.unmodifiableSortedMap(new TreeMap<>(dense));
    if (inputSize < 0) {
      throw new IllegalArgumentException("inputSize must be positive, was " + inputSize);
    }
    Limits.requirePositive("layers", layers);
    requireLayers(apart, layers);
    requireLayers(reverse, layers);
    requireLayers(dense, layers);
    boolean both = direction == Direction.BIDIRECTIONAL;
    if (!reverse.isEmpty() && !both) {
      throw new IllegalArgumentException(
          "layer %d has a reverse direction of its own, the direction is %s"
              .formatted(reverse.firstKey(), direction));
    }
    for (int layer : reverse.keySet()) {
      int forward = apart.getOrDefault(layer, common).stateSize();
      if (merge != Merge.CONCAT && reverse.get(layer).stateSize() != forward) {
        throw new IllegalArgumentException(
            "merge %s needs directions of one size, layer %d has %d and %d"
                .formatted(merge, layer, forward, reverse.get(layer).stateSize()));
      }
    }
  }

  private static void requireLayers(SortedMap<Integer, ?> named, int layers) {
    for (int layer : named.keySet()) {
      if (layer < 0 || layer >= layers) {
        throw new IllegalArgumentException(
            "layer must be 0 to %d, was %d".formatted(layers - 1, layer));
      }
    }
  }

  /// One layer of this cell, forward.
  static StackLayout of(Cell cell, int inputSize, int hiddenSize) {
    SortedMap<Integer, LayerUnits> none = new TreeMap<>();
    return new StackLayout(
        inputSize,
        new LayerUnits(cell, hiddenSize),
        1,
        Direction.FORWARD,
        Merge.CONCAT,
        Skip.NONE,
        none,
        none,
        new TreeMap<>());
  }

  StackLayout inputSize(int size) {
    return new StackLayout(size, common, layers, direction, merge, skip, apart, reverse, dense);
  }

  StackLayout layers(int count) {
    return new StackLayout(inputSize, common, count, direction, merge, skip, apart, reverse, dense);
  }

  StackLayout direction(Direction order, Merge how) {
    return new StackLayout(inputSize, common, layers, order, how, skip, apart, reverse, dense);
  }

  StackLayout skip(Skip connection) {
    return new StackLayout(
        inputSize, common, layers, direction, merge, connection, apart, reverse, dense);
  }

  StackLayout apart(int layer, LayerUnits units) {
    return new StackLayout(
        inputSize,
        common,
        layers,
        direction,
        merge,
        skip,
        with(apart, layer, units),
        reverse,
        dense);
  }

  StackLayout reverse(int layer, LayerUnits units) {
    return new StackLayout(
        inputSize,
        common,
        layers,
        direction,
        merge,
        skip,
        apart,
        with(reverse, layer, units),
        dense);
  }

  StackLayout dense(int layer, DenseBelow below) {
    return new StackLayout(
        inputSize,
        common,
        layers,
        direction,
        merge,
        skip,
        apart,
        reverse,
        with(dense, layer, below));
  }

  private static <T> SortedMap<Integer, T> with(SortedMap<Integer, T> map, int key, T value) {
    var changed = new TreeMap<Integer, T>(map);
    changed.put(key, value);
    return changed;
  }

  /// Directions of each layer: 1 or 2.
  int directions() {
    return direction == Direction.BIDIRECTIONAL ? 2 : 1;
  }

  /// The cell and size of a layer.
  ///
  /// @param way 0, or 1 for the second of two directions
  LayerUnits units(int layer, int way) {
    var both = apart.getOrDefault(layer, common);
    return way == 1 ? reverse.getOrDefault(layer, both) : both;
  }

  /// The cells and sizes that occur, each once.
  Set<LayerUnits> distinct() {
    var distinct = new LinkedHashSet<LayerUnits>();
    distinct.add(common);
    distinct.addAll(apart.values());
    distinct.addAll(reverse.values());
    return distinct;
  }

  /// The cells and sizes of all layers and directions, in the order of states.
  List<LayerUnits> all() {
    var all = new ArrayList<LayerUnits>();
    for (int layer = 0; layer < layers; layer++) {
      for (int way = 0; way < directions(); way++) {
        all.add(units(layer, way));
      }
    }
    return all;
  }

  /// The end of the names of a layer's parameters: `_l0`, `_l0_reverse`.
  static String suffix(int layer, int way) {
    return "_l" + layer + (way == 0 ? "" : "_reverse");
  }

  /// Features that reach the dense layer below a layer, or the layer itself if there is none.
  int belowSize(int layer) {
    if (layer == 0) {
      return inputSize;
    }
    return outputSize(layer - 1) + (skip == Skip.INPUT ? inputSize : 0);
  }

  /// Features of a step of a recurrent layer's input.
  int layerInputSize(int layer) {
    var below = dense.get(layer);
    return below == null ? belowSize(layer) : below.size();
  }

  /// Features of a step of a layer's output.
  int outputSize(int layer) {
    int forward = units(layer, 0).stateSize();
    return directions() == 2 && merge == Merge.CONCAT
        ? forward + units(layer, 1).stateSize()
        : forward;
  }

  /// The name of the dense layer below a layer.
  static String denseName(int layer) {
    return "dense" + suffix(layer, 0);
  }

  /// The learned initial state of a layer and direction, with its full name: `h0_l0`, `c0_l0`.
  List<ParameterShape> initialStates(int layer, int way) {
    var units = units(layer, way);
    return units.cell().states(units.hiddenSize()).stream()
        .map(part ->
            ParameterShape.of(part.name() + "0" + suffix(layer, way), Role.OFFSET, part.columns()))
        .toList();
  }

  /// Every parameter of a layer with its full name, in the order in which they are created.
  List<ParameterShape> parameters(int layer, boolean learnsInitialState) {
    var all = new ArrayList<ParameterShape>();
    var below = dense.get(layer);
    if (below != null) {
      all.add(
          ParameterShape.of(
              denseName(layer) + ".weight", Role.WEIGHT, below.size(), belowSize(layer)));
      all.add(ParameterShape.of(denseName(layer) + ".bias", Role.WEIGHT, below.size()));
    }
    for (int way = 0; way < directions(); way++) {
      var units = units(layer, way);
      for (var shape : units.cell().parameters(layerInputSize(layer), units.hiddenSize())) {
        all.add(
            new ParameterShape(
                shape.name() + suffix(layer, way), shape.role(), shape.dimensions()));
      }
      if (learnsInitialState) {
        all.addAll(initialStates(layer, way));
      }
    }
    return all;
  }

  /// The same layers with other sizes.
  StackLayout resized(
      int newInputSize, ToIntFunction<LayerUnits> hiddenSize, IntUnaryOperator denseSize) {
    return new StackLayout(
        newInputSize,
        resized(common, hiddenSize),
        layers,
        direction,
        merge,
        skip,
        mapped(apart, units -> resized(units, hiddenSize)),
        mapped(reverse, units -> resized(units, hiddenSize)),
        mapped(dense, d -> new DenseBelow(denseSize.applyAsInt(d.size()), d.activation())));
  }

  private static LayerUnits resized(LayerUnits units, ToIntFunction<LayerUnits> hiddenSize) {
    int size = hiddenSize.applyAsInt(units);
    return new LayerUnits(units.cell().limitedTo(size), size);
  }

  private static <T> SortedMap<Integer, T> mapped(
      SortedMap<Integer, T> map, UnaryOperator<T> change) {
    var changed = new TreeMap<Integer, T>();
    map.forEach((key, value) -> changed.put(key, change.apply(value)));
    return changed;
  }
}
