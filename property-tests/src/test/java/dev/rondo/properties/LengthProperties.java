package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lengths.Gap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Sequences of different lengths: a step that is not real has no effect, and a row gives the
/// results that it gives alone.
@Label("Law 3.1: padded steps do not exist")
class LengthProperties {
  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<SequenceShape> shapes() {
    return SequenceShape.any(List.of(Variant.values()));
  }

  @Provide
  Arbitrary<SequenceShape> certainShapes() {
    return SequenceShape.any(SequenceShape.CERTAIN);
  }

  private SequenceRun run(SequenceShape shape, Lengths lengths, Batch inputs, Batch upstream) {
    return SequenceRun.of(backend, shape, lengths, inputs, upstream);
  }

  private SequenceRun run(SequenceShape shape, Lengths lengths) {
    return run(shape, lengths, shape.inputs(), shape.upstream());
  }

  @Property(tries = 60)
  void whatStandsInPaddedStepsChangesNothing(@ForAll("shapes") SequenceShape shape) {
    var lengths = shape.anyLengths();
    var real = lengths.mask(shape.steps());
    var expected = run(shape, lengths);
    for (float number : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      var inputs = shape.inputs().withPadding(real, number);
      var upstream = shape.upstream().withPadding(real, number);
      SequenceRun.assertSame(expected, run(shape, lengths, inputs, upstream));
    }
  }

  @Property(tries = 60)
  void paddedStepsHavePlusZeroAsOutputAndAsGradient(@ForAll("shapes") SequenceShape shape) {
    var lengths = shape.anyLengths();
    var real = lengths.mask(shape.steps());
    var values = run(shape, lengths).values();
    Batch.assertSame(values.withPadding(real, 0), values);
  }

  /// What is dropped at random is the same too: random numbers are counted by real steps within a
  /// layer and from the first step on between layers.
  @Property(tries = 60)
  void morePaddingChangesNothing(@ForAll("shapes") SequenceShape shape) {
    var lengths = shape.anyLengths();
    int extra = 1 + Math.floorMod(shape.seed(), 5);
    var longer = run(shape, lengths, shape.inputs().longer(extra), shape.upstream().longer(extra));
    var steps = range(0, shape.steps());
    var shorter = new SequenceRun(longer.values().steps(steps), longer.parameters());
    SequenceRun.assertSame(run(shape, lengths), shorter);
  }

  @Property(tries = 60)
  void lengthsOfTheWholeAreNoLengths(@ForAll("shapes") SequenceShape shape) {
    var expected = run(shape, null);
    var lengths = Lengths.all(shape.batchSize(), shape.steps());
    SequenceRun.assertSame(expected, run(shape, lengths));
    var mask = new boolean[shape.steps()][shape.batchSize()];
    Arrays.stream(mask).forEach(step -> Arrays.fill(step, true));
    SequenceRun.assertSame(expected, run(shape, Lengths.ofMask(mask, Gap.ZERO)));
    var inputs = shape.inputs().longer(1);
    var longer = run(shape, lengths, inputs, shape.upstream().longer(1));
    var steps = range(0, shape.steps());
    Batch.assertSame(expected.values(), longer.values().steps(steps));
  }

  /// Also in a batch none of whose rows has any.
  @Property(tries = 30)
  void aRowWithoutStepsEndsInItsInitialState(@ForAll("shapes") SequenceShape shape) {
    var lengths = shape.lengths();
    lengths[0] = 0;
    if (shape.seed() % 4 == 0) {
      Arrays.fill(lengths, 0);
    }
    var inputs = shape.inputs();
    var upstream = shape.upstream();
    var values = run(shape, Lengths.of(lengths), inputs, upstream).values();
    for (int b = 0; b < lengths.length; b++) {
      if (lengths[b] == 0) {
        assertPassedThrough(shape, inputs.rows(b), upstream.rows(b), values.rows(b));
      }
    }
  }

  private static void assertPassedThrough(
      SequenceShape shape, Batch inputs, Batch upstream, Batch values) {
    var expected = values.withPadding(new boolean[shape.steps()][1], 0);
    for (var name : inputs.states().keySet()) {
      expected = expected.with("last " + name, inputs.states().get(name));
      expected = expected.with("gradient of " + name, upstream.states().get("last " + name));
    }
    Batch.assertSame(expected, values);
  }

  /// Each row against itself alone, its steps cut out.
  ///
  /// @param steps the real ones of each row
  private void assertRowsAlone(SequenceShape shape, Lengths lengths, IntFunction<int[]> steps) {
    var inputs = shape.inputs();
    var upstream = shape.upstream();
    var together = run(shape, lengths, inputs, upstream).values();
    for (int b = 0; b < shape.batchSize(); b++) {
      int[] real = steps.apply(b);
      if (real.length == 0) {
        assertPassedThrough(shape, inputs.rows(b), upstream.rows(b), together.rows(b));
      } else {
        var alone = run(shape, null, inputs.rows(b).steps(real), upstream.rows(b).steps(real));
        Batch.assertSame(alone.values(), together.rows(b).steps(real));
      }
    }
  }

