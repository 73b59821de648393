package dev.rondo.check;

/// Runs what is checked with something moved along a direction, and puts it back.
interface Measurement {
  /// Measures slopes over a step.
  Slopes over(Probe probe, double step);

  /// Measures how far results are from those of a smooth function, around a place along the
  /// direction.
  ///
  /// @param place in units of the direction
  /// @param distance between neighbouring points
  /// @return σ of everything that is compared; see [Noise]
  double[] scatter(Probe probe, double place, double distance);

  /// What the tape says of a derivative at another place along the direction.
  ///
  /// @param k which of those that are compared
  double said(Probe probe, int k, double place);
}
