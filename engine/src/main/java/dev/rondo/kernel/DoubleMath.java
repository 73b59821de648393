package dev.rondo.kernel;

/// The float64 counterpart of [FloatMath]: exact functions of the JDK, and no flush of small state,
/// so that finite differences see the derivative that the kernels compute.
final class DoubleMath {
  private DoubleMath() {}

  static double exp(double x) {
    return StrictMath.exp(x);
  }

  static double tanh(double x) {
    return StrictMath.tanh(x);
  }

  static double sigmoid(double x) {
    return 1.0 / (1.0 + StrictMath.exp(-x));
  }

  static double flush(double x) {
    return x;
  }
}
