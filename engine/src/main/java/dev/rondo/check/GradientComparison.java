package dev.rondo.check;

import dev.rondo.check.GradientReport.TensorReport;
import dev.rondo.check.GradientReport.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;

/// A comparison of the tape's gradient of one tensor with the measured one.
final class GradientComparison {
  /// If all derivatives of a tensor are smaller than this, its gradient counts as zero.
  private static final double SMALLEST_SCALE = 1e-8;

  /// The error of a derivative smaller than this fraction of the largest is not relative to itself,
  /// but to the largest.
  private static final double SMALLEST_PART = 1e-3;

  /// The fraction of the allowed error up to which the uncertainty of a measurement is accepted
  /// without another step.
  private static final double CERTAIN = 0.1;

  /// A derivative whose relative uncertainty is larger than this counts as not measured, even if it
  /// agrees with the tape, because an error of that size could be hidden in it.
  private static final double ROUGH = 1e-3;

  /// Number of smaller steps tried in case of doubt, regardless of rounding.
  private static final int ALWAYS = 2;

  /// Number of smaller steps tried, for a steep f, while rounding stays within the allowed error.
  private static final int AT_MOST = 30;

  /// The worst derivative of one tensor so far.
  private record Worst(Probe probe, int k, boolean certain, double relative) {
    boolean isWorseThan(Worst other) {
      if (other == null || certain != other.certain) {
        return other == null || certain;
      }
      return !(relative <= other.relative);
    }
  }

  private final String name;
  private final int[] shape;
  private final double tolerance;
  private final IntFunction<String> results;
  private final Measurement measurement;
  private final List<Probe> probes = new ArrayList<>();

  /// @param results gives the names of the results compared along each direction
  GradientComparison(
      String name,
      int[] shape,
      double tolerance,
      IntFunction<String> results,
      Measurement measurement) {
    this.name = name;
    this.shape = shape;
    this.tolerance = tolerance;
    this.results = results;
    this.measurement = measurement;
  }

  /// Measures along a direction over the largest step.
  void add(Probe probe, double step) {
    probe.add(measurement.over(probe, step));
    probes.add(probe);
  }

  /// Measures over smaller steps where the steps so far are inconclusive.
  private void refine() {
    var doubtful = List.copyOf(probes);
    for (int i = 0; i < AT_MOST && !doubtful.isEmpty(); i++) {
      double largest = largest();
      boolean always = i < ALWAYS;
      doubtful = doubtful.stream().filter(probe -> isDoubtful(probe, largest, always)).toList();
      doubtful.forEach(probe -> probe.add(measurement.over(probe, probe.nextStep())));
    }
  }

  private boolean isDoubtful(Probe probe, double largest, boolean always) {
    for (int k = 0; k < probe.said.length; k++) {
      double allowed = tolerance * denominator(probe, k, largest);
      if ((always || probe.rounding(k, probe.nextStep()) <= allowed)
          && probe.isDoubtful(k, largest, allowed, CERTAIN * allowed)) {
        return true;
      }
    }
    return false;
  }

  /// The worst of the wrong derivatives; null if there is none.
  private Worst wrong() {
    double largest = largest();
    var suspects = new ArrayList<Worst>();
    for (var probe : probes) {
      for (int k = 0; k < probe.said.length; k++) {
        if (Double.isFinite(probe.said[k]) && probe.isKink(k, largest)) {
          continue;
        }
        double relative = relative(probe, k, largest);
        double absolute = Math.abs(probe.said[k] - probe.derivative(k, largest));
        if (!(relative <= tolerance) && !(absolute <= probe.uncertainty(k, largest))) {
          suspects.add(new Worst(probe, k, false, relative));
        }
      }
    }
    suspects.sort(Comparator.comparingDouble((Worst suspect) -> suspect.relative).reversed());
    for (var suspect : suspects) {
      var probe = suspect.probe;
      if (probe.isWrong(suspect.k, largest, measurement)) {
        // a smaller step may have measured something else meanwhile
        return new Worst(probe, suspect.k, true, relative(probe, suspect.k, largest));
      }
    }
    return null;
  }

