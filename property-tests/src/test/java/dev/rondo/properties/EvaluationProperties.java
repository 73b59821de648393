package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.properties.LayerRun.Shape;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// Keeping nothing for a backward pass changes no result.
@Label("Law 1.5: an evaluating tape gives the bits of a training one")
@Tag("kernel")
class EvaluationProperties extends Stacks {
  @Property(tries = 60)
  void anEvaluatingTapeGivesTheBitsOfATrainingOne(@ForAll("certainShapes") Shape shape) {
    try (var training = new Forward(shape);
        var evaluating = new Forward(shape.dropout(0.5))) {
      assertEquals(training.run(true, 0, shape.steps()), evaluating.run(false, 0, shape.steps()));
      assertEquals(training.states(), evaluating.states());
    }
  }
}
