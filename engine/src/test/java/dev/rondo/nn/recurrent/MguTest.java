package dev.rondo.nn.recurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// The minimal gated unit.
class MguTest {
  /// With weights 1, biases 0, x = 0.5, h₋₁ = 0.25:
  ///
  ///     f = σ(0.75) = 0.6791787
  ///     n = tanh(0.5 + f·0.25) = tanh(0.6697947) = 0.5848747
  ///     h = 0.25 + f·(n - 0.25) = 0.4774402
  @Test
  void aStepByHand() {
    try (var arena = Arena.ofShared();
        var backend = Backend.best();
        var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var parameters = new Parameters(backend, arena);
      var cell = Mgu.of(1, 1).createCell(parameters, new CounterRandom(1));
      parameters.get("weight_ih").value().fill(1);
      parameters.get("weight_hh").value().fill(1);
      parameters.get("bias_ih").value().fill(0);
      parameters.get("bias_hh").value().fill(0);
      var x = Tensor.allocate(arena, ElementType.FLOAT32, 1, 1);
      var h = Tensor.allocate(arena, ElementType.FLOAT32, 1, 1);
      x.fill(0.5);
      h.fill(0.25);
      var next = cell.step(tape, tape.constant(x), new CellState(tape.constant(h)));
      double f = 1 / (1 + Math.exp(-0.75));
      double n = Math.tanh(0.5 + f * 0.25);
      assertEquals(0.25 + f * (n - 0.25), next.h().value().get(0, 0), 1e-6);
    }
  }

  @Test
  void gradientsAreDerivatives() {
    try (var check = new GradientCheck(3)) {
      check.input("x", 5, 3, 4);
      var stack =
          Mgu.of(4, 6)
              .layers(2)
              .bidirectional()
              .learnedInitialState()
              .dropConnect(0.2)
              .create(check.parameters(), check.random());
      var report =
          check.run((tape, in) -> {
            var run = stack.forward(tape, in.get("x"), Lengths.of(5, 0, 3));
            var results = new ArrayList<Variable>();
            results.add(run.output());
            run.lastState().layers().forEach(state -> results.add(state.h()));
            return results;
          });
      assertTrue(report.passes(), report.text());
    }
  }

  @Test
  void itIsWrittenAndReadBack() {
    assertEquals("mgu", Mgu.cell().text());
    var cell = new Mgu(Activation.SOFTSIGN, false);
    assertEquals("mgu new=softsign no_bias", cell.text());
    assertEquals(cell, Cell.parse(cell.text()));
    assertThrows(IllegalArgumentException.class, () -> Mgu.of(4, 6).zoneout(0.1, 0));
  }
}
