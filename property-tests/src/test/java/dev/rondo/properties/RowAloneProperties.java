package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.properties.LayerRun.Shape;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// A row of a batch gives the results that it gives alone.
@Label("Law 1.3: a row of a batch has the bits of the row alone")
@Tag("kernel")
class RowAloneProperties extends Stacks {
  /// Parameter gradients are sums over the batch, and left out.
  @Property(tries = 15)
  void aSequenceOfABatchHasTheBitsOfTheSequenceAlone(@ForAll("certainShapes") Shape shape) {
    var together = best(shape, 1);
    try (var backend = Backend.best()) {
      for (int b = 0; b < shape.batchSize(); b++) {
        var alone = LayerRun.ofSequence(backend, shape, b);
        for (var name : together.results().keySet()) {
          if (!name.matches(".*(weight|bias|peephole|norm).*")) {
            var expected = together.get(name).sequence(b, shape.batchSize());
            LayerRun.assertSame(expected, alone.get(name), name + " of sequence " + b);
          }
        }
      }
    }
  }
}
