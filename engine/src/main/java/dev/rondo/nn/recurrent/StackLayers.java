package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.Linear;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/// The layers of a stack: the recurrences of every layer and direction, the dense layers below
/// them, and learned initial states. Creates their parameters.
final class StackLayers {
  private final StackLayout layout;

  /// The recurrences of every layer, one for each direction.
  private final List<List<Recurrence>> recurrences = new ArrayList<>();

  /// The dense layer below each recurrent one; null if there is none.
  private final List<Linear> dense = new ArrayList<>();

  /// Learned initial states, the parts of each layer and direction; empty if they are zero.
  private final List<List<Parameter>> initial = new ArrayList<>();

  private final List<List<StatePart>> states = new ArrayList<>();

  StackLayers(RecurrentOptions options, Parameters parameters, CounterRandom random) {
    layout = options.layout();
    for (int layer = 0; layer < layout.layers(); layer++) {
      dense.add(dense(layer, parameters, random));
      var ways = new ArrayList<Recurrence>();
      for (int way = 0; way < layout.directions(); way++) {
        var recurrence = recurrence(options, layer, way, parameters, random);
        ways.add(recurrence);
        states.add(recurrence.states);
        if (options.learnsInitialState()) {
          initial.add(
              layout.initialStates(layer, way).stream()
                  .map(shape -> parameters.create(shape.name(), shape.inMemory()))
                  .toList());
        }
      }
      recurrences.add(ways);
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

  private Recurrence recurrence(
      RecurrentOptions options, int layer, int way, Parameters parameters, CounterRandom random) {
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

  /// The recurrences of a layer, one for each direction.
  List<Recurrence> of(int layer) {
    return recurrences.get(layer);
  }

  /// The parts of the state of every layer and direction.
  List<List<StatePart>> states() {
    return states;
  }

  /// The learned state before the first step, the same for every row.
  StackState initialState(Tape tape, int batchSize) {
    var result = new ArrayList<CellState>();
    for (var parts : initial) {
      result.add(
          new CellState(
              parts.stream()
                  .map(row -> Rowwise.repeat(tape, tape.parameter(row), batchSize))
                  .toList()));
    }
    return new StackState(result);
  }

  /// The input of a layer after the dense layer below it, if there is one.
  Variable dense(Tape tape, int layer, Variable input) {
    if (dense.get(layer) == null) {
      return input;
    }
    var f = layout.dense().get(layer).activation();
    var result = dense.get(layer).forward(tape, input);
    return f.equals(Activation.IDENTITY) ? result : tape.activation(f, result);
  }

  /// Those of every layer and direction, then learned initial states, all h first, then dense
  /// layers.
  List<Parameter> parameters() {
    var result = new ArrayList<Parameter>();
    for (var ways : recurrences) {
      for (var way : ways) {
        result.addAll(way.parameters());
      }
    }
    int most = 0;
    for (var parts : initial) {
      most = Math.max(most, parts.size());
    }
    for (int part = 0; part < most; part++) {
      for (var parts : initial) {
        if (part < parts.size()) {
          result.add(parts.get(part));
        }
      }
    }
    for (var layer : dense) {
      if (layer != null) {
        result.addAll(layer.parameters());
      }
    }
    return Collections.unmodifiableList(result);
  }

  /// The names of all layers and directions.
  List<String> names() {
    return recurrences.stream().flatMap(List::stream).map(Recurrence::name).toList();
  }

  /// The recurrent matrices of the layers and directions that have one.
  List<Parameter> recurrentMatrices() {
    return recurrences.stream()
        .flatMap(List::stream)
        .map(Recurrence::recurrentMatrix)
        .filter(Objects::nonNull)
        .toList();
  }
}
