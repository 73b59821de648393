package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Units have no order: with the same permutation of everything that counts them, a layer computes
/// the same units elsewhere. Only the order of sums over units changes, and the last bits with it.
@Label("Law 8.3: units have no order")
class SymmetryProperties {
  /// Differences of a sum in another order, relative to the largest number, after several steps.
  private static final double OTHER_ORDER = 1e-4;

  private final Backend backend = Backend.best();

  /// Kinks apart, where another order may end on the other side; and normalized values apart, which
  /// few or equal units make large.
  private static final List<Variant> SMOOTH =
      SequenceShape.CERTAIN.stream()
          .filter(kind -> !kind.hasKinks() && kind != Variant.LSTM_LAYER_NORM)
          .toList();

  @Provide
  Arbitrary<SequenceShape> layers() {
    return SequenceShape.any(SMOOTH).map(shape -> shape.layers(1).direction(Direction.FORWARD));
  }

  /// A permutation of the units of c, and one of those of h, which is the same one where h is not
  /// projected.
  private static final class Order {
    private final int[] cells;
    private final int[] states;

    private Order(int[] cells, int[] states) {
      this.cells = cells;
      this.states = states;
    }

    static Order of(SequenceShape shape) {
      int[] cells = IntStream.range(0, shape.hiddenSize()).toArray();
      shape.random().shuffle(cells);
      if (shape.options().stateSize() == shape.hiddenSize()) {
        return new Order(cells, cells);
      }
      int[] states = IntStream.range(0, shape.options().stateSize()).toArray();
      shape.random().next().shuffle(states);
      return new Order(cells, states);
    }

    /// Where row r of a parameter comes from.
    int row(String name, int r) {
      if (name.startsWith("weight_hr")) {
        return states[r];
      }
      if (name.startsWith("peephole")) {
        return r;
      }
      int gate = r / cells.length;
      return gate * cells.length + cells[r % cells.length];
    }

    /// Where column c of a parameter comes from.
    int column(String name, int c) {
      if (name.startsWith("weight_hh")) {
        return states[c];
      }
      return name.startsWith("weight_ih") ? c : cells[c];
    }

    /// A parameter of gates or its gradient, element by element, in the new order.
    double[] apply(String name, int columns, double[] elements) {
      var result = new double[elements.length];
      for (int i = 0; i < result.length; i++) {
        if (name.startsWith("bias")) {
          result[i] = elements[row(name, i)];
        } else {
          int r = row(name, i / columns);
          result[i] = elements[r * columns + column(name, i % columns)];
        }
      }
      return result;
    }

    Batch apply(Batch batch) {
      var copy = batch.only(_ -> true);
      copy.states().replaceAll((name, values) -> columns(name, values));
      copy.sequences()
          .replaceAll((name, values) -> {
            var steps = new float[values.length][][];
            for (int t = 0; t < steps.length; t++) {
              steps[t] = name.equals("output") ? columns("h", values[t]) : values[t];
            }
            return steps;
          });
      return copy;
    }

    private float[][] columns(String name, float[][] values) {
      int[] order = name.contains("c0") ? cells : states;
      var result = new float[values.length][order.length];
      for (int b = 0; b < values.length; b++) {
        for (int c = 0; c < order.length; c++) {
          result[b][c] = values[b][order[c]];
        }
      }
      return result;
    }
  }

  private static void permute(Parameters parameters, Order order) {
    for (var parameter : parameters.all()) {
      var value = parameter.value();
      var elements = order.apply(parameter.name(), value.columns(), value.toArray());
      set(parameter, elements);
    }
  }

  private static void set(Parameter parameter, double[] elements) {
    Tensor value = parameter.value();
    for (int i = 0; i < elements.length; i++) {
      value.set(i / value.columns(), i % value.columns(), elements[i]);
    }
  }

  @Property(tries = 60)
  void permutedUnitsGivePermutedResults(@ForAll("layers") SequenceShape shape) {
    var order = Order.of(shape);
    var stack = SequenceRun.stack(shape.options(), shape.seed(), shape.anyLengths());
    var shapes = new LinkedHashMap<String, int[]>();
    SequenceRun.Maker noted =
        SequenceRun.prepared(
            stack, p -> p.all().forEach(each -> shapes.put(each.name(), each.value().shape())));
    var plain = SequenceRun.of(backend, shape.inputs(), shape.upstream(), noted);
    var permuted =
        SequenceRun.of(
            backend,
            order.apply(shape.inputs()),
            order.apply(shape.upstream()),
            SequenceRun.prepared(stack, parameters -> permute(parameters, order)));
    assertClose(order.apply(plain.values()), permuted.values());
    plain
        .parameters()
        .forEach((name, elements) -> {
          int[] size = shapes.get(name);
          var expected = order.apply(name, size[size.length - 1], toDouble(elements));
          assertClose(expected, toDouble(permuted.parameters().get(name)), name);
        });
  }

  private static double[] toDouble(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static void assertClose(Batch expected, Batch actual) {
    flat(expected).forEach((name, values) -> assertClose(values, flat(actual).get(name), name));
  }

  private static Map<String, double[]> flat(Batch batch) {
    var flat = new LinkedHashMap<String, double[]>();
    batch
        .sequences()
        .forEach((name, values) ->
            flat.put(
                name, List.of(values).stream().flatMapToDouble(SymmetryProperties::row).toArray()));
    batch.states().forEach((name, values) -> flat.put(name, row(values).toArray()));
    return flat;
  }

  private static DoubleStream row(float[][] rows) {
    return List.of(rows).stream().flatMapToDouble(row -> Arrays.stream(toDouble(row)));
  }

  private static void assertClose(double[] expected, double[] actual, String name) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
    }
    double error = difference / largest;
    assertTrue(difference <= OTHER_ORDER * largest, () -> name + " differs by " + error);
  }
}