  private static double relative(Probe probe, int k, double largest) {
    double absolute = Math.abs(probe.said[k] - probe.derivative(k, largest));
    return absolute / denominator(probe, k, largest);
  }

  /// The largest derivative along any direction, by the direction's length.
  private double largest() {
    double largest = 0;
    for (var probe : probes) {
      for (int k = 0; k < probe.said.length; k++) {
        double size = probe.size(k, largest) / probe.direction.length();
        largest = Double.isFinite(size) ? Math.max(largest, size) : largest;
      }
    }
    return largest;
  }

  /// The size to which an error is relative.
  private static double denominator(Probe probe, int k, double largest) {
    double size = probe.size(k, largest) / probe.direction.length();
    double part = size > SMALLEST_PART * largest ? size : largest;
    return Math.max(part, SMALLEST_SCALE) * probe.direction.length();
  }

  /// Measures again where there is doubt, then reports the verdict on the tensor.
  TensorReport report() {
    refine();
    Worst worst = wrong();
    double largest = largest();
    double worstAbsolute = 0;
    double uncertainty = 0;
    double largestCompared = 0;
    int compared = 0;
    int kinks = 0;
    double products = 0;
    double saidSquares = 0;
    double measuredSquares = 0;
    for (var probe : probes) {
      for (int k = 0; k < probe.said.length; k++) {
        if (Double.isFinite(probe.said[k]) && probe.isKink(k, largest)) {
          kinks++;
          continue;
        }
        double said = probe.said[k];
        double measured = probe.derivative(k, largest);
        double absolute = Math.abs(said - measured);
        double denominator = denominator(probe, k, largest);
        double relative = absolute / denominator;
        if (relative <= tolerance && probe.uncertainty(k, largest) > ROUGH * denominator) {
          kinks++;
          continue;
        }
        compared++;
        double size = probe.size(k, largest) / probe.direction.length();
        largestCompared = Math.max(largestCompared, size);
        var candidate = new Worst(probe, k, false, relative);
        worst = candidate.isWorseThan(worst) ? candidate : worst;
        worstAbsolute = absolute <= worstAbsolute ? worstAbsolute : absolute;
        uncertainty = Math.max(uncertainty, probe.uncertainty(k, largest) / denominator);
        products += said * measured;
        saidSquares += said * said;
        measuredSquares += measured * measured;
      }
    }
    if (worst == null) {
      worst = new Worst(probes.getFirst(), 0, false, 0);
    }
    var probe = worst.probe;
    int element = probe.direction.element();
    return new TensorReport(
        name,
        Arrays.toString(shape),
        verdict(worst, largest, compared == 0 ? Double.NaN : largestCompared),
        worst.relative,
        worstAbsolute,
        element < 0
            ? List.of()
            : Arrays.stream(ProbeDirection.index(shape, element)).boxed().toList(),
        probe.direction.place(),
        results.apply(worst.k),
        probe.said[worst.k],
        probe.derivative(worst.k, largest),
        uncertainty,
        products / Math.sqrt(saidSquares * measuredSquares),
        compared,
        kinks);
  }

  /// @param largestCompared the largest derivative that was compared; NaN if none was
  private Verdict verdict(Worst worst, double largest, double largestCompared) {
    if (worst.certain) {
      return Verdict.WRONG;
    }
    if (Double.isNaN(largestCompared)) {
      return Verdict.NOT_MEASURABLE;
    }
    if (largest <= SMALLEST_SCALE) {
      return Verdict.ZERO;
    }
    // all compared derivatives are tiny beside those left out, to which their errors were relative
    if (largestCompared <= SMALLEST_PART * largest && worst.relative <= tolerance) {
      return Verdict.NOT_MEASURABLE;
    }
    return worst.relative <= tolerance ? Verdict.RIGHT : Verdict.UNCERTAIN;
  }
}
