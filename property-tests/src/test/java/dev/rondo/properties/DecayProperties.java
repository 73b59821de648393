package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.properties.LayerRun.Shape;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// No state ends in subnormal numbers.
@Label("Law 6.2: a state that decays ends at zero")
@Tag("kernel")
class DecayProperties extends Stacks {
  /// Without input and bias, and with recurrent weights whose products shrink, every state decays;
  /// it must end at +0 in every bit, not in subnormal numbers.
  @Property(tries = 8)
  void aStateThatIsLeftAloneEndsAtPlusZero(@ForAll("longShapes") Shape shape) {
    try (var forward = new Forward(shape)) {
      forward.x.clear();
      quieten(forward.parameters);
      for (int i = 0; i < 25; i++) {
        forward.run(false, 0, shape.steps());
      }
      for (var bits : forward.states()) {
        for (var row : bits.rows()) {
          row.forEach(bit -> assertEquals(0, bit));
        }
      }
    }
  }

  private static void quieten(Parameters parameters) {
    for (var parameter : parameters.all()) {
      var value = parameter.value();
      if (parameter.name().startsWith("bias")) {
        value.clear();
      } else {
        parameters.backend().arithmetic().scale(0.5, value, value);
      }
    }
  }
}
