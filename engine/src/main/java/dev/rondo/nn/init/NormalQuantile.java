package dev.rondo.nn.init;

import dev.rondo.random.CounterRandom;

/// Normal numbers, each from one uniform number, by the inverse of the distribution function.
///
/// Source: M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988
/// (PPND16, relative error about 1e-16), whose third rational, for the far tails, is not needed
/// here.
final class NormalQuantile {
  /// Φ(-2): the probability below minus two deviations.
  private static final double BELOW_TWO = 0.02275013194817921;

  /// Within 1/2 ± SPLIT the first rational applies, in `CENTER - q²`; both values are the paper's.
  private static final double SPLIT = 0.425;

  private static final double CENTER = 0.180625;
  private static final double TAIL = 1.6;

  // Coefficients of both rationals, the highest power first.
  private static final double[] A = {
    2509.0809287301227,
    33430.57558358813,
    67265.7709270087,
    45921.95393154987,
    13731.69376550946,
    1971.5909503065513,
    133.14166789178438,
    3.3871328727963665
  };
  private static final double[] B = {
    5226.495278852854,
    28729.085735721943,
    39307.89580009271,
    21213.794301586597,
    5394.196021424751,
    687.1870074920579,
    42.31333070160091,
    1
  };
  private static final double[] C = {
    0.0007745450142783414,
    0.022723844989269184,
    0.2417807251774506,
    1.2704582524523684,
    3.6478483247632045,
    5.769497221460691,
    4.630337846156546,
    1.4234371107496835
  };
  private static final double[] D = {
    1.0507500716444169E-9,
    0.0005475938084995345,
    0.015198666563616457,
    0.14810397642748008,
    0.6897673349851,
    1.6763848301838038,
    2.053191626637759,
    1
  };

  private NormalQuantile() {}

  /// A normal number within two deviations.
  static double truncated(CounterRandom random) {
    return of(BELOW_TWO + (1 - 2 * BELOW_TWO) * random.nextDouble());
  }

  /// Φ⁻¹(p), for p from 2e-11 to 1 - 2e-11.
  static double of(double p) {
    double q = p - 0.5;
    if (Math.abs(q) <= SPLIT) {
      double r = CENTER - q * q;
      return q * polynomial(A, r) / polynomial(B, r);
    }
    double r = StrictMath.sqrt(-StrictMath.log(Math.min(p, 1 - p))) - TAIL;
    return Math.copySign(polynomial(C, r) / polynomial(D, r), q);
  }

  private static double polynomial(double[] coefficients, double x) {
    double sum = 0;
    for (double coefficient : coefficients) {
      sum = sum * x + coefficient;
    }
    return sum;
  }
}
