package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Regularization;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Dropout of every kind: the same for equal seeds, nothing on an evaluating tape, and masks of the
/// shape that each kind promises.
@Label("Law 8.4: what is left out is left out by its seed and its rule")
class RegularizationProperties {
  private static final double ROUNDING = 1e-6;

  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<SequenceShape> certainShapes() {
    return SequenceShape.any(SequenceShape.CERTAIN);
  }

  /// Large enough that two seeds will hardly leave out the same.
  @Provide
  Arbitrary<SequenceShape> randomShapes() {
    var random = Arrays.stream(Variant.values()).filter(Variant::isRandom).toList();
    return SequenceShape.any(random)
        .map(shape -> shape.sizes(shape.inputSize(), 16, 5, 8, shape.seed()));
  }

  @Provide
  Arbitrary<Double> probabilities() {
    return Arbitraries.of(0.1, 0.3, 0.5, 0.9);
  }

  private SequenceRun run(SequenceShape shape, RecurrentOptions options, long seed) {
    return run(shape, options, shape.anyLengths(), seed);
  }

  private SequenceRun run(
      SequenceShape shape, RecurrentOptions options, Lengths lengths, long seed) {
    var maker = SequenceRun.stack(options, shape.seed(), lengths);
    return SequenceRun.of(
        backend, shape.inputs(), shape.upstream(), maker, new CounterRandom(seed));
  }

  @Property(tries = 40)
  void equalSeedsLeaveOutTheSameAndOthersSomethingElse(
      @ForAll("randomShapes") SequenceShape shape) {
    var options = shape.options().lockedDropout(0.3);
    var run = run(shape, options, null, 1);
    SequenceRun.assertSame(run, run(shape, options, null, 1));
    var other = run(shape, options, null, 2);
    assertFalse(
        Arrays.equals(
            run.parameters().get("weight_hh_l0"), other.parameters().get("weight_hh_l0")));
  }

  /// All but zoneout, which has an expectation.
  @Property(tries = 60)
  void anEvaluatingTapeLeavesNothingOut(
      @ForAll("certainShapes") SequenceShape shape,
      @ForAll("probabilities") double probability,
      @ForAll boolean locked) {
    boolean gated = shape.options().cell().gates().size() > 1;
    var leftOut =
        new Regularization(
            probability, locked, probability, gated ? probability : 0, 0, 0, probability);
    var lengths = shape.anyLengths();
    var plain = SequenceRun.stack(shape.options(), shape.seed(), lengths);
    var regularized =
        SequenceRun.stack(shape.options().regularization(leftOut), shape.seed(), lengths);
    Batch.assertSame(
        SequenceRun.evaluate(backend, shape.inputs(), plain),
        SequenceRun.evaluate(backend, shape.inputs(), regularized));
  }

  /// And what a training tape computes is what an evaluating one does where nothing is left out.
  /// Enough steps for the input's products to be done in several windows.
  @Property(tries = 40)
  void anEvaluatingTapeGivesTheBitsOfATrainingOne(
      @ForAll("certainShapes") SequenceShape stack, @ForAll boolean recompute) {
    var shape =
        stack.sizes(
            stack.inputSize(),
            stack.hiddenSize(),
            stack.batchSize(),
            5 * stack.steps(),
            stack.seed());
    var options = recompute ? shape.options().recompute(3) : shape.options();
    var trained = run(shape, options, 1).values().only(name -> !name.startsWith("gradient"));
    var maker = SequenceRun.stack(shape.options(), shape.seed(), shape.anyLengths());
    Batch.assertSame(trained, SequenceRun.evaluate(backend, shape.inputs(), maker));
  }

  /// One step: state = p·previous + (1 - p)·fresh, of h and of c.
  @Property(tries = 40)
  void evaluatedZoneoutIsTheExpectation(
      @ForAll("certainShapes") SequenceShape stack,
      @ForAll("probabilities") double hidden,
      @ForAll("probabilities") double cell) {
    var shape =
        stack
            .layers(1)
            .direction(Direction.FORWARD)
            .sizes(stack.inputSize(), stack.hiddenSize(), stack.batchSize(), 1, stack.seed());
    var zoned = shape.options().zoneout(hidden, shape.hasCellState() ? cell : 0);
    var inputs = shape.inputs();
    var fresh =
        SequenceRun.evaluate(
            backend, inputs, SequenceRun.stack(shape.options(), shape.seed(), null));
    var expected =
        SequenceRun.evaluate(backend, inputs, SequenceRun.stack(zoned, shape.seed(), null));
    for (var name : inputs.states().keySet()) {
      double p = name.startsWith("h") ? hidden : cell;
      for (int b = 0; b < shape.batchSize(); b++) {
        float[] before = inputs.states().get(name)[b];
        float[] after = fresh.states().get("last " + name)[b];
        float[] mean = expected.states().get("last " + name)[b];
        for (int u = 0; u < mean.length; u++) {
          double scale = Math.max(1, Math.max(Math.abs(before[u]), Math.abs(after[u])));
          assertEquals(p * before[u] + (1 - p) * after[u], mean[u], ROUNDING * scale, name);
        }
      }
    }
  }

