package dev.rondo.check;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/// A direction u in which [GradientCheck] moves some rows and columns of one tensor.
final class ProbeDirection {
  private final String place;
  private final int element;
  private final Tensor tensor;
  private final int fromRow;
  private final int fromColumn;
  private final int width;

  /// u of the elements that are moved, of either sign.
  private final double[] weights;

  /// The values of these elements before any move.
  private final double[] x;

  private final double length;
  private final double unit;

  private ProbeDirection(
      String place,
      Tensor tensor,
      int fromRow,
      int toRow,
      int fromColumn,
      int toColumn,
      IntToDoubleFunction weight) {
    this.place = place;
    this.tensor = tensor;
    this.fromRow = fromRow;
    this.fromColumn = fromColumn;
    width = toColumn - fromColumn;
    x = new double[(toRow - fromRow) * width];
    weights = new double[x.length];
    Arrays.setAll(x, i -> tensor.get(fromRow + i / width, fromColumn + i % width));
    Arrays.setAll(weights, weight);
    element = x.length == 1 ? index(0) : -1;
    length = Math.sqrt(dot(weights, weights));
    unit = Math.max(1, Math.sqrt(dot(x, x) / x.length)) / length;
  }

  private int index(int i) {
    return (fromRow + i / width) * tensor.columns() + fromColumn + i % width;
  }

  /// Describes in words which elements are moved.
  String place() {
    return place;
  }

  /// The only element that is moved; -1 if there are several.
  int element() {
    return element;
  }

  /// The length of a step of 1: it follows the size of the values that are moved.
  double unit() {
    return unit;
  }

  /// ‖u‖.
  double length() {
    return length;
  }

  /// One direction for each single element.
  static List<ProbeDirection> elements(Tensor tensor) {
    var directions = new ArrayList<ProbeDirection>();
    for (int i = 0; i < tensor.size(); i++) {
      directions.add(element(tensor, i));
    }
    return directions;
  }

  /// Directions for a tensor that is too large to test each of its elements: directions of all
  /// elements, of some rows, and of some columns, such that each element is in one of each kind,
  /// and of single elements.
  ///
  /// @param count number of directions of each kind
  static List<ProbeDirection> samples(Tensor tensor, int count, CounterRandom random) {
    int size = Math.toIntExact(tensor.size());
    if (size <= 4 * count) {
      return elements(tensor);
    }
    IntToDoubleFunction weight = _ -> random.nextGaussian();
    var directions = new ArrayList<ProbeDirection>();
    int rows = tensor.rows();
    int columns = tensor.columns();
    for (int d = 0; d < count; d++) {
      String place = "all elements, direction " + d;
      directions.add(new ProbeDirection(place, tensor, 0, rows, 0, columns, weight));
    }
    int blocks = Math.min(count, rows);
    for (int b = 0; b < blocks && rows > 1; b++) {
      int from = part(rows, b, blocks);
      int to = part(rows, b + 1, blocks);
      directions.add(
          new ProbeDirection(range("row", from, to), tensor, from, to, 0, columns, weight));
    }
    blocks = Math.min(count, columns);
    for (int b = 0; b < blocks && columns > 1; b++) {
      int from = part(columns, b, blocks);
      int to = part(columns, b + 1, blocks);
      directions.add(
          new ProbeDirection(range("column", from, to), tensor, 0, rows, from, to, weight));
    }
    var elements = new LinkedHashSet<Integer>();
    while (elements.size() < count) {
      elements.add(random.nextInt(size));
    }
    elements.forEach(i -> directions.add(element(tensor, i)));
    return directions;
  }

  private static int part(int whole, int numerator, int denominator) {
    return (int) ((long) whole * numerator / denominator);
  }

  private static String range(String what, int from, int to) {
    return to - from == 1 ? what + " " + from : "%ss %d to %d".formatted(what, from, to - 1);
  }

  private static ProbeDirection element(Tensor tensor, int i) {
    int row = i / tensor.columns();
    int column = i % tensor.columns();
    String place = "element " + Arrays.toString(index(tensor.shape(), i));
    return new ProbeDirection(place, tensor, row, row + 1, column, column + 1, _ -> 1);
  }

  /// Converts the sequential number of an element to its index in a shape.
  static int[] index(int[] shape, int element) {
    var index = new int[shape.length];
    int rest = element;
    for (int d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest /= shape[d];
    }
    return index;
  }

  /// ‖gradient‖ over the elements that are moved: the expected size of a derivative.
  double norm(double[] gradient) {
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      squares += gradient[index(i)] * gradient[index(i)];
    }
    return Math.sqrt(squares);
  }

  /// `<gradient, u>`.
  double along(double[] gradient) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += gradient[index(i)] * weights[i];
    }
    return sum;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /// `tensor = x + step·u`.
  void move(double step) {
    for (int i = 0; i < x.length; i++) {
      tensor.set(fromRow + i / width, fromColumn + i % width, x[i] + step * weights[i]);
    }
  }

  /// The distance of `x + step·u` and `x - step·u` along u, after rounding.
  double moved(double step) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += weights[i] * ((x[i] + step * weights[i]) - (x[i] - step * weights[i]));
    }
    return sum / (length * length);
  }
}
