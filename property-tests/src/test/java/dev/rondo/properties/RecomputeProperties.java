package dev.rondo.properties;

import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/// A pass gives the same results whether it keeps values or computes them again.
@Label("Law 4.2: what is kept or run again changes nothing")
class RecomputeProperties {
  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<SequenceShape> shapes() {
    return SequenceShape.any(List.of(Variant.values()));
  }

  @Provide
  Arbitrary<SequenceShape> certainShapes() {
    return SequenceShape.any(SequenceShape.CERTAIN);
  }

  @Provide
  Arbitrary<SequenceShape> shapesWithCells() {
    return certainShapes().filter(SequenceShape::hasCellState);
  }

  private static SequenceRun run(
      Backend backend, SequenceShape shape, RecurrentOptions options, Lengths lengths) {
    var maker = SequenceRun.stack(options, shape.seed(), lengths);
    return SequenceRun.of(backend, shape.inputs(), shape.upstream(), maker);
  }

  /// Windows of every length, those that do not divide the sequence among them. What is dropped at
  /// random is drawn again as it was.
  @Property(tries = 60)
  void windowsThatAreRunAgainChangeNothing(@ForAll("shapes") SequenceShape shape) {
    var lengths = shape.seed() % 2 == 0 ? null : shape.anyLengths();
    var expected = run(backend, shape, shape.options(), lengths);
    int steps = 1 + Math.floorMod(shape.seed(), shape.steps() + 2);
    var again = run(backend, shape, shape.options().recompute(steps), lengths);
    Batch.assertSame(expected.values(), again.values());
    if (steps >= shape.steps()) {
      SequenceRun.assertSameParameters(expected.parameters(), again.parameters());
    } else {
      SequenceRun.assertClose(expected.parameters(), again.parameters());
    }
  }

  @Property(tries = 30)
  void cellsThatAreKeptChangeNothing(@ForAll("shapesWithCells") SequenceShape shape) {
    var lengths = shape.anyLengths();
    var expected = run(backend, shape, shape.options(), lengths);
    var kept = run(backend, shape, shape.options().keepCells(), lengths);
    SequenceRun.assertSame(
        expected,
        new SequenceRun(kept.values().only(name -> !name.startsWith("cells")), kept.parameters()));
  }

  /// c of step t is what a run of the steps up to t leaves, or of those from t on in a layer that
  /// goes backward. One layer, as those above see both directions.
  @Property(tries = 20)
  void theCellOfAStepIsTheLastOfTheRunThatEndsThere(
      @ForAll("shapesWithCells") SequenceShape stack) {
    var shape = stack.layers(1);
    var kept = run(backend, shape, shape.options().keepCells(), null).values();
    for (int t = 0; t < shape.steps(); t++) {
      for (int i = 0; i < shape.states(); i++) {
        var steps =
            shape.backward(i)
                ? IntStream.range(t, shape.steps()).toArray()
                : IntStream.rangeClosed(0, t).toArray();
        var cut =
            SequenceRun.of(
                backend, shape, null, shape.inputs().steps(steps), shape.upstream().steps(steps));
        var expected = Batch.empty().with("c", cut.values().states().get("last c" + i));
        Batch.assertSame(expected, Batch.empty().with("c", kept.sequences().get("cells" + i)[t]));
      }
    }
  }

  /// With one layer in one direction h of every step is the output; in any stack the output of the
  /// top layer is what its directions make together.
  @Property(tries = 30)
  void hiddenStatesAreTheOutputsOfTheirLayers(@ForAll("certainShapes") SequenceShape shape) {
    var options = shape.options();
    SequenceRun.Maker maker =
        parameters -> {
          var stack = options.create(parameters, new CounterRandom(shape.seed()));
          return (tape, in) -> {
            var run = stack.forward(tape, in.get("x"), SequenceRun.initial(in, options));
            var results = new LinkedHashMap<String, Variable>();
            results.put("output", run.output());
            for (int i = 0; i < run.hidden().size(); i++) {
              results.put("hidden" + i, run.hidden().get(i));
              results.put("last h" + i, run.lastState().layers().get(i).h());
            }
            return results;
          };
        };
    var values = SequenceRun.of(backend, shape.inputs(), shape.upstream(), maker).values();
    for (int i = 0; i < shape.states(); i++) {
      var hidden = values.sequences().get("hidden" + i);
      int last = shape.backward(i) ? 0 : shape.steps() - 1;
      Batch.assertSame(
          Batch.empty().with("h", values.states().get("last h" + i)),
          Batch.empty().with("h", hidden[last]));
    }
    if (shape.states() == 1) {
      var hidden = Batch.empty();
      hidden.sequences().put("output", values.sequences().get("hidden0"));
      Batch.assertSame(values.only("output"::equals), hidden);
    }
  }