  /// While training every unit is either what it was or what it would be, in one step.
  @Property(tries = 40)
  void trainedZoneoutKeepsAUnitOrDoesNot(
      @ForAll("certainShapes") SequenceShape stack, @ForAll("probabilities") double hidden) {
    var shape =
        stack
            .layers(1)
            .direction(Direction.FORWARD)
            .sizes(stack.inputSize(), 17, 9, 1, stack.seed());
    var options = shape.options();
    var zoned = options.zoneout(hidden, 0);
    var inputs = shape.inputs();
    var fresh = run(shape, options, 1).values().states().get("last h0");
    var actual = run(shape, zoned, 1).values().states().get("last h0");
    var real = shape.anyLengths();
    int kept = 0;
    int count = 0;
    for (int b = 0; b < shape.batchSize(); b++) {
      if (real.get(b) == 0) {
        continue;
      }
      for (int u = 0; u < actual[b].length; u++) {
        float before = inputs.states().get("h0")[b][u];
        assertTrue(
            actual[b][u] == before || actual[b][u] == fresh[b][u],
            "neither %s nor %s but %s".formatted(before, fresh[b][u], actual[b][u]));
        kept += actual[b][u] == before ? 1 : 0;
        count++;
      }
    }
    // more than five standard deviations away are wrong
    double deviation = Math.sqrt(count * hidden * (1 - hidden));
    assertEquals(count * hidden, kept, 5 * deviation + 1, "units kept of " + count);
  }

  /// The units of a state that the products do not see are a row's own on the whole tape: a
  /// sequence in two parts, whose rows end at different times, misses what the whole one misses.
  @Property(tries = 40)
  void partsOfASequenceMissTheSameUnits(@ForAll("certainShapes") SequenceShape stack) {
    var shape =
        stack
            .direction(Direction.FORWARD)
            .sizes(stack.inputSize(), stack.hiddenSize(), 5, 8, stack.seed());
    var options = shape.options().recurrentDropout(0.4).dropConnect(0.3);
    int[] lengths = shape.lengths();
    int cut = 1 + Math.floorMod(shape.seed(), 7);
    SequenceRun.Maker parts =
        parameters -> {
          var layers = options.create(parameters, new CounterRandom(shape.seed()));
          return (tape, in) -> {
            var x = in.get("x");
            var first = Lengths.of(Arrays.stream(lengths).map(n -> Math.min(n, cut)).toArray());
            var rest = Lengths.of(Arrays.stream(lengths).map(n -> Math.max(n - cut, 0)).toArray());
            var initial = SequenceRun.initial(in, options);
            var early = layers.forward(tape, steps(tape, x, 0, cut), initial, first);
            var late = layers.forward(tape, steps(tape, x, cut, 8), early.lastState(), rest);
            var outputs = new ArrayList<Variable>();
            for (int t = 0; t < 8; t++) {
              outputs.add(t < cut ? tape.at(early.output(), t) : tape.at(late.output(), t - cut));
            }
            var results = new LinkedHashMap<String, Variable>();
            results.put("output", tape.stack(outputs));
            SequenceRun.putStates(results, late.lastState().layers(), 0);
            return results;
          };
        };
    var expected = run(shape, options, Lengths.of(lengths), 5);
    var actual = SequenceRun.of(backend, shape.inputs(), shape.upstream(), parts);
    Batch.assertSame(expected.values(), actual.values());
    SequenceRun.assertClose(expected.parameters(), actual.parameters());
  }

  private static Variable steps(Tape tape, Variable x, int from, int to) {
    return tape.stack(IntStream.range(from, to).mapToObj(t -> tape.at(x, t)).toList());
  }

  /// Locked: an element is dropped at all steps or at none. Otherwise not.
  @Example
  void lockedDropoutIsTheSameAtAllSteps() {
    var ones = Batch.empty().gaussian(1, "x", 12, 5, 17);
    for (var step : ones.sequences().get("x")) {
      for (var row : step) {
        Arrays.fill(row, 1);
      }
    }
    SequenceRun.Maker maker =
        _ ->
            (tape, in) -> {
              var results = new LinkedHashMap<String, Variable>();
              results.put("locked", Dropout.locked(tape, in.get("x"), 0.4));
              results.put("free", Dropout.apply(tape, in.get("x"), 0.4));
              return results;
            };
    var upstream = Batch.empty();
    upstream.sequences().put("locked", ones.sequences().get("x"));
    var values = SequenceRun.of(backend, ones, upstream, maker).values();
    var locked = values.sequences().get("locked");
    for (var step : locked) {
      assertArrayEquals(locked[0], step);
    }
    assertArrayEquals(locked, values.sequences().get("gradient of x"));
    int dropped = 0;
    for (var row : locked[0]) {
      for (float value : row) {
        assertTrue(value == 0 || value == (float) (1 / 0.6), "value " + value);
        dropped += value == 0 ? 1 : 0;
      }
    }
    // 85 draws: 34 ± 4.5
    assertEquals(34, dropped, 20);
    var free = values.sequences().get("free");
    assertTrue(Arrays.stream(free).anyMatch(step -> !Arrays.deepEquals(step, free[0])));
    var evaluated = SequenceRun.evaluate(backend, ones, maker);
    assertArrayEquals(ones.sequences().get("x"), evaluated.sequences().get("locked"));
    assertArrayEquals(ones.sequences().get("x"), evaluated.sequences().get("free"));
  }
}
