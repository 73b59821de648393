package dev.rondo.check;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;
import java.util.Collection;

/// The deviation of results from a smooth function due to rounding.
///
/// The rounding of the result itself is known, but that of intermediate values is not: a layer norm
/// of a nearly constant state magnifies it a few hundred times, a difference of large numbers by
/// any factor. So it is measured (Moré and Wild 2011, "Estimating computational noise"). All
/// checked values are moved by small fractions of themselves, at equal distances. In the sixth
/// differences of the results, a smooth function vanishes, and rounding with a standard deviation
/// of σ has a mean square of `σ²·12! / (6!)²`.
final class Noise {
  /// The least rounding error of a result, relative to its size, as of sums of some tens of terms.
  private static final double SMALLEST = 8 * 0x1p-53;

  /// Standard deviations that a rounding error is not expected to exceed.
  static final int DEVIATIONS = 8;

  /// Distances between points, relative to each value: from a few hundred units in the last place
  /// to the precision that a value keeps in a sum with a number ten million times larger.
  private static final double[] DISTANCES = {0x1p-44, 0x1p-34, 0x1p-24};

  /// Number of lines of points for each distance, each in another direction.
  private static final int LINES = 2;

  /// Number of points on each side.
  static final int SIDE = 4;

  private static final int ORDER = 6;

  private final double[] likely;
  private final double[] possible;

  Noise(double[] likely, double[] possible) {
    this.likely = likely;
    this.possible = possible;
  }

  /// The largest likely rounding error of each result, from its size and from measurement.
  double[] likely() {
    return likely;
  }

  /// The same for results computed from values of size 1, such as gates and states.
  double[] possible() {
    return possible;
  }

  /// Measures how large a rounding error of the observed values may be; costs 48 evaluations.
  ///
  /// @param here the results when nothing is moved
  /// @param tensors tensors that are moved and restored
  static Noise measure(
      CheckedFunction function,
      double[] here,
      Collection<Tensor> tensors,
      Observed observed,
      CounterRandom random) {
    var noise = new Noise(observed.sizes(here, 0), observed.sizes(here));
    for (int k = 0; k < noise.likely.length; k++) {
      noise.likely[k] *= SMALLEST;
      noise.possible[k] *= SMALLEST;
    }
    for (double distance : DISTANCES) {
      for (int line = 0; line < LINES; line++) {
        noise.add(scatter(points(function, here, tensors, observed, distance, random)));
      }
    }
    return noise;
  }

  private void add(double[] scatter) {
    for (int k = 0; k < scatter.length; k++) {
      double measured = DEVIATIONS * scatter[k];
      if (Double.isFinite(measured)) {
        likely[k] = Math.max(likely[k], measured);
        possible[k] = Math.max(possible[k], measured);
      }
    }
  }

  /// The noise when a tensor is moved: results may be larger there.
  ///
  /// @param above sizes of the results after the move
  /// @param below sizes of the results after the opposite move
  static double[] beside(double[] noise, double[] above, double[] below) {
    var beside = noise.clone();
    for (int k = 0; k < beside.length; k++) {
      double largest = SMALLEST * Math.max(above[k], below[k]);
      beside[k] = Double.isFinite(largest) ? Math.max(beside[k], largest) : beside[k];
    }
    return beside;
  }

  private static double[][] points(
      CheckedFunction function,
      double[] here,
      Collection<Tensor> tensors,
      Observed observed,
      double distance,
      CounterRandom random) {
    var values = tensors.stream().map(Tensor::toArray).toList();
    var directions = tensors.stream().map(tensor -> signs(tensor, random)).toList();
    var points = new double[2 * SIDE + 1][];
    for (int i = 0; i < points.length; i++) {
      int at = 0;
      for (var tensor : tensors) {
        move(tensor, values.get(at), directions.get(at), (i - SIDE) * distance);
        at++;
      }
      points[i] = observed.of(i == SIDE ? here : function.results());
    }
    int at = 0;
    for (var tensor : tensors) {
      move(tensor, values.get(at), directions.get(at), 0);
      at++;
    }
    return points;
  }

  /// Random numbers with magnitudes from 1/2 to 1, of either sign.
  private static double[] signs(Tensor tensor, CounterRandom random) {
    var signs = new double[Math.toIntExact(tensor.size())];
    Arrays.setAll(
        signs,
        _ -> {
          double size = 0.5 + 0.5 * random.nextDouble();
          return random.nextInt() < 0 ? -size : size;
        });
    return signs;
  }

  private static void move(Tensor tensor, double[] values, double[] direction, double distance) {
    int columns = tensor.columns();
    for (int i = 0; i < values.length; i++) {
      double value = distance == 0 ? values[i] : values[i] * (1 + distance * direction[i]);
      tensor.set(i / columns, i % columns, value);
    }
  }

  /// σ of every column of points at equal distances.
  static double[] scatter(double[][] points) {
    double factor = 1; // (6!)² / 12!
    for (int order = 1; order <= ORDER; order++) {
      factor *= order / (4.0 * order - 2);
    }
    int count = points.length - ORDER;
    var scatter = new double[points[0].length];
    var column = new double[points.length];
    for (int k = 0; k < scatter.length; k++) {
      for (int i = 0; i < points.length; i++) {
        column[i] = points[i][k];
      }
      for (int order = 1; order <= ORDER; order++) {
        for (int i = 0; i < points.length - order; i++) {
          column[i] = column[i + 1] - column[i];
        }
      }
      double squares = 0;
      for (int i = 0; i < count; i++) {
        squares += column[i] * column[i];
      }
      scatter[k] = Math.sqrt(factor * squares / count);
    }
    return scatter;
  }
}
