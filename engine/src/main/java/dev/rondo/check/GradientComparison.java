package dev.rondo.check;

import dev.rondo.check.GradientReport.TensorReport;
import dev.rondo.check.GradientReport.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// What the tape says of one tensor, beside what was measured.
final class GradientComparison {
  /// A tensor all of whose derivatives are smaller has no gradient.
  private static final double SMALLEST_SCALE = 1e-8;

  /// Derivatives smaller than this part of the largest are not compared relative to themselves.
  private static final double SMALLEST_PART = 1e-3;

  /// The part of what is allowed that a measurement may be uncertain by without a second look.
  private static final double CERTAIN = 0.1;

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
  private final List<Probe> probes = new ArrayList<>();

  /// @param results names what is compared along each direction
  GradientComparison(String name, int[] shape, double tolerance, IntFunction<String> results) {
    this.name = name;
    this.shape = shape;
    this.tolerance = tolerance;
    this.results = results;
  }

  void add(Probe probe) {
    probes.add(probe);
  }

  /// Asks for smaller steps where those so far leave a doubt.
  void refine(Consumer<Probe> measure) {
    double largest = largest();
    for (var probe : probes) {
      for (int k = 0; k < probe.said.length; k++) {
        double allowed = CERTAIN * tolerance * denominator(probe, k, largest);
        if (probe.isDoubtful(k, largest, allowed)) {
          measure.accept(probe);
          break;
        }
      }
    }
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

  TensorReport report() {
    double largest = largest();
    Worst worst = null;
    double worstAbsolute = 0;
    double uncertainty = 0;
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
        compared++;
        double said = probe.said[k];
        double measured = probe.derivative(k, largest);
        double absolute = Math.abs(said - measured);
        double denominator = denominator(probe, k, largest);
        double relative = absolute / denominator;
        boolean certain =
            !(relative <= tolerance)
                && !(absolute <= probe.uncertainty(k, largest) && Double.isFinite(absolute));
        var candidate = new Worst(probe, k, certain, relative);
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
        compared == 0 ? Verdict.NOT_MEASURABLE : verdict(worst, largest),
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

  private Verdict verdict(Worst worst, double largest) {
    if (worst.certain) {
      return Verdict.WRONG;
    }
    if (largest <= SMALLEST_SCALE) {
      return Verdict.ZERO;
    }
    return worst.relative <= tolerance ? Verdict.RIGHT : Verdict.UNCERTAIN;
  }
}
