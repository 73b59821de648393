package dev.rondo.nn.recurrent;

import dev.rondo.nn.recurrent.ParameterShape.Role;
import java.util.ArrayList;
import java.util.List;

/// The parameters that most cells have: one matrix for the input, one for the state, and a bias
/// with each, with the rows of all gates stacked. Names and layout are PyTorch's.
final class GateParameters {
  static final String WEIGHT_IH = "weight_ih";
  static final String WEIGHT_HH = "weight_hh";
  static final String BIAS_IH = "bias_ih";
  static final String BIAS_HH = "bias_hh";

  private GateParameters() {}

  /// `weight_ih`, `weight_hh` and, where there are biases, `bias_ih`, `bias_hh`.
  static List<ParameterShape> inputAndRecurrent(
      int gates, int inputSize, int hiddenSize, int stateSize, boolean bias) {
    long rows = (long) gates * hiddenSize;
    var all = new ArrayList<ParameterShape>();
    all.add(ParameterShape.of(WEIGHT_IH, Role.INPUT_WEIGHT, rows, inputSize));
    all.add(ParameterShape.of(WEIGHT_HH, Role.RECURRENT_WEIGHT, rows, stateSize));
    if (bias) {
      all.add(ParameterShape.of(BIAS_IH, Role.INPUT_BIAS, rows));
      all.add(ParameterShape.of(BIAS_HH, Role.RECURRENT_BIAS, rows));
    }
    return all;
  }
}