  /// One step at a time on one tape: outputs, states and the gradients of inputs and of states have
  /// the bits of the whole. Also if the backward pass runs each of the many passes again.
  @Property(tries = 40)
  void stepsOneByOneAreTheWhole(@ForAll("certainShapes") SequenceShape stack) {
    var shape = stack.direction(Direction.FORWARD);
    var options = shape.seed() % 2 == 0 ? shape.options() : shape.options().recompute(1);
    SequenceRun.Maker maker =
        parameters -> {
          var layers = options.create(parameters, new CounterRandom(shape.seed()));
          return (tape, in) -> {
            StackState state = SequenceRun.initial(in, options);
            var outputs = new ArrayList<Variable>();
            for (int t = 0; t < shape.steps(); t++) {
              var step = tape.stack(List.of(tape.at(in.get("x"), t)));
              var run = layers.forward(tape, step, state);
              outputs.add(tape.at(run.output(), 0));
              state = run.lastState();
            }
            var results = new LinkedHashMap<String, Variable>();
            results.put("output", tape.stack(outputs));
            SequenceRun.putStates(results, state.layers(), 0);
            return results;
          };
        };
    var expected = run(backend, shape, shape.options(), null);
    var actual = SequenceRun.of(backend, shape.inputs(), shape.upstream(), maker);
    Batch.assertSame(expected.values(), actual.values());
    SequenceRun.assertClose(expected.parameters(), actual.parameters());
  }

  /// Of a small table the table's product is done in place of the sequence's.
  @Property(tries = 40)
  void rowsOfATableAreAnInput(@ForAll("shapes") SequenceShape stack) {
    var shape =
        stack.sizes(
            stack.inputSize(),
            stack.hiddenSize(),
            stack.batchSize(),
            3 + stack.steps(),
            stack.seed());
    var inputs = shape.inputs().only(name -> !name.equals("x"));
    inputs.gaussian(shape.seed(), "table", 3, shape.inputSize());
    for (var options : List.of(shape.options(), shape.options().recompute(4))) {
      var gathered = tokens(shape, options, false);
      var plain = tokens(shape, options, true);
      SequenceRun.assertSame(
          SequenceRun.of(backend, inputs, shape.upstream(), plain),
          SequenceRun.of(backend, inputs, shape.upstream(), gathered));
    }
  }

  /// @param hidden whether the layer cannot see that its input was gathered
  private static SequenceRun.Maker tokens(
      SequenceShape shape, RecurrentOptions options, boolean hidden) {
    return parameters -> {
      var stack = options.create(parameters, new CounterRandom(shape.seed()));
      return (tape, in) -> {
        var tokens = tape.workspace().tokens(shape.steps(), shape.batchSize());
        var random = shape.random();
        for (int t = 0; t < shape.steps(); t++) {
          for (int b = 0; b < shape.batchSize(); b++) {
            tokens.set(t, b, random.nextInt(3));
          }
        }
        var x = tape.gather(in.get("table"), tokens);
        if (hidden) {
          x = tape.add(x, tape.constant(tape.zeros(x.value().shape())));
        }
        var initial = SequenceRun.initial(in, options);
        return SequenceRun.results(stack.forward(tape, x, initial, shape.anyLengths()));
      };
    };
  }

  /// Sizes that are split, in slices that are not equal.
  @Tag("kernel")
  @Property(tries = 5)
  void anyNumberOfThreadsGivesTheSameBits(@ForAll("shapes") SequenceShape stack) {
    var shape = stack.sizes(20, 48 + Math.floorMod(stack.seed(), 20), 21, 20, stack.seed());
    var lengths = shape.seed() % 3 == 0 ? null : shape.anyLengths();
    for (var options : List.of(shape.options(), shape.options().recompute(6))) {
      var one = run(backend, shape, options, lengths);
      for (int threads = 2; threads <= 3; threads++) {
        try (var split = Backend.best(Threads.of(threads))) {
          SequenceRun.assertSame(one, run(split, shape, options, lengths));
        }
      }
    }
  }

  @Tag("kernel")
  @Property(tries = 40)
  void scalarAndVectorKernelsGiveTheSameBits(@ForAll("shapes") SequenceShape shape) {
    var options = shape.seed() % 2 == 0 ? shape.options() : shape.options().recompute(3);
    try (var scalar = Backend.scalar(Threads.one());
        var vector = Backend.vector(Threads.one())) {
      SequenceRun.assertSame(
          run(scalar, shape, options, shape.anyLengths()),
          run(vector, shape, options, shape.anyLengths()));
    }
  }
}
