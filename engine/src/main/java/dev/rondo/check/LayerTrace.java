package dev.rondo.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The states and gates of one sequence in one layer and direction, step by step. Made by
/// [StateTrace#layers]; outlives the tape.
public final class LayerTrace {
  private final String name;

  /// The values by name, each `[steps, units]`.
  private final Map<String, double[][]> values;

  LayerTrace(String name, Map<String, double[][]> values) {
    this.name = name;
    this.values = new LinkedHashMap<>(values);
  }

  /// The name of the layer's recurrent matrix, such as `lstm.weight_hh_l0_reverse`.
  public String name() {
    return name;
  }

  /// The names of the values: the gates in the order of their rows in the parameters, then `h` and,
  /// if the cell has one, `c`.
  public List<String> names() {
    return new ArrayList<>(values.keySet());
  }

  /// The activated values of a gate, or a state, after each step.
  ///
  /// @param what one of [#names]
  /// @return `[steps, units]`, in time order whatever the direction; 0 where a step is not real
  /// @throws IllegalArgumentException if there is no value of that name
  public double[][] get(String what) {
    var found = values.get(what);
    if (found == null) {
      throw new IllegalArgumentException("%s has no %s, only %s".formatted(name, what, names()));
    }
    var copy = new double[found.length][];
    for (int t = 0; t < copy.length; t++) {
      copy[t] = found[t].clone();
    }
    return copy;
  }

  /// h after each step, `[steps, stateSize]`.
  public double[][] h() {
    return get("h");
  }

  /// c after each step, `[steps, hiddenSize]`.
  ///
  /// @throws IllegalArgumentException if the cell has none
  public double[][] c() {
    return get("c");
  }

  /// The name of the layer and the names of the values.
  @Override
  public String toString() {
    return name + " " + names();
  }
}
