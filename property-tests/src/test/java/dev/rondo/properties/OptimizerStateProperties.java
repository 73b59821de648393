package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import dev.rondo.properties.LayerRun.Bits;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// The state of an optimizer, and the parameters it belongs to.
@Label("Law 9.2: an optimizer's state is all that it remembers, element by element")
class OptimizerStateProperties {
  @Provide
  Arbitrary<Double> decays() {
    return Arbitraries.of(0.0, 0.01);
  }

  /// Values and state are copied into another run, which then goes on.
  @Property(tries = 60)
  void aStateThatIsCopiedContinuesToTheBit(
      @ForAll Updates kind,
      @ForAll("decays") double decay,
      @ForAll @IntRange(max = 6) int before,
      @ForAll @IntRange(min = 1, max = 20) int columns,
      @ForAll long seed) {
    int[] shape = {3, columns};
    try (var whole = new Updates.Run(kind, Backend.best(), decay, seed, shape);
        var continued = new Updates.Run(kind, Backend.best(), decay, seed, shape)) {
      whole.steps(before);
      continued.steps(2);
      continued
          .parameters
          .all()
          .forEach(p -> p.value().copyFrom(whole.parameters.get(p.name()).value()));
      var state = whole.optimizer.state();
      continued.optimizer.state().forEach((name, tensor) -> tensor.copyFrom(state.get(name)));
      continued.begin(before);
      LayerRun.assertSame(whole.steps(4).bits(), continued.steps(4).bits());
    }
  }

  /// One parameter of many elements, and many of one.
  @Property(tries = 60)
  void anElementIsUpdatedAsIfItWereAlone(
      @ForAll Updates kind,
      @ForAll("decays") double decay,
      @ForAll @IntRange(min = 1, max = 35) int columns,
      @ForAll long seed) {
    var alone = new int[columns][];
    Arrays.fill(alone, new int[] {1});
    try (var together = new Updates.Run(kind, Backend.best(), decay, seed, new int[] {columns});
        var apart = new Updates.Run(kind, Backend.best(), decay, seed, alone)) {
      var expected = together.steps(5).bits().get("p0").rows().getFirst();
      var bits = apart.steps(5).bits();
      for (int i = 0; i < columns; i++) {
        assertEquals(new Bits(List.of(List.of(expected.get(i)))), bits.get("p" + i));
      }
    }
  }

  @Property(tries = 40)
  void withoutGradientAndDecayNothingChanges(
      @ForAll Updates kind,
      @ForAll @IntRange(min = 1, max = 35) int columns,
      @ForAll @IntRange(min = 1, max = 4) int steps,
      @ForAll long seed) {
    try (var run = new Updates.Run(kind, Backend.best(), 0, seed, new int[] {2, columns})) {
      var before = run.bits().get("p0");
      for (int i = 0; i < steps; i++) {
        run.optimizer.step();
      }
      assertEquals(before, run.bits().get("p0"));
    }
  }
}
