package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Stacks of any cell and shape, over sequences of any lengths, cut into windows.
@Label("Law 2.2: the gradients of stacks are derivatives, also where windows cut them")
class StackGradientsProperties {
  /// A stack and what it is given; `cut` is where a window ends.
  record Case(
      Variant kind,
      int layers,
      int hiddenSize,
      int batchSize,
      int steps,
      int cut,
      boolean bothWays,
      double scale,
      long seed) {}

  @Provide
  Arbitrary<Case> cases() {
    return Combinators.combine(
            Arbitraries.of(Variant.class),
            Arbitraries.integers().between(1, 2),
            Arbitraries.of(1, 2, 3, 5, 17),
            Arbitraries.integers().between(1, 3),
            Arbitraries.integers().between(2, 6),
            Arbitraries.of(true, false),
            // tiny inputs, usual ones, and ones that saturate gates
            Arbitraries.of(1e-12, 1.0, 30.0),
            Arbitraries.longs())
        .as((kind, layers, hidden, batch, steps, bothWays, scale, seed) ->
            new Case(kind, layers, hidden, batch, steps, steps / 2, bothWays, scale, seed));
  }

  private static Lengths lengths(int batchSize, int steps, CounterRandom random) {
    int[] lengths = new int[batchSize];
    for (int b = 0; b < batchSize; b++) {
      lengths[b] = random.nextInt(steps + 1);
    }
    return Lengths.of(lengths);
  }

  private static void scale(GradientCheck check, String name, Case c, int... shape) {
    var x = check.input(name, shape);
    for (int r = 0; r < x.rows(); r++) {
      for (int i = 0; i < x.columns(); i++) {
        x.set(r, i, c.scale * x.get(r, i));
      }
    }
  }

  @Property(tries = 12)
  void gradientsAreDerivatives(@ForAll("cases") Case c) {
    try (var check = new GradientCheck(c.seed)) {
      var options = c.kind.of(3, c.hiddenSize).layers(c.layers);
      var stack =
          (c.bothWays ? options.bidirectional(Merge.CONCAT) : options)
              .create(check.parameters().at("stack"), check.random());
      scale(check, "x", c, c.steps, c.batchSize, 3);
      var lengths = lengths(c.batchSize, c.steps, check.random());
      var report =
          check.run((tape, in) -> {
            var run = stack.forward(tape, in.get("x"), lengths);
            var results = new ArrayList<Variable>(List.of(run.output()));
            run.lastState().layers().forEach(state -> results.add(state.h()));
            return results;
          });
      assertTrue(report.passes(), report.text());
    }
  }

  /// Derivatives of 1e-11 beside states of 1, which round to 1e-12 a step: no reason to say wrong.
  @Example
  void roundingIsNoMistake() {
    gradientsAreDerivatives(new Case(Variant.LSTM_LAYER_NORM, 1, 5, 2, 3, 1, true, 1e-12, -21));
    gradientsAreDerivatives(new Case(Variant.LSTM_EVERYTHING, 1, 5, 3, 3, 1, false, 1e-12, -501));
    gradientsAreDerivatives(
        new Case(Variant.LSTM_EVERYTHING_LEFT_OUT, 2, 17, 3, 6, 3, false, 1e-12, -2));
    gradientsOfWindowsAreDerivativesWithTheStateHeldConstant(
        new Case(Variant.LSTM_EVERYTHING_LEFT_OUT, 1, 5, 1, 4, 2, true, 1e-12, 33155));
  }

  /// The sum of two windows' losses, the second from the state that the first left, held constant:
  /// what truncated BPTT adds up.
  @Property(tries = 12)
  void gradientsOfWindowsAreDerivativesWithTheStateHeldConstant(@ForAll("cases") Case c) {
    try (var check = new GradientCheck(c.seed)) {
      var stack =
          c.kind
              .of(3, c.hiddenSize)
              .layers(c.layers)
              .create(check.parameters().at("stack"), check.random());
      scale(check, "x", c, c.cut, c.batchSize, 3);
      scale(check, "y", c, c.steps - c.cut, c.batchSize, 3);
      var report =
          check.run((tape, in) -> {
            var first = stack.forward(tape, in.get("x"));
            var held = held(in, first.lastState());
            return List.of(first.output(), stack.forward(tape, in.get("y"), held).output());
          });
      assertTrue(report.passes(), report.text());
    }
  }

  private static StackState held(GradientCheck.Inputs in, StackState state) {
    var layers = new ArrayList<CellState>();
    for (var layer : state.layers()) {
      String name = "layer " + layers.size();
      var c = layer.c() == null ? null : in.held("c of " + name, layer.c());
      layers.add(new CellState(in.held("h of " + name, layer.h()), c));
    }
    return new StackState(layers);
  }
}
