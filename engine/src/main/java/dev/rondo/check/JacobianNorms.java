package dev.rondo.check;

import java.util.Locale;

/// The dependence of a layer's last state on the states before it: an estimate of ‖∂h_T/∂h_t‖ in
/// the Frobenius norm by lag T - t. Made by [GradientFlow#jacobians].
public final class JacobianNorms {
  private final String name;
  private final int stateSize;
  private final double[] norms;
  private final double relativeError;

  /// @param samples directions times sequences
  JacobianNorms(String name, int stateSize, double[] norms, int samples) {
    this.name = name;
    this.stateSize = stateSize;
    this.norms = norms;
    this.relativeError = 1 / Math.sqrt(2.0 * samples);
  }

  /// The name of the layer's recurrent matrix, such as `lstm.weight_hh_l0_reverse`.
  public String name() {
    return name;
  }

  /// The estimate by lag, lag 0 first: the root of the mean square over the sequences that are long
  /// enough for the lag. At lag 0 it is the norm of the identity, √stateSize.
  public double[] norms() {
    return norms.clone();
  }

  /// The estimate as a factor: `norms[lag] / √stateSize`, 1 at lag 0 and, without any other
  /// influence, at every lag of an orthogonal linear network.
  public double gain(int lag) {
    return norms[lag] / Math.sqrt(stateSize);
  }

  /// An upper bound of the relative standard error of an estimate, `1/√(2·directions·sequences)`,
  /// if all sequences have the lag.
  public double relativeError() {
    return relativeError;
  }

  /// The verdict on the norms.
  public SignalVerdict verdict() {
    return SignalVerdict.of(norms);
  }

  /// Norms by lag in powers of two, and the verdict.
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: |dh_T/dh_t| ±%.0f %% %s%n%s",
        name,
        100 * relativeError,
        verdict(),
        LayerFlow.lags(norms));
  }
}
