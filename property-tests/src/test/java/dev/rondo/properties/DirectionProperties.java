package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Lengths;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// The meaning of directions, merges and skip connections, bit for bit.
@Label("Law 8.2: directions and stacks are their layers put together")
class DirectionProperties {
  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<SequenceShape> shapes() {
    return SequenceShape.any(List.of(Variant.values()));
  }

  @Provide
  Arbitrary<SequenceShape> certainShapes() {
    return SequenceShape.any(SequenceShape.CERTAIN);
  }

  /// What is left out at random is the same too: it is drawn in the layer's own order of steps.
  @Property(tries = 60)
  void reverseIsForwardThroughReversedTime(@ForAll("shapes") SequenceShape shape) {
    var forward = shape.direction(Direction.FORWARD);
    var inputs = forward.inputs();
    var upstream = forward.upstream();
    var expected = SequenceRun.of(backend, forward, null, inputs.reversed(), upstream.reversed());
    var reverse = shape.direction(Direction.REVERSE);
    var actual = SequenceRun.of(backend, reverse, null, inputs, upstream);
    Batch.assertSame(expected.values().reversed(), actual.values());
    SequenceRun.assertSameParameters(expected.parameters(), actual.parameters());
  }

  /// With gaps too, as a mask may be turned around.
  @Property(tries = 40)
  void reverseThroughGapsIsForwardThroughTheirMirrorImage(@ForAll("shapes") SequenceShape shape) {
    var mask = shape.mask();
    var gap = shape.seed() % 2 == 0 ? Lengths.Gap.CARRY : Lengths.Gap.ZERO;
    var mirrored = Arrays.asList(mask.clone()).reversed().toArray(boolean[][]::new);
    var forward = shape.direction(Direction.FORWARD);
    var inputs = forward.inputs();
    var upstream = forward.upstream();
    var expected =
        SequenceRun.of(
            backend,
            forward,
            Lengths.ofMask(mirrored, gap),
            inputs.reversed(),
            upstream.reversed());
    var reverse = shape.direction(Direction.REVERSE);
    var actual = SequenceRun.of(backend, reverse, Lengths.ofMask(mask, gap), inputs, upstream);
    Batch.assertSame(expected.values().reversed(), actual.values());
    SequenceRun.assertSameParameters(expected.parameters(), actual.parameters());
  }

  /// Directions, merges, skips and dropout between layers.
  @Property(tries = 100)
  void aStackIsItsLayersPutTogether(@ForAll("certainShapes") SequenceShape shape) {
    var lengths = shape.seed() % 2 == 0 ? null : shape.anyLengths();
    double dropout = shape.seed() % 3 == 0 ? 0.3 : 0;
    boolean locked = shape.seed() % 4 < 2;
    var options =
        locked ? shape.options().lockedDropout(dropout) : shape.options().dropout(dropout);
    var inputs = shape.inputs();
    var upstream = shape.upstream();
    var whole = SequenceRun.stack(options, shape.seed(), lengths);
    var parts = new Composition(shape, lengths, dropout, locked);
    var expected = SequenceRun.of(backend, inputs, upstream, parts);
    var actual = SequenceRun.of(backend, inputs, upstream, whole);
    SequenceRun.assertSame(expected.renamed(parts::nameInStack), actual);
  }
}
