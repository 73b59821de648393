package dev.rondo.check;

import dev.rondo.autograd.Tape;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentObserver;
import dev.rondo.nn.recurrent.RecurrentPass;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Vanishing and exploding gradients made visible (Hochreiter 1991; Bengio, Simard and Frasconi
/// 1994; Pascanu, Mikolov and Bengio 2013): the size of dL/dh at every step of every recurrent
/// layer on a tape, and the saturation of its gates.
///
/// ```
/// try (var tape = Tape.record(backend, workspace, random.next())) {
///   var flow = GradientFlow.on(tape);
///   var run = lstm.forward(tape, x);
///   tape.backward(loss(tape, run.output()));
///   System.out.println(flow);
/// }
/// ```
///
/// Results and gradients are not changed by a single bit. Every gate is read once in the forward
/// pass and every dL/dh once in the backward pass, on the threads that computed them; the findings
/// do not depend on the number of threads. Steps that are run again count once.
public final class GradientFlow {
  private final List<Recorded> recorded = new ArrayList<>();

  private GradientFlow() {}

  /// Attaches an observer to a tape, before the forward pass.
  public static GradientFlow on(Tape tape) {
    var flow = new GradientFlow();
    RecurrentObserver.attach(tape, flow::begin);
    return flow;
  }

  private RecurrentObserver.PassObserver begin(RecurrentPass pass) {
    var rows = new PassRows(pass);
    if (pass.ofCell()) {
      for (var earlier : recorded) {
        if (earlier.continuesWith(pass)) {
          earlier.passes.add(rows);
          return rows;
        }
      }
    }
    recorded.add(new Recorded(rows));
    return rows;
  }

  /// The findings for each layer and direction, in the order in which they ran: layer 0 forward,
  /// layer 0 reverse, layer 1 forward and so on. The steps of a cell count as one layer; a stack
  /// that ran twice on the tape is listed twice.
  public List<LayerFlow> layers() {
    return recorded.stream().map(Recorded::flow).toList();
  }

  /// As [#jacobians(Recurrent, Tensor, Lengths, RecurrentState, int, long)], for sequences of equal
  /// length from the network's initial state.
  public static List<JacobianNorms> jacobians(
      Recurrent recurrent, Tensor x, int directions, long seed) {
    return jacobians(recurrent, x, null, null, directions, seed);
  }

  /// Measures how strongly the last state h_T of each layer and direction depends on its earlier
  /// states, by an estimate of ‖∂h_T/∂h_t‖ in the Frobenius norm. No loss is involved, and paths
  /// through other layers do not count.
  ///
  /// For a direction v of independent random signs, E‖(∂h_T/∂h_t)ᵀ·v‖² = ‖∂h_T/∂h_t‖², and one
  /// backward pass from v gives it for every t. Sequences are independent, so each is a sample too.
  /// For a cell with a state c beside h, this is the derivative with respect to h_t at constant
  /// c_t.
  ///
  /// Runs on a copy in float64, where factors of 1e-200 are not lost, on the caller's thread, with
  /// dropout as in training. Changes no parameter and no gradient. Costs a forward and a backward
  /// pass of the stack for each direction v and for each layer and direction of the stack.
  ///
  /// @param x `[steps, batchSize, inputSize]`
  /// @param lengths which steps are real; null if all are
  /// @param initial the initial state; null for the network's own
  /// @param directions number of directions v; a few are enough for a verdict
  /// @param seed of the signs
  /// @return one for each layer and direction, in the order of states
  /// @throws IllegalArgumentException if a shape does not fit or `directions` is not positive
  public static List<JacobianNorms> jacobians(
      Recurrent recurrent,
      Tensor x,
      Lengths lengths,
      RecurrentState initial,
      int directions,
      long seed) {
    return JacobianProbe.run(recurrent, x, lengths, initial, directions, seed);
  }

  /// [LayerFlow#toString] of every layer.
  @Override
  public String toString() {
    var text = new StringBuilder();
    layers().forEach(text::append);
    return text.toString();
  }

  /// [LayerFlow#toString] of every layer with the [spectra][LayerFlow#spectra] of its matrices.
  public String report() {
    var text = new StringBuilder();
    for (var layer : layers()) {
      text.append(layer);
      layer.spectra().forEach(spectrum -> text.append("  ").append(spectrum).append('\n'));
    }
    return text.toString();
  }

  /// The findings of one pass. Every row has its own places, so threads need not wait for each
  /// other, and sums are taken later, in order.
  private static final class PassRows implements RecurrentObserver.PassObserver {
    final RecurrentPass pass;
    final List<RecurrentObserver.GateColumns> gates;
    private final List<Saturation.Limits> limits;

    /// ‖dL/dh‖ of each row.
    final double[] norms;

    /// The counts of each gate and row, as returned by [Saturation.Limits#count].
    final long[][] saturated;

    PassRows(RecurrentPass pass) {
      this.pass = pass;
      gates = pass.gates();
      limits = gates.stream().map(gate -> Saturation.Limits.of(gate.activation())).toList();
      norms = new double[pass.rows()];
      saturated = new long[gates.size()][pass.rows()];
    }

    @Override
    public void forward(int row, Tensor z, Tensor h, Tensor c) {
      for (int gate = 0; gate < saturated.length; gate++) {
        var values = gates.get(gate).values(z, h);
        for (int i = 0; i < values.rows(); i++) {
          saturated[gate][row + i] = limits.get(gate).count(values, i);
        }
      }
    }

    @Override
    public void backward(int row, Tensor dh, Tensor carried) {
      for (int i = 0; i < dh.rows(); i++) {
        norms[row + i] = Norms.ofSum(dh, carried, i);
      }
    }
  }

  /// The pass of a layer, or all steps of a cell.
  private static final class Recorded {
    final List<PassRows> passes = new ArrayList<>();
    private final RecurrentPass first;

    Recorded(PassRows rows) {
      passes.add(rows);
      first = rows.pass;
    }

    boolean continuesWith(RecurrentPass pass) {
      return first.ofCell() && first.sameLayer(pass) && first.batchSize() == pass.batchSize();
    }

    LayerFlow flow() {
      int steps = 0;
      for (var rows : passes) {
        steps += rows.pass.steps();
      }
      var norms = new double[steps][first.batchSize()];
      var sums = new double[steps];
      var counts = new int[steps];
      int start = 0;
      int lags = 0;
      for (var rows : passes) {
        var pass = rows.pass;
        for (int row = 0; row < pass.rows(); row++) {
          norms[start + pass.time(row)][pass.sequence(row)] = rows.norms[row];
          int lag = pass.ofCell() ? steps - 1 - start : pass.lag(row);
          sums[lag] += rows.norms[row];
          counts[lag]++;
          lags = Math.max(lags, lag + 1);
        }
        start += pass.steps();
      }
      var byLag = new double[lags];
      for (int lag = 0; lag < lags; lag++) {
        byLag[lag] = sums[lag] / counts[lag];
      }
      return new LayerFlow(first.name(), first.weightHh(), saturations(), norms, byLag);
    }

    private List<Saturation> saturations() {
      var result = new ArrayList<Saturation>();
      for (int gate = 0; gate < first.gates().size(); gate++) {
        long left = 0;
        long right = 0;
        long values = 0;
        for (var rows : passes) {
          for (long count : rows.saturated[gate]) {
            left += count & 0xFFFF_FFFFL;
            right += count >>> 32;
          }
          values += (long) rows.pass.rows() * rows.gates.get(gate).units();
        }
        String name = first.gates().get(gate).name();
        double all = Math.max(values, 1);
        result.add(new Saturation(name, left / all, right / all));
      }
      return result;
    }
  }
}
