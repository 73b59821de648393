package dev.rondo.check;

/// The values that a [GradientCheck] compares: each result, or a few combinations `<v, result>` of
/// all of them.
final class Observed {
  /// The smallest size of the values that a result is computed from, such as gates and states; the
  /// result itself may be smaller.
  private static final double SMALLEST_SIZE = 1;

  /// v, one for each combination; null to compare each result by itself.
  private final double[][] upstreams;

  Observed(double[][] upstreams) {
    this.upstreams = upstreams;
  }

  /// Combines some numbers, one for each result.
  double[] of(double[] results) {
    if (upstreams == null) {
      return results;
    }
    var combined = new double[upstreams.length];
    for (int k = 0; k < combined.length; k++) {
      combined[k] = ProbeDirection.dot(upstreams[k], results);
    }
    return combined;
  }

  /// The sizes of the combinations with respect to rounding errors, whose signs are random.
  double[] sizes(double[] results) {
    return sizes(results, SMALLEST_SIZE);
  }

  /// The same with another lower limit of a result's size.
  double[] sizes(double[] results, double smallest) {
    if (upstreams == null) {
      var sizes = results.clone();
      for (int k = 0; k < sizes.length; k++) {
        sizes[k] = Math.max(Math.abs(sizes[k]), smallest);
      }
      return sizes;
    }
    var sizes = new double[upstreams.length];
    for (int k = 0; k < sizes.length; k++) {
      double squares = 0;
      for (int i = 0; i < results.length; i++) {
        double term = upstreams[k][i] * Math.max(Math.abs(results[i]), smallest);
        squares += term * term;
      }
      sizes[k] = Math.sqrt(squares);
    }
    return sizes;
  }
}
