package dev.rondo.nn.init;

import dev.rondo.tensor.Tensor;
import java.util.function.DoubleSupplier;

/// Helpers common to the initializers: the logical elements of a tensor in order, and its fans.
final class Elements {
  private Elements() {}

  static void fill(Tensor target, DoubleSupplier next) {
    for (int r = 0; r < target.rows(); r++) {
      for (int c = 0; c < target.columns(); c++) {
        target.set(r, c, next.getAsDouble());
      }
    }
  }

  static long fanInAndOut(Tensor target) {
    return fan(target, Fan.IN) + fan(target, Fan.OUT);
  }

  static long fan(Tensor target, Fan fan) {
    if (target.rank() < 2) {
      throw new IllegalArgumentException(
          "target is %s, expected [out, in] or more dimensions".formatted(target));
    }
    long field = 1;
    for (int i = 2; i < target.rank(); i++) {
      field *= target.dimension(i);
    }
    return field
        * switch (fan) {
          case IN -> target.dimension(1);
          case OUT -> target.dimension(0);
        };
  }

  /// `scale/√fan`; 0 where there is nothing to fill.
  static double overRoot(double scale, Tensor target, Fan fan) {
    return scale / StrictMath.sqrt((double) Math.max(fan(target, fan), 1));
  }

  static void requireFinite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be finite, was " + value);
    }
  }
}
