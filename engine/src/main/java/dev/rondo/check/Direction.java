package dev.rondo.check;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/// A direction u in which [GradientCheck] moves one tensor.
final class Direction {
  private final String place;
  private final int element;

  /// u, one for each element, of either sign.
  private final double[] weights;

  private final double unit;
  private final double length;

  private Direction(String place, int element, double[] weights, double unit) {
    this.place = place;
    this.element = element;
    this.weights = weights;
    this.unit = unit;
    length = Math.sqrt(dot(weights, weights));
  }

  /// Which elements are moved, in words.
  String place() {
    return place;
  }

  /// The only element that is moved, -1 if there are several.
  int element() {
    return element;
  }

  /// What a step of 1 is: it follows the size of the values that are moved.
  double unit() {
    return unit;
  }

  /// ‖u‖.
  double length() {
    return length;
  }

  /// Each element by itself.
  static List<Direction> elements(Tensor tensor) {
    double[] x = tensor.toArray();
    var directions = new ArrayList<Direction>();
    for (int i = 0; i < x.length; i++) {
      directions.add(element(tensor, x, i));
    }
    return directions;
  }

  /// What is tried of a tensor that is too large for each of its elements: directions of all
  /// elements, of some rows and of some columns, such that each element is in one of each kind, and
  /// single elements.
  ///
  /// @param count of each kind
  static List<Direction> samples(Tensor tensor, int count, CounterRandom random) {
    double[] x = tensor.toArray();
    if (x.length <= 4 * count) {
      return elements(tensor);
    }
    var directions = new ArrayList<Direction>();
    int rows = tensor.rows();
    int columns = tensor.columns();
    for (int d = 0; d < count; d++) {
      directions.add(
          block("all elements, direction " + d, x, columns, 0, rows, 0, columns, random));
    }
    if (rows > 1) {
      int blocks = Math.min(count, rows);
      for (int b = 0; b < blocks; b++) {
        int from = b * rows / blocks;
        int to = (b + 1) * rows / blocks;
        directions.add(block(range("row", from, to), x, columns, from, to, 0, columns, random));
      }
    }
    int blocks = Math.min(count, columns);
    for (int b = 0; b < blocks && columns > 1; b++) {
      int from = (int) ((long) b * columns / blocks);
      int to = (int) ((long) (b + 1) * columns / blocks);
      directions.add(block(range("column", from, to), x, columns, 0, rows, from, to, random));
    }
    var elements = new LinkedHashSet<Integer>();
    while (elements.size() < count) {
      elements.add(random.nextInt(x.length));
    }
    elements.forEach(i -> directions.add(element(tensor, x, i)));
    return directions;
  }

  private static String range(String what, int from, int to) {
    return to - from == 1 ? what + " " + from : "%ss %d to %d".formatted(what, from, to - 1);
  }

  private static Direction element(Tensor tensor, double[] x, int i) {
    var weights = new double[x.length];
    weights[i] = 1;
    String place = "element " + Arrays.toString(index(tensor.shape(), i));
    return new Direction(place, i, weights, Math.max(1, Math.abs(x[i])));
  }

  /// Normally distributed weights for some rows and columns, 0 elsewhere.
  private static Direction block(
      String place,
      double[] x,
      int columns,
      int fromRow,
      int toRow,
      int fromColumn,
      int toColumn,
      CounterRandom random) {
    var weights = new double[x.length];
    double squares = 0;
    double sizes = 0;
    for (int r = fromRow; r < toRow; r++) {
      for (int c = fromColumn; c < toColumn; c++) {
        int i = r * columns + c;
        weights[i] = random.nextGaussian();
        squares += weights[i] * weights[i];
        sizes += x[i] * x[i];
      }
    }
    int moved = (toRow - fromRow) * (toColumn - fromColumn);
    double size = Math.max(1, Math.sqrt(sizes / moved));
    return new Direction(place, -1, weights, size / Math.sqrt(squares));
  }

  /// The index in a shape of an element that is counted through in order.
  static int[] index(int[] shape, int element) {
    var index = new int[shape.length];
    int rest = element;
    for (int d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest /= shape[d];
    }
    return index;
  }

  /// ‖gradient‖ over the elements that are moved: the size of what is to be expected.
  double norm(double[] gradient) {
    double squares = 0;
    for (int i = 0; i < weights.length; i++) {
      squares += weights[i] == 0 ? 0 : gradient[i] * gradient[i];
    }
    return Math.sqrt(squares);
  }

  /// `<gradient, u>`.
  double along(double[] gradient) {
    return element >= 0 ? gradient[element] : dot(gradient, weights);
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /// `tensor = x + step·u`; where nothing is to be moved x stays to the bit.
  void move(Tensor tensor, double[] x, double step) {
    int columns = tensor.columns();
    if (element >= 0) {
      tensor.set(element / columns, element % columns, x[element] + step);
      return;
    }
    for (int i = 0; i < x.length; i++) {
      tensor.set(i / columns, i % columns, x[i] + step * weights[i]);
    }
  }

  /// By how many steps `x + step·u` and `x - step·u` are apart along u, as they were rounded.
  double moved(double[] x, double step) {
    if (element >= 0) {
      return (x[element] + step) - (x[element] - step);
    }
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      double distance = (x[i] + step * weights[i]) - (x[i] - step * weights[i]);
      sum += weights[i] * distance;
      squares += weights[i] * weights[i];
    }
    return sum / squares;
  }
}
