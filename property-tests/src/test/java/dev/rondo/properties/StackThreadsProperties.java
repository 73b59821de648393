package dev.rondo.properties;

import dev.rondo.properties.LayerRun.Shape;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// Any number of threads gives the same stacks, forward and back.
@Label("Law 1.2: any number of threads gives the same bits")
@Tag("kernel")
class StackThreadsProperties extends Stacks {
  @Property(tries = 6)
  void oneTwoAndThreeThreadsGiveTheSameLayers(@ForAll("largeShapes") Shape shape) {
    var dropping = shape.dropout(0.3);
    var one = best(dropping, 1);
    LayerRun.assertSame(one, best(dropping, 2));
    LayerRun.assertSame(one, best(dropping, 3));
  }

  /// Passes over memory are split from 32768 elements on.
  @Example
  void threadsDropTheSameElementsOfAPassThatIsSplit() {
    var shape = new Shape(Variant.GRU, 2, 5, 70, 16, 32, 0.3, 1);
    var one = best(shape, 1);
    LayerRun.assertSame(one, best(shape, 2));
    LayerRun.assertSame(one, best(shape, 3));
  }
}