  @Property(tries = 50)
  void aRowOfABatchHasTheBitsOfTheRowAloneCutToItsLength(
      @ForAll("certainShapes") SequenceShape shape) {
    int[] lengths = shape.lengths();
    assertRowsAlone(shape, Lengths.of(lengths), b -> range(0, lengths[b]));
  }

  @Property(tries = 50)
  void aGapThatCarriesIsASequenceWithoutTheMissingSteps(
      @ForAll("certainShapes") SequenceShape shape) {
    var mask = shape.mask();
    assertRowsAlone(
        shape,
        Lengths.ofMask(mask, Gap.CARRY),
        b -> IntStream.range(0, shape.steps()).filter(t -> mask[t][b]).toArray());
  }

  /// The first piece in a layer's direction begins with the initial state, the last piece leaves
  /// the last one.
  @Property(tries = 50)
  void aGapThatZeroesIsTheRunOfEachPiece(@ForAll("certainShapes") SequenceShape shape) {
    var mask = shape.mask();
    var inputs = shape.inputs();
    var upstream = shape.upstream();
    var together = run(shape, Lengths.ofMask(mask, Gap.ZERO), inputs, upstream).values();
    for (int b = 0; b < shape.batchSize(); b++) {
      var pieces = pieces(mask, b);
      if (pieces.isEmpty()) {
        assertPassedThrough(shape, inputs.rows(b), upstream.rows(b), together.rows(b));
      }
      for (int p = 0; p < pieces.size(); p++) {
        assertPiece(shape, inputs.rows(b), upstream.rows(b), together.rows(b), pieces, p);
      }
    }
  }

  private static List<int[]> pieces(boolean[][] mask, int b) {
    var pieces = new ArrayList<int[]>();
    int from = 0;
    for (int t = 0; t <= mask.length; t++) {
      if (t == mask.length || !mask[t][b]) {
        if (t > from) {
          pieces.add(range(from, t));
        }
        from = t + 1;
      }
    }
    return pieces;
  }

  private void assertPiece(
      SequenceShape shape, Batch inputs, Batch upstream, Batch row, List<int[]> pieces, int p) {
    int[] steps = pieces.get(p);
    var in = inputs.steps(steps);
    var above = upstream.steps(steps);
    var outer = new ArrayList<String>(List.of("output", "gradient of x"));
    for (var name : inputs.states().keySet()) {
      boolean backward = shape.backward(Integer.parseInt(name.substring(1)));
      if (p == (backward ? pieces.size() - 1 : 0)) {
        outer.add("gradient of " + name);
      } else {
        in = in.with(name, Batch.zeros(inputs.states().get(name)));
      }
      var last = "last " + name;
      if (p == (backward ? 0 : pieces.size() - 1)) {
        outer.add(last);
      } else {
        above = above.with(last, Batch.zeros(upstream.states().get(last)));
      }
    }
    var alone = run(shape, null, in, above).values().only(outer::contains);
    Batch.assertSame(alone, row.steps(steps).only(outer::contains));
  }

  @Property(tries = 50)
  void theOrderOfRowsChangesNoRow(@ForAll("certainShapes") SequenceShape shape) {
    int[] lengths = shape.lengths();
    int[] chosen = range(0, shape.batchSize());
    shape.random().shuffle(chosen);
    int[] permuted = Arrays.stream(chosen).map(b -> lengths[b]).toArray();
    var expected = run(shape, Lengths.of(lengths));
    var actual =
        run(
            shape,
            Lengths.of(permuted),
            shape.inputs().rows(chosen),
            shape.upstream().rows(chosen));
    Batch.assertSame(expected.values().rows(chosen), actual.values());
    SequenceRun.assertClose(expected.parameters(), actual.parameters());
  }

  @Property(tries = 50)
  void theGradientOfABatchIsTheSumOfItsParts(@ForAll("certainShapes") SequenceShape shape) {
    int[] lengths = shape.lengths();
    var whole = run(shape, Lengths.of(lengths));
    int cut = Math.floorMod(shape.seed(), shape.batchSize());
    if (cut == 0) {
      return;
    }
    var parts = new ArrayList<SequenceRun>();
    for (var rows : List.of(range(0, cut), range(cut, shape.batchSize()))) {
      int[] some = Arrays.stream(rows).map(b -> lengths[b]).toArray();
      var inputs = shape.inputs().rows(rows);
      parts.add(run(shape, Lengths.of(some), inputs, shape.upstream().rows(rows)));
      Batch.assertSame(whole.values().rows(rows), parts.getLast().values());
    }
    var sum = SequenceRun.sum(parts.get(0).parameters(), parts.get(1).parameters());
    SequenceRun.assertClose(whole.parameters(), sum);
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }
}
