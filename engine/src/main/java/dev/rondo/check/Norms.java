package dev.rondo.check;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/// Euclidean norms in double that underflow or overflow only if the result does.
final class Norms {
  /// Squares between these limits are exact enough without scaling: they are far from the largest
  /// and the smallest doubles.
  private static final double SMALL = 0x1p-900;

  private static final double LARGE = 0x1p900;

  private Norms() {}

  /// ‖a + b‖ of one row of each.
  static double ofSum(Tensor a, Tensor b, int row) {
    double squares =
        switch (a.type()) {
          case FLOAT32 -> floatSquares(a, b, row);
          case FLOAT64 -> doubleSquares(a, b, row);
        };
    if (squares > SMALL && squares < LARGE) {
      return Math.sqrt(squares);
    }
    var values = new double[a.columns()];
    for (int i = 0; i < values.length; i++) {
      values[i] = a.get(row, i) + b.get(row, i);
    }
    return of(values);
  }

  private static double floatSquares(Tensor a, Tensor b, int row) {
    var first = a.segment();
    var second = b.segment();
    long at = a.byteOffset(row, 0);
    long and = b.byteOffset(row, 0);
    double squares = 0;
    for (int i = 0; i < a.columns(); i++) {
      long offset = (long) i * Float.BYTES;
      double value =
          (double) first.get(ValueLayout.JAVA_FLOAT, at + offset)
              + second.get(ValueLayout.JAVA_FLOAT, and + offset);
      squares += value * value;
    }
    return squares;
  }

  private static double doubleSquares(Tensor a, Tensor b, int row) {
    var first = a.segment();
    var second = b.segment();
    long at = a.byteOffset(row, 0);
    long and = b.byteOffset(row, 0);
    double squares = 0;
    for (int i = 0; i < a.columns(); i++) {
      long offset = (long) i * Double.BYTES;
      double value =
          first.get(ValueLayout.JAVA_DOUBLE, at + offset)
              + second.get(ValueLayout.JAVA_DOUBLE, and + offset);
      squares += value * value;
    }
    return squares;
  }

  /// ‖values‖, summed in order. Applied to the norms of parts, it gives the norm of the whole.
  static double of(double... values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value)); // NaN stays
    }
    if (largest == 0 || !Double.isFinite(largest)) {
      return largest;
    }
    int exponent = Math.getExponent(largest);
    double squares = 0;
    for (double value : values) {
      double scaled = Math.scalb(value, -exponent);
      squares += scaled * scaled;
    }
    return Math.scalb(Math.sqrt(squares), exponent);
  }
}
