package dev.rondo.properties;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.random.CounterRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// A learned initial state has the effect of a given state. Batch-first and unbatched passes equal
/// time-first ones with another layout.
@Label("Law 6.1: a state is what the caller gives, however it is given")
class InitialStateProperties {
  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<SequenceShape> shapes() {
    return SequenceShape.any(List.of(Variant.values()));
  }

  private static Lengths lengths(SequenceShape shape) {
    return shape.seed() % 2 == 0 ? null : shape.anyLengths();
  }

  /// How a stack with a learned initial state is run.
  private interface Forward {
    Map<String, Variable> on(Tape tape, Recurrent stack, Variable x);
  }

  /// The learned state is row 0 of the inputs' states.
  private static SequenceRun.Maker learned(SequenceShape shape, Forward forward) {
    SequenceRun.Maker maker =
        parameters -> {
          var options = shape.options().learnedInitialState();
          var stack = options.create(parameters, new CounterRandom(shape.seed()));
          return (tape, in) -> forward.on(tape, stack, in.get("x"));
        };
    return SequenceRun.prepared(maker, parameters -> learn(parameters, shape));
  }

  private static void learn(Parameters parameters, SequenceShape shape) {
    shape
        .inputs()
        .states()
        .forEach((name, values) -> {
          var value = parameters.get(nameOfParameter(shape, name)).value();
          for (int u = 0; u < value.columns(); u++) {
            value.set(0, u, values[0][u]);
          }
        });
  }

  /// `c3` is `c0_l1_reverse` of two directions.
  private static String nameOfParameter(SequenceShape shape, String name) {
    int directions = shape.options().directions();
    int i = Integer.parseInt(name.substring(1));
    var suffix = i % directions == 1 ? "_reverse" : "";
    return name.charAt(0) + "0_l" + i / directions + suffix;
  }

  private SequenceRun run(SequenceShape shape, Batch inputs, Batch upstream, Forward forward) {
    var x = inputs.only("x"::equals);
    return SequenceRun.of(backend, x, upstream, learned(shape, forward));
  }

  /// Its gradient is the sum of those of all rows, in their order.
  @Property(tries = 60)
  void aLearnedStateIsOneThatIsGivenToEveryRow(@ForAll("shapes") SequenceShape shape) {
    var learned =
        run(
            shape,
            shape.inputs(),
            shape.upstream(),
            (tape, stack, x) -> SequenceRun.results(stack.forward(tape, x, lengths(shape))));
    var inputs = shape.inputs();
    inputs.states().forEach((_, rows) -> Arrays.setAll(rows, _ -> rows[0].clone()));
    var given = SequenceRun.of(backend, shape, lengths(shape), inputs, shape.upstream());
    var states = given.values().only(name -> name.matches("gradient of [hc]\\d"));
    Batch.assertSame(
        given.values().only(name -> !states.states().containsKey(name)), learned.values());
    var parameters = new LinkedHashMap<>(learned.parameters());
    states
        .states()
        .forEach((name, rows) -> {
          var parameter = nameOfParameter(shape, name.substring("gradient of ".length()));
          Batch.assertSame(sumOfRows(rows), parameters.remove(parameter), name);
        });
    SequenceRun.assertSameParameters(given.parameters(), parameters);
  }

  private static float[] sumOfRows(float[][] rows) {
    var sum = new float[rows[0].length];
    for (var row : rows) {
      for (int u = 0; u < sum.length; u++) {
        sum[u] += row[u];
      }
    }
    return sum;
  }

  @Property(tries = 40)
  void batchFirstIsTimeFirstTurnedAround(@ForAll("shapes") SequenceShape shape) {
    var expected =
        run(
            shape,
            shape.inputs(),
            shape.upstream(),
            (tape, stack, x) -> SequenceRun.results(stack.forward(tape, x, lengths(shape))));
    var turned =
        run(
            shape,
            turned(shape.inputs()),
            turned(shape.upstream()),
            (tape, stack, x) ->
                SequenceRun.results(stack.forwardBatchFirst(tape, x, lengths(shape))));
    Batch.assertSame(turned(expected.values()), turned.values());
    SequenceRun.assertSameParameters(expected.parameters(), turned.parameters());
  }

  /// `[steps][rows]` as `[rows][steps]`.
  private static Batch turned(Batch batch) {
    var copy = batch.only(_ -> true);
    copy.sequences()
        .replaceAll((_, values) -> {
          var turned = new float[values[0].length][values.length][];
          for (int t = 0; t < values.length; t++) {
            for (int b = 0; b < turned.length; b++) {
              turned[b][t] = values[t][b];
            }
          }
          return turned;
        });
    return copy;
  }

  @Property(tries = 40)
  void unbatchedIsABatchOfOne(@ForAll("shapes") SequenceShape shape) {
    var one = shape.inputs().rows(0);
    var above = shape.upstream().rows(0);
    var expected =
        run(shape, one, above, (tape, stack, x) -> SequenceRun.results(stack.forward(tape, x)));
    var actual =
        run(
            shape,
            flat(one),
            flat(above),
            (tape, stack, x) -> SequenceRun.results(stack.forwardUnbatched(tape, x)));
    Batch.assertSame(flat(expected.values()), actual.values());
    SequenceRun.assertSameParameters(expected.parameters(), actual.parameters());
  }

  /// Sequences of one row as matrices.
  private static Batch flat(Batch batch) {
    var flat = Batch.empty();
    batch
        .sequences()
        .forEach((name, values) ->
            flat.states()
                .put(name, Arrays.stream(values).map(step -> step[0]).toArray(float[][]::new)));
    flat.states().putAll(batch.states());
    return flat;
  }

  /// What is in the caller's memory goes in as it is and comes back as it became.
  @Property(tries = 40)
  void aStateInTheCallersMemoryIsOneOnTheTape(@ForAll("shapes") SequenceShape shape) {
    var options = shape.options();
    SequenceRun.Maker maker =
        parameters -> {
          var stack = options.create(parameters, new CounterRandom(shape.seed()));
          var state = stack.newState(shape.batchSize(), parameters.arena());
          return (tape, in) -> {
            SequenceRun.initial(in, options).copyTo(state);
            var run = stack.forward(tape, in.get("x"), state);
            run.lastState().copyTo(state);
            var results = new LinkedHashMap<String, Variable>();
            results.put("output", run.output());
            SequenceRun.putStates(results, state.on(tape).layers(), 0);
            return results;
          };
        };
    var above = shape.upstream().only("output"::equals);
    var expected = SequenceRun.of(backend, shape, null, shape.inputs(), above);
    var actual = SequenceRun.of(backend, shape.inputs(), above, maker);
    Predicate<String> known = name -> !name.matches("gradient of [hc]\\d");
    Batch.assertSame(expected.values().only(known), actual.values().only(known));
    SequenceRun.assertSameParameters(expected.parameters(), actual.parameters());
  }
}
