package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Ignored targets and their padding.
@Label("Law 3.2: what stands beyond the end of a sequence changes no loss")
class PaddedTargetsProperties extends Trainings {
  /// A sequence's loss and gradient do not depend on what pads it: other sequences of the batch may
  /// be longer, and what stands beyond the end of one is ignored.
  @Property(tries = 20)
  void whatStandsBeyondTheEndOfASequenceChangesNothing(
      @ForAll("plans") Plan plan, @ForAll @IntRange(min = 1, max = 5) int padding) {
    try (var run = new Run(plan, Backend.best());
        var workspace = new Workspace()) {
      int[][] padded = new int[plan.steps() + padding][2];
      var random = new CounterRandom(plan.seed());
      var expected = gradients(run, workspace, tokens(run.arena, plan.steps(), random, padded), 0);
      for (int other = 0; other < 3; other++) {
        var inputs = tokens(run.arena, plan.steps() + padding, new CounterRandom(other), null);
        for (int t = 0; t < plan.steps(); t++) {
          inputs.set(t, 0, padded[t][0]);
          inputs.set(t, 1, padded[t][1]);
        }
        assertEquals(expected, gradients(run, workspace, inputs, padding));
      }
    }
  }

  private static Tokens tokens(Arena arena, int steps, CounterRandom random, int[][] copy) {
    var tokens = Tokens.allocate(arena, steps, 2);
    for (int t = 0; t < steps; t++) {
      for (int b = 0; b < 2; b++) {
        tokens.set(t, b, random.nextInt(VOCABULARY));
        if (copy != null) {
          copy[t][b] = tokens.get(t, b);
        }
      }
    }
    return tokens;
  }

  /// Loss and all gradients by name; the last `ignored` steps have no targets.
  private static Map<String, Object> gradients(
      Run run, Workspace workspace, Tokens inputs, int ignored) {
    var result = new LinkedHashMap<String, Object>();
    var parameters = run.model.parameters();
    parameters.clearGradients();
    var targets = Tokens.allocate(run.arena, inputs.steps(), 2);
    for (int t = 0; t < inputs.steps(); t++) {
      boolean counts = t < inputs.steps() - ignored;
      targets.set(t, 0, counts ? t % VOCABULARY : Tokens.IGNORED);
      targets.set(t, 1, counts ? (t + 3) % VOCABULARY : Tokens.IGNORED);
    }
    try (var tape = Tape.record(run.backend, workspace, new CounterRandom(5))) {
      var state = run.model.newState(2, run.arena);
      var logits = run.model.forward(tape, inputs, state).logits();
      var loss = CrossEntropy.mean(tape, logits, targets);
      tape.backward(loss);
      result.put("loss", loss.value().scalar());
    }
    for (var parameter : parameters.all()) {
      result.put(parameter.name(), Bits.of(parameter.name(), parameter.gradient()));
    }
    return result;
  }
}
