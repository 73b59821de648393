package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Neither the forward nor the backward pass writes to the caller's memory, except to gradients.
@Label("Law 6.3: inputs, weights and states are read and not written")
class UntouchedProperties extends Stacks {
  @Provide
  Arbitrary<Piece.Case> cases() {
    return Piece.cases();
  }

  private static List<Bits> bits(Parameters parameters, Tensor x) {
    var bits = new ArrayList<Bits>();
    bits.add(Bits.of("x", x));
    parameters.all().forEach(p -> bits.add(Bits.of(p.name(), p.value())));
    return bits;
  }

  private static void back(Tape tape, List<Variable> results) {
    Variable sum = null;
    for (var result : results) {
      var part = tape.sum(result);
      sum = sum == null ? part : tape.add(sum, part);
    }
    tape.backward(sum);
  }

  @Property(tries = 60)
  void piecesWriteToNothing(@ForAll("cases") Piece.Case c) {
    try (var backend = Backend.best();
        var arena = Arena.ofConfined();
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var module = c.piece().create(parameters, arena, c);
      var x = Piece.input(arena, backend.type(), c);
      var before = bits(parameters, x);
      try (var tape = Tape.record(backend, workspace, new CounterRandom(c.seed()))) {
        back(tape, module.forward(tape, tape.input(x)));
      }
      assertEquals(before, bits(parameters, x));
    }
  }

  @Property(tries = 40)
  void stacksWriteToNothing(@ForAll("shapes") LayerRun.Shape shape) {
    try (var forward = new Forward(shape)) {
      var before = bits(forward.parameters, forward.x);
      var states = forward.states();
      try (var tape = forward.tape(true)) {
        var run = forward.stack.forward(tape, tape.input(forward.x), forward.state);
        back(tape, List.of(run.output()));
      }
      assertEquals(before, bits(forward.parameters, forward.x));
      assertEquals(states, forward.states());
    }
  }
}
