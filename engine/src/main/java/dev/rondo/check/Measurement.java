package dev.rondo.check;

/// Runs the checked function with a tensor moved along a direction, and restores the tensor.
interface Measurement {
  /// Measures slopes over a step.
  Slopes over(Probe probe, double step);

  /// Measures the deviation of results from a smooth function, around a place along the direction.
  ///
  /// @param place in units of the direction
  /// @param distance between neighbouring points
  /// @return σ of each compared value; see [Noise]
  double[] scatter(Probe probe, double place, double distance);

  /// What the tape says of a derivative at another place along the direction.
  ///
  /// @param k which of those that are compared
  double said(Probe probe, int k, double place);
}
