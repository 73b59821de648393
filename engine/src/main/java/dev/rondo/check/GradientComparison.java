package dev.rondo.check;

import dev.rondo.check.GradientReport.TensorReport;
import dev.rondo.check.GradientReport.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;

/// What the tape says of one tensor, beside what was measured.
final class GradientComparison {
  /// A tensor all of whose derivatives are smaller has no gradient.
  private static final double SMALLEST_SCALE = 1e-8;

  /// Derivatives smaller than this part of the largest are not compared relative to themselves.
  private static final double SMALLEST_PART = 1e-3;

  /// The part of what is allowed that a measurement may be uncertain by without a second look.
  private static final double CERTAIN = 0.1;

  /// Of derivatives that are less certain than this part of themselves nothing is known, even if
  /// they are what the tape says: what is wrong in a gradient seldom costs more.
  private static final double ROUGH = 1e-3;

  /// Steps that are tried where a doubt is left, whatever rounding leaves of them.
  private static final int ALWAYS = 2;

  /// Steps that are tried where rounding leaves as much as is allowed: f is steep.
  private static final int AT_MOST = 30;

  /// The worst of one tensor so far.
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

  /// @param results names what is compared along each direction
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

  /// Measures over smaller steps where those so far leave a doubt.
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

  /// The worst of the derivatives that are wrong; null if none is.
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

  /// What an error is relative to.
  private static double denominator(Probe probe, int k, double largest) {
    double size = probe.size(k, largest) / probe.direction.length();
    double part = size > SMALLEST_PART * largest ? size : largest;
    return Math.max(part, SMALLEST_SCALE) * probe.direction.length();
  }

  /// Measures what is in doubt, and says what is to be said of the tensor.
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
        element < 0 ? List.of() : Arrays.stream(Direction.index(shape, element)).boxed().toList(),
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
    // what was compared was compared with what was left out
    if (largestCompared <= SMALLEST_PART * largest && worst.relative <= tolerance) {
      return Verdict.NOT_MEASURABLE;
    }
    return worst.relative <= tolerance ? Verdict.RIGHT : Verdict.UNCERTAIN;
  }
}
