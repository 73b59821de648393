package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import dev.rondo.properties.LayerRun.Shape;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// Steps by hand, chunks with a carried state and whole sequences are the same.
@Label("Law 1.4: a sequence in parts has the bits of the whole")
@Tag("kernel")
class StepByStepProperties extends Stacks {
  @Property(tries = 60)
  void aCellSteppedByHandHasTheBitsOfTheLayer(@ForAll("singleLayers") Shape shape) {
    try (var backend = Backend.best()) {
      LayerRun.assertSame(LayerRun.of(backend, shape), LayerRun.ofCell(backend, shape));
    }
  }

  @Property(tries = 60)
  void aSequenceInChunksHasTheBitsOfTheWhole(
      @ForAll("certainShapes") Shape shape,
      @ForAll boolean training,
      @ForAll boolean thenTraining) {
    try (var whole = new Forward(shape);
        var chunked = new Forward(shape)) {
      var expected = whole.run(training, 0, shape.steps());
      int cut = Math.floorMod(shape.seed(), shape.steps());
      var outputs = new ArrayList<List<Integer>>();
      if (cut > 0) {
        outputs.addAll(chunked.run(training, 0, cut));
      }
      outputs.addAll(chunked.run(thenTraining, cut, shape.steps()));
      assertEquals(expected, outputs);
      assertEquals(whole.states(), chunked.states());
    }
  }
}
