package dev.rondo.check;

import dev.rondo.autograd.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The gradient's way back through one layer in one direction, and the state of its gates on the
/// way forward. Made by [GradientFlow#layers]; outlives the tape.
public final class LayerFlow {
  private final String name;

  /// Null where the cell has no recurrent matrix.
  private final Parameter weightHh;

  private final List<Saturation> saturations;

  /// ‖dL/dh‖ of each step and sequence, 0 where the step is not real.
  private final double[][] norms;

  private final double[] byLag;

  LayerFlow(
      String name,
      Parameter weightHh,
      List<Saturation> saturations,
      double[][] norms,
      double[] byLag) {
    this.name = name;
    this.weightHh = weightHh;
    this.saturations = List.copyOf(saturations);
    this.norms = norms;
    this.byLag = byLag;
  }

  /// The name of the layer's recurrent matrix, such as `lstm.weight_hh_l0_reverse`, or of its first
  /// parameter where there is none.
  public String name() {
    return name;
  }

  /// Steps of the batch.
  public int steps() {
    return norms.length;
  }

  /// ‖dL/dh_t‖ over all sequences of the batch, h_t `[batchSize, stateSize]`: what reaches step `t`
  /// by way of the output and of the next step. 0 before a backward pass, and where none reached.
  ///
  /// @param t counted in time, whatever the direction
  public double norm(int t) {
    return Norms.of(norms[t]);
  }

  /// [#norm(int)] of every step.
  public double[] norms() {
    return Arrays.stream(norms).mapToDouble(Norms::of).toArray();
  }

  /// ‖dL/dh_t‖ of one sequence; 0 where the step is not real.
  public double norm(int t, int sequence) {
    return norms[t][sequence];
  }

  /// The mean of ‖dL/dh‖ over the sequences that have a real step so many steps before their last
  /// one, in the layer's own direction: lag 0 first. A sequence that loses its state in a gap
  /// counts as several.
  public double[] byLag() {
    return byLag.clone();
  }

  /// The saturation of each gate, over all that the way forward computed.
  public List<Saturation> saturations() {
    return saturations;
  }

  /// What [#byLag] shows. It means what it says where the loss stands at the end of the sequences;
  /// where every step has a loss of its own the gradient is a sum of many lags, and
  /// [GradientFlow#jacobians] tells them apart.
  public SignalVerdict verdict() {
    return SignalVerdict.of(byLag);
  }

  /// The radius and the norm of each gate's recurrent matrix as it is now; none where the cell has
  /// no recurrent matrix. A matrix of a cell that shows no gates is one of gate `all`. See
  /// [GateSpectrum] for the cost.
  public List<GateSpectrum> spectra() {
    if (weightHh == null) {
      return List.of();
    }
    var gates =
        saturations.isEmpty()
            ? List.of("all")
            : saturations.stream().map(Saturation::gate).toList();
    int units = weightHh.value().rows() / gates.size();
    var result = new GateSpectrum[gates.size()];
    for (int gate = 0; gate < result.length; gate++) {
      var rows = weightHh.value().rows(gate * units, units);
      result[gate] = GateSpectrum.of(name, gates.get(gate), rows);
    }
    return List.of(result);
  }

  /// Norms by lag in powers of two, the verdict, and the gates: a few lines.
  @Override
  public String toString() {
    var text = new StringBuilder(name()).append(": ").append(verdict()).append('\n');
    text.append(lags(byLag));
    for (var saturation : saturations) {
      text.append("  ").append(saturation).append('\n');
    }
    return text.toString();
  }

  /// A line of norms at lag 0, the powers of two and the last.
  static String lags(double[] norms) {
    var text = new StringBuilder("  by lag");
    for (int lag = 0; lag < norms.length; lag = lag == 0 ? 1 : 2 * lag) {
      text.append(String.format(Locale.ROOT, "  %d: %.3g", lag, norms[lag]));
    }
    int last = norms.length - 1;
    if (Integer.bitCount(last) > 1) {
      text.append(String.format(Locale.ROOT, "  %d: %.3g", last, norms[last]));
    }
    return text.append('\n').toString();
  }
}
