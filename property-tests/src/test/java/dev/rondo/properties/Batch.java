package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// The inputs and outputs of recurrent layers by name: sequences and states of the same rows.
/// Immutable except for the numbers themselves; each method gives a changed copy.
///
/// @param sequences `[steps][rows][columns]`
/// @param states `[rows][columns]`
record Batch(Map<String, float[][][]> sequences, Map<String, float[][]> states) {
  /// One with nothing in it.
  static Batch empty() {
    return new Batch(new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  /// Adds normally distributed numbers, a function of the seed and the name.
  Batch gaussian(long seed, String name, int steps, int rows, int columns) {
    var values = new float[steps][rows][columns];
    var random = new CounterRandom(seed).fork(name.hashCode());
    for (var step : values) {
      fill(step, random);
    }
    sequences.put(name, values);
    return this;
  }

  Batch gaussian(long seed, String name, int rows, int columns) {
    var values = new float[rows][columns];
    fill(values, new CounterRandom(seed).fork(name.hashCode()));
    states.put(name, values);
    return this;
  }

  private static void fill(float[][] rows, CounterRandom random) {
    for (var row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
  }

  /// Adds what a tensor holds, `[steps, rows, columns]` or `[rows, columns]`. Its padding must be
  /// zero.
  void put(String name, Tensor tensor) {
    var whole = tensor.columns(0, tensor.stride());
    var rows = new float[tensor.rows()][tensor.columns()];
    for (int r = 0; r < rows.length; r++) {
      for (int c = 0; c < Tensor.padded(tensor.columns()); c++) {
        float value = (float) whole.get(r, c);
        if (c < tensor.columns()) {
          rows[r][c] = value;
        } else {
          assertEquals(0f, value, "padding of " + name);
        }
      }
    }
    if (tensor.rank() == 2) {
      states.put(name, rows);
      return;
    }
    int count = tensor.dimension(1);
    var steps = new float[tensor.dimension(0)][][];
    Arrays.setAll(steps, t -> Arrays.copyOfRange(rows, t * count, (t + 1) * count));
    sequences.put(name, steps);
  }

  /// Rows of every tensor.
  int rows() {
    return states.isEmpty()
        ? sequences.values().iterator().next()[0].length
        : states.values().iterator().next().length;
  }

  /// Steps of every sequence.
  int steps() {
    return sequences.values().iterator().next().length;
  }

  /// Other rows: all, some or one, in any order.
  Batch rows(int... chosen) {
    var copy = empty();
    sequences.forEach((name, values) -> {
      var steps = new float[values.length][][];
      Arrays.setAll(steps, t -> choose(values[t], chosen));
      copy.sequences.put(name, steps);
    });
    states.forEach((name, values) -> copy.states.put(name, choose(values, chosen)));
    return copy;
  }

  private static float[][] choose(float[][] rows, int[] chosen) {
    return Arrays.stream(chosen).mapToObj(b -> rows[b].clone()).toArray(float[][]::new);
  }

  /// Other steps of the sequences: all, some or none, in any order.
  Batch steps(int... chosen) {
    var copy = empty();
    sequences.forEach((name, values) ->
        copy.sequences.put(
            name,
            Arrays.stream(chosen)
                .mapToObj(t -> Arrays.stream(values[t]).map(float[]::clone).toArray(float[][]::new))
                .toArray(float[][][]::new)));
    states.forEach((name, values) -> copy.states.put(name, values));
    return copy;
  }

  /// The sequences from their last step to their first.
  Batch reversed() {
    return steps(IntStream.range(0, steps()).map(t -> steps() - 1 - t).toArray());
  }

  /// So many steps more, which are copies of the last one.
  Batch longer(int extra) {
    return steps(IntStream.range(0, steps() + extra).map(t -> Math.min(t, steps() - 1)).toArray());
  }

  /// With this number wherever a step is not real.
  ///
  /// @param real `[steps][rows]`
  Batch withPadding(boolean[][] real, float number) {
    var copy = steps(IntStream.range(0, steps()).toArray());
    for (var values : copy.sequences.values()) {
      for (int t = 0; t < values.length; t++) {
        for (int b = 0; b < values[t].length; b++) {
          if (!real[t][b]) {
            Arrays.fill(values[t][b], number);
          }
        }
      }
    }
    return copy;
  }

  /// What has such a name.
  Batch only(Predicate<String> names) {
    var copy = empty();
    sequences.forEach((name, values) -> {
      if (names.test(name)) {
        copy.sequences.put(name, values);
      }
    });
    states.forEach((name, values) -> {
      if (names.test(name)) {
        copy.states.put(name, values);
      }
    });
    return copy;
  }

  /// With a state replaced.
  Batch with(String name, float[][] state) {
    var copy = only(_ -> true);
    copy.states.put(name, state);
    return copy;
  }

  /// Zeros of the same shape as a state.
  static float[][] zeros(float[][] like) {
    return new float[like.length][like.length == 0 ? 0 : like[0].length];
  }

  /// Fails unless every bit is the same.
  static void assertSame(Batch expected, Batch actual) {
    assertEquals(expected.sequences.keySet(), actual.sequences.keySet());
    assertEquals(expected.states.keySet(), actual.states.keySet());
    expected.sequences.forEach((name, values) -> {
      var others = actual.sequences.get(name);
      assertEquals(values.length, others.length, "steps of " + name);
      for (int t = 0; t < values.length; t++) {
        assertSame(values[t], others[t], name + ", step " + t);
      }
    });
    expected.states.forEach((name, values) -> assertSame(values, actual.states.get(name), name));
  }

  private static void assertSame(float[][] expected, float[][] actual, String name) {
    assertEquals(expected.length, actual.length, "rows of " + name);
    for (int b = 0; b < expected.length; b++) {
      assertSame(expected[b], actual[b], name + ", row " + b);
    }
  }

  /// Fails unless every bit is the same; NaN equals NaN.
  static void assertSame(float[] expected, float[] actual, String name) {
    assertEquals(bits(expected), bits(actual), name);
  }

  private static List<Integer> bits(float[] values) {
    var bits = new ArrayList<Integer>(values.length);
    for (float value : values) {
      bits.add(Float.floatToIntBits(value));
    }
    return bits;
  }
}
