package dev.rondo.parity;

import dev.rondo.kernel.Backend;
import dev.rondo.tensor.ElementType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// The difference of the engine's results from PyTorch's, tensor by tensor.
///
///     difference = ‖engine - PyTorch‖ / ‖PyTorch‖        Euclidean norms of the whole tensor
///
/// It is no less than the largest error of an element relative to the norm. If PyTorch has only
/// zeros, the engine must have only zeros too.
final class Comparison {
  /// Double has 1.1e-16: what is allowed is what sums and functions add to that in the longest
  /// runs.
  static final double FLOAT64_TOLERANCE = 1e-12;

  /// Float has 6.0e-8; the functions of both sides are off by some 3e-7.
  static final double FLOAT32_TOLERANCE = 1e-5;

  private Comparison() {}

  static double tolerance(Backend backend) {
    return backend.type() == ElementType.FLOAT64 ? FLOAT64_TOLERANCE : FLOAT32_TOLERANCE;
  }

  /// The difference of every tensor by name.
  ///
  /// @throws AssertionError if one side lacks a tensor or has it in another shape
  static Map<String, Double> differences(
      Map<String, Numbers> pytorch, Map<String, Numbers> engine) {
    if (!pytorch.keySet().equals(engine.keySet())) {
      throw new AssertionError(
          "PyTorch has %s, the engine %s".formatted(pytorch.keySet(), engine.keySet()));
    }
    var differences = new LinkedHashMap<String, Double>();
    pytorch.forEach((name, expected) -> {
      var actual = engine.get(name);
      if (!Arrays.equals(expected.shape(), actual.shape())) {
        throw new AssertionError(
            "%s is %s in PyTorch, %s in the engine"
                .formatted(
                    name, Arrays.toString(expected.shape()), Arrays.toString(actual.shape())));
      }
      differences.put(name, difference(expected, actual));
    });
    return differences;
  }

  private static double difference(Numbers expected, Numbers actual) {
    var distance = new double[expected.elements().length];
    for (int i = 0; i < distance.length; i++) {
      distance[i] = actual.elements()[i] - expected.elements()[i];
    }
    double norm = new Numbers(expected.shape(), distance).norm();
    return norm == 0 ? 0 : norm / expected.norm();
  }

  /// Fails if a difference is larger than is allowed, NaN included.
  static void assertWithin(double tolerance, Map<String, Double> differences, Object what) {
    differences.forEach((name, difference) -> {
      if (!(difference <= tolerance)) {
        throw new AssertionError(
            "%s of %s differs by %.2e of its norm, allowed is %.1e"
                .formatted(name, what, difference, tolerance));
      }
    });
  }
}
