package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.init.Initializer;
import dev.rondo.nn.recurrent.ParameterShape.Role;
import dev.rondo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// One layer in one direction: the parameters of a [Cell] and the computation of its step.
///
/// [KernelRecurrence] computes steps with kernels and has a backward pass of its own;
/// [TapeRecurrence] records a [CustomCell]'s operations on the tape.
public abstract class Recurrence {
  private final Cell cell;
  final int inputSize;
  final int hiddenSize;
  final List<StatePart> states;
  private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();

  /// Creates the parameters that the cell names, and fills them.
  Recurrence(Cell cell, RecurrencePlace place) {
    this.cell = cell;
    this.inputSize = place.inputSize();
    this.hiddenSize = place.hiddenSize();
    this.states = cell.states(hiddenSize);
    var shapes = cell.parameters(inputSize, hiddenSize);
    for (var shape : shapes) {
      parameters.put(
          shape.name(), place.parameters().create(shape.name() + place.suffix(), shape.inMemory()));
    }
    fill(shapes, place);
  }

  private void fill(List<ParameterShape> shapes, RecurrencePlace place) {
    var gates = cell.gateNames();
    var initialization = place.initialization().ofGates(gates);
    var random = place.random();
    Parameter inputBias = null;
    Parameter recurrentBias = null;
    for (var shape : shapes) {
      var parameter = parameters.get(shape.name());
      switch (shape.role()) {
        case INPUT_WEIGHT -> initialization.fillInputWeights(parameter.value(), gates, random);
        case RECURRENT_WEIGHT ->
            initialization.fillRecurrentWeights(parameter.value(), gates, random);
        case INPUT_BIAS -> inputBias = parameter;
        case RECURRENT_BIAS -> recurrentBias = parameter;
        case GAIN -> parameter.value().fill(1);
        case OFFSET, WEIGHT -> {}
      }
    }
    initialization.fillBiases(valueOf(inputBias), valueOf(recurrentBias), gates, random);
    double bound = 1 / StrictMath.sqrt(hiddenSize);
    for (var shape : shapes) {
      if (shape.role() == Role.WEIGHT) {
        Initializer.uniform(-bound, bound).fill(parameters.get(shape.name()).value(), random);
      }
    }
  }

  /// The cell whose step this computes.
  final Cell cell() {
    return cell;
  }

  private static Tensor valueOf(Parameter parameter) {
    return parameter == null ? null : parameter.value();
  }

  /// The parameter of this name, without the suffix; null if the cell has none.
  final Parameter parameter(String name) {
    return parameters.get(name);
  }

  /// All parameters by name, in the order in which they were created.
  final Map<String, Parameter> byName() {
    return parameters;
  }

  /// All parameters: the result depends on these, the input and the state.
  final List<Parameter> parameters() {
    return List.copyOf(parameters.values());
  }

  /// The recurrent matrix; null if the cell has none of this name.
  final Parameter recurrentMatrix() {
    return parameters.get(GateParameters.WEIGHT_HH);
  }

  /// The name of the layer and direction: that of its recurrent matrix or, where there is none, of
  /// its first parameter.
  final String name() {
    var matrix = recurrentMatrix();
    return (matrix == null ? parameters.firstEntry().getValue() : matrix).name();
  }

  final Variable[] variables(Tape tape) {
    return parameters.values().stream().map(tape::parameter).toArray(Variable[]::new);
  }

  /// Columns of h.
  final int stateSize() {
    return states.getFirst().columns();
  }

  /// True if there is a second state beside h.
  final boolean hasCellState() {
    return states.size() > 1;
  }

  /// Computes a whole step on an evaluating tape, on the caller's thread.
  ///
  /// @param x [rows, inputSize]
  /// @return the state after the step, in the tape's memory
  abstract CellState step(Tape tape, Variable x, CellState state);
}
