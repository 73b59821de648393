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

  static double softsign(double x) {
    double t = Math.min(Math.max(x, -Double.MAX_VALUE), Double.MAX_VALUE);
    return t / (1.0 + Math.abs(t));
  }

  static double elu(double x, double alpha) {
    return x > 0.0 ? x : alpha * StrictMath.expm1(x);
  }

  static double softplus(double x) {
    return Math.max(x, 0.0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
  }

  static double thresholdedRelu(double x, double theta) {
    return x <= theta ? 0.0 : x;
  }

  static double scaledTanh(double x, double alpha, double beta) {
    return alpha * StrictMath.tanh(beta * x);
  }

  static double logOnePlus(double u) {
    return StrictMath.log1p(u);
  }

  static double flush(double x) {
    return x;
  }
}
