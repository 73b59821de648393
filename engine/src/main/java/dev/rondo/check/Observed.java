package dev.rondo.check;

/// What a [GradientCheck] compares of all results at once: each of them, or a few combinations `<v,
/// result>`.
final class Observed {
  /// What a result is made of is not smaller than this, even where the result is: gates, states.
  private static final double SMALLEST_SIZE = 1;

  /// v, one a combination; null for each result by itself.
  private final double[][] upstreams;

  Observed(double[][] upstreams) {
    this.upstreams = upstreams;
  }

  /// The combinations of some numbers, one a result.
  double[] of(double[] results) {
    if (upstreams == null) {
      return results;
    }
    var combined = new double[upstreams.length];
    for (int k = 0; k < combined.length; k++) {
      combined[k] = Direction.dot(upstreams[k], results);
    }
    return combined;
  }

  /// How large a combination is, as far as rounding goes, whose signs are random.
  double[] sizes(double[] results) {
    return sizes(results, SMALLEST_SIZE);
  }

  /// The same with another smallest size of a result.
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
