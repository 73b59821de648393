package dev.rondo.check;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentObserver;
import dev.rondo.nn.recurrent.RecurrentPass;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// States and gates of one sequence over time: the network unrolled on an input.
///
/// Attached to a tape, recording or evaluating, before the forward pass; changes no result.
public final class StateTrace {
  private final int sequence;
  private final List<List<PassTrace>> recorded = new ArrayList<>();

  private StateTrace(int sequence) {
    this.sequence = sequence;
  }

  /// Traces one sequence of every batch that runs on the tape from now on.
  ///
  /// @param sequence row of the sequence in the batch; a batch with fewer rows fails when it runs
  public static StateTrace on(Tape tape, int sequence) {
    if (sequence < 0) {
      throw new IllegalArgumentException("sequence must not be negative, was " + sequence);
    }
    var trace = new StateTrace(sequence);
    RecurrentObserver.attach(tape, trace::begin);
    return trace;
  }

  /// Traces one sequence in evaluation, from the network's initial state.
  ///
  /// @param backend backend for the type of the parameters
  /// @param x `[steps, batchSize, inputSize]`
  /// @param sequence row of the sequence in the batch
  public static StateTrace of(Backend backend, Recurrent recurrent, Tensor x, int sequence) {
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var trace = on(tape, sequence);
      recurrent.forward(tape, tape.constant(x));
      return trace;
    }
  }

  private RecurrentObserver.PassObserver begin(RecurrentPass pass) {
    if (sequence >= pass.batchSize()) {
      throw new IllegalArgumentException(
          "sequence %d of a batch of %d".formatted(sequence, pass.batchSize()));
    }
    var part = new PassTrace(pass, sequence);
    if (pass.ofCell()) {
      for (var earlier : recorded) {
        var first = earlier.getFirst().pass;
        if (first.ofCell() && first.sameLayer(pass)) {
          earlier.add(part);
          return part;
        }
      }
    }
    var parts = new ArrayList<PassTrace>();
    parts.add(part);
    recorded.add(parts);
    return part;
  }

  /// The trace of each layer and direction, in the order in which they ran: layer 0 forward, layer
  /// 0 reverse, layer 1 forward and so on. The steps of a cell count as one layer.
  public List<LayerTrace> layers() {
    return recorded.stream().map(StateTrace::joined).toList();
  }

  private static LayerTrace joined(List<PassTrace> parts) {
    var first = parts.getFirst();
    var values = new LinkedHashMap<String, double[][]>();
    for (var name : first.values.keySet()) {
      var steps = new ArrayList<double[]>();
      parts.forEach(part -> steps.addAll(List.of(part.values.get(name))));
      values.put(name, steps.toArray(double[][]::new));
    }
    return new LayerTrace(first.pass.name(), values);
  }

  /// The trace of one pass. Every step has its own place, so threads need not wait for each other.
  private static final class PassTrace implements RecurrentObserver.PassObserver {
    final RecurrentPass pass;
    final Map<String, double[][]> values = new LinkedHashMap<>();
    private final int sequence;

    PassTrace(RecurrentPass pass, int sequence) {
      this.pass = pass;
      this.sequence = sequence;
      for (var gate : pass.gates()) {
        values.put(gate.name(), new double[pass.steps()][gate.units()]);
      }
      values.put("h", new double[pass.steps()][pass.stateSize()]);
      if (pass.hasCellState()) {
        values.put("c", new double[pass.steps()][pass.hiddenSize()]);
      }
    }

    @Override
    public void forward(int row, Tensor z, Tensor h, Tensor c) {
      for (int i = 0; i < h.rows(); i++) {
        if (pass.sequence(row + i) != sequence) {
          continue;
        }
        int t = pass.time(row + i);
        for (var gate : pass.gates()) {
          copy(gate.values(z, h), i, values.get(gate.name())[t]);
        }
        copy(h, i, values.get("h")[t]);
        if (c != null) {
          copy(c, i, values.get("c")[t]);
        }
      }
    }

    private static void copy(Tensor source, int row, double[] target) {
      for (int unit = 0; unit < target.length; unit++) {
        target[unit] = source.get(row, unit);
      }
    }
  }
}
