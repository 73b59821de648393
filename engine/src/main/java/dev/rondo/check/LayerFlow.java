package dev.rondo.check;

import dev.rondo.autograd.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The gradient of one layer in one direction in the backward pass, and the state of its gates in
/// the forward pass. Made by [GradientFlow#layers]; outlives the tape.
public final class LayerFlow {
  private final String name;

  /// Null if the cell has no recurrent matrix.
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
  /// parameter if there is none.
  public String name() {
    return name;
  }

  /// Steps of the batch.
  public int steps() {
    return norms.length;
  }

  /// ‖dL/dh_t‖ over all sequences of the batch, h_t `[batchSize, stateSize]`: the gradient that
  /// reaches step `t` through the output and through the next step. 0 before a backward pass, and
  /// where no gradient arrived.
  ///
  /// @param t step, counted in time, whatever the direction
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

  /// The mean of ‖dL/dh‖ by lag, lag 0 first. The lag is the number of real steps until the last
  /// one of a sequence in the layer's own direction; the mean is over the sequences long enough for
  /// the lag. A sequence that loses its state in a gap counts as several.
  public double[] byLag() {
    return byLag.clone();
  }

  /// The saturation of each gate, over all values of the forward pass.
  public List<Saturation> saturations() {
    return saturations;
  }

  /// The verdict on [#byLag]. It is meaningful if the loss is at the end of the sequences. If every
  /// step has its own loss, the gradient is a sum over many lags, which [GradientFlow#jacobians]
  /// separates.
  public SignalVerdict verdict() {
    return SignalVerdict.of(byLag);
  }

  /// The radius and the norm of each gate's current recurrent matrix; empty if the cell has no
  /// recurrent matrix. If a cell does not expose its gates, the whole matrix is that of a gate
  /// `all`. See [GateSpectrum] for the cost.
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
