package dev.rondo.check;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentObserver;
import dev.rondo.nn.recurrent.RecurrentPass;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Estimates ‖∂h_T/∂h_t‖ by backward passes from random directions, on a copy of the network in
/// float64.
final class JacobianProbe {
  private final Backend backend;
  private final Recurrent copy;
  private final Recurrent original;
  private final Tensor x;
  private final Lengths lengths;
  private final RecurrentState initial;
  private final CounterRandom random;

  private JacobianProbe(
      Backend backend,
      Recurrent copy,
      Recurrent original,
      Tensor x,
      Lengths lengths,
      RecurrentState initial,
      long seed) {
    this.backend = backend;
    this.copy = copy;
    this.original = original;
    this.x = x;
    this.lengths = lengths;
    this.initial = initial;
    this.random = new CounterRandom(seed);
  }

  /// See [GradientFlow#jacobians].
  static List<JacobianNorms> run(
      Recurrent recurrent,
      Tensor x,
      Lengths lengths,
      RecurrentState initial,
      int directions,
      long seed) {
    if (directions < 1) {
      throw new IllegalArgumentException("directions must be positive, was " + directions);
    }
    if (x.rank() != 3) {
      throw new IllegalArgumentException("x is " + x + ", expected [steps, batchSize, inputSize]");
    }
    if (initial != null && initial.batchSize() != x.dimension(1)) {
      throw new IllegalArgumentException(
          "initial has %d sequences, x has %d".formatted(initial.batchSize(), x.dimension(1)));
    }
    try (var backend = Backend.float64(Threads.one());
        var arena = Arena.ofConfined();
        var workspace = new Workspace()) {
      var copy = copy(recurrent, new Parameters(backend, arena));
      var probe = new JacobianProbe(backend, copy, recurrent, x, lengths, initial, seed);
      var result = new ArrayList<JacobianNorms>();
      for (int layer = 0; layer < recurrent.layerNames().size(); layer++) {
        result.add(probe.layer(workspace, layer, directions));
      }
      return List.copyOf(result);
    }
  }

  private static Recurrent copy(Recurrent original, Parameters parameters) {
    var copy = original.options().create(parameters, new CounterRandom(0));
    for (int i = 0; i < copy.parameters().size(); i++) {
      var parameter = copy.parameters().get(i);
      parameter.value().copyFrom(original.parameters().get(i).value());
      parameter.setTrainable(false);
    }
    return copy;
  }

  private JacobianNorms layer(Workspace workspace, int layer, int directions) {
    var byLag = new ArrayList<List<Double>>();
    for (int direction = 0; direction < directions; direction++) {
      var seen = back(workspace, layer, random.fork(direction));
      for (int row = 0; row < seen.norms.length; row++) {
        int lag = seen.pass.lag(row);
        while (byLag.size() <= lag) {
          byLag.add(new ArrayList<>());
        }
        byLag.get(lag).add(seen.norms[row]);
      }
    }
    var norms = new double[byLag.size()];
    for (int lag = 0; lag < norms.length; lag++) {
      var samples = byLag.get(lag).stream().mapToDouble(Double::doubleValue).toArray();
      norms[lag] = Norms.of(samples) / Math.sqrt(samples.length);
    }
    String name = original.layerNames().get(layer);
    int samples = directions * x.dimension(1);
    return new JacobianNorms(name, copy.options().units().get(layer).stateSize(), norms, samples);
  }

  /// Computes (∂h_T/∂h_t)ᵀ·v of a layer for every t.
  private Seen back(Workspace workspace, int layer, CounterRandom signs) {
    // the dropout masks are the same every time, so this is the Jacobian of one network
    try (var tape = Tape.record(backend, workspace, random.fork(-1))) {
      var passes = new ArrayList<Seen>();
      RecurrentObserver.attach(
          tape,
          pass -> {
            var seen = new Seen(pass);
            passes.add(seen);
            return seen;
          });
      var input = tape.zeros(x.shape());
      input.copyFrom(x);
      var run = copy.forward(tape, tape.constant(input), start(tape), lengths);
      var last = run.lastState().layers().get(layer).h();
      var v = tape.zeros(last.value().shape());
      for (int b = 0; b < v.rows(); b++) {
        for (int unit = 0; unit < v.columns(); unit++) {
          v.set(b, unit, signs.nextInt() < 0 ? -1 : 1);
        }
      }
      tape.backward(last, v);
      return passes.get(layer);
    }
  }

  /// The initial state, which requires a gradient: without one, nothing would be recorded.
  private StackState start(Tape tape) {
    var states = new ArrayList<CellState>();
    var learned = copy.initialState(tape, x.dimension(1)).layers();
    for (int layer = 0; layer < learned.size(); layer++) {
      var h = learned.get(layer).h().value();
      var c = learned.get(layer).c() == null ? null : learned.get(layer).c().value();
      if (initial != null) {
        h.copyFrom(initial.h(layer));
        if (c != null) {
          c.copyFrom(initial.c(layer));
        }
      }
      states.add(new CellState(tape.input(h), c == null ? null : tape.input(c)));
    }
    return new StackState(states);
  }

  private static final class Seen implements RecurrentObserver.PassObserver {
    final RecurrentPass pass;
    final double[] norms;

    Seen(RecurrentPass pass) {
      this.pass = pass;
      norms = new double[pass.rows()];
    }

    @Override
    public void backward(int row, Tensor dh, Tensor carried) {
      for (int i = 0; i < dh.rows(); i++) {
        norms[row + i] = Norms.ofSum(dh, carried, i);
      }
    }
  }
}
