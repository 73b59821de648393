package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.Locale;
import java.util.Objects;

/// A gate of a cell: `hiddenSize` rows of the cell's parameters, and the activation of their sum.
///
/// @param name name of the gate, by which initializers refer to it
/// @param activation function of the pre-activation
public record Gate(Enum<?> name, Activation activation) {
  /// Checks that both are given.
  public Gate {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(activation, "activation");
  }

  /// The name in lower case: `input`, `forget`, `reset`, `hidden`.
  public String label() {
    return label(name);
  }

  static String label(Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT);
  }
}
