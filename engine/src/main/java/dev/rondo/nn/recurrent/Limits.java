package dev.rondo.nn.recurrent;

/// Checks of options.
final class Limits {
  private Limits() {}

  /// @throws IllegalArgumentException if `value` is not positive
  static void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, was " + value);
    }
  }

  /// @throws IllegalArgumentException if `value` is not positive; infinity is allowed
  static void requirePositive(String name, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(name + " must be positive, was " + value);
    }
  }

  /// @throws IllegalArgumentException if `value` is not in [0, 1)
  static void requireProbability(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1), was " + value);
    }
  }
}
