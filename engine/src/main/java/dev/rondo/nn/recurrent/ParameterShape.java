package dev.rondo.nn.recurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// One parameter of a cell: its name, its shape and its role, which decides its initialization.
/// Layers create their parameters from these, and files are checked against them.
///
/// @param name such as `weight_ih`; a layer adds its own suffix, `_l0`
/// @param role purpose of the parameter
/// @param dimensions the shape
public record ParameterShape(String name, Role role, List<Long> dimensions) {
  /// The purpose of a parameter.
  public enum Role {
    /// Multiplies the input, `[gates·hiddenSize, inputSize]`; filled by the input weights'
    /// initializer, gate by gate.
    INPUT_WEIGHT,
    /// Multiplies the state, `[gates·hiddenSize, stateSize]`; filled by the recurrent weights'
    /// initializer, gate by gate.
    RECURRENT_WEIGHT,
    /// Bias beside the product with the input, `[gates·hiddenSize]`.
    INPUT_BIAS,
    /// Bias beside the product with the state, `[gates·hiddenSize]`.
    RECURRENT_BIAS,
    /// Any other weight, initially uniformly distributed within ±1/√hiddenSize.
    WEIGHT,
    /// A factor, initially 1.
    GAIN,
    /// A summand, initially 0.
    OFFSET
  }

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if the name is empty or a dimension is not positive
  public ParameterShape {
    Objects.requireNonNull(role, "role");
    dimensions = List.copyOf(dimensions);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name of a parameter must not be empty");
    }
    if (dimensions.isEmpty() || dimensions.size() > 2) {
      throw new IllegalArgumentException(
          "%s must have one or two dimensions, was %s".formatted(name, dimensions));
    }
    for (long dimension : dimensions) {
      if (dimension <= 0) {
        throw new IllegalArgumentException(
            "%s must have positive dimensions, was %s".formatted(name, dimensions));
      }
    }
  }

  /// A parameter of this shape.
  ///
  /// @param dimensions `[size]` or `[rows, columns]`
  public static ParameterShape of(String name, Role role, long... dimensions) {
    var all = new ArrayList<Long>();
    for (long dimension : dimensions) {
      all.add(dimension);
    }
    return new ParameterShape(name, role, all);
  }

  /// The shape as an array.
  public long[] toArray() {
    var shape = new long[dimensions.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = dimensions.get(i);
    }
    return shape;
  }

  /// The shape of a tensor in memory.
  ///
  /// @throws IllegalArgumentException if a dimension exceeds the limit of a tensor
  int[] inMemory() {
    var shape = new int[dimensions.size()];
    for (int i = 0; i < shape.length; i++) {
      long dimension = dimensions.get(i);
      if (dimension > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%s is %s, expected dimensions up to %d"
                .formatted(name, dimensions, Integer.MAX_VALUE));
      }
      shape[i] = (int) dimension;
    }
    return shape;
  }
}
