package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/// Gradients of any size, values and state in bits.
@Label("Law 9.1: an optimizer's steps have the same bits whatever computes them")
@Tag("kernel")
class OptimizerBitsProperties {
  @Provide
  Arbitrary<Double> decays() {
    return Arbitraries.of(0.0, 0.01);
  }

  @Property(tries = 60)
  void scalarAndVectorKernelsMakeTheSameSteps(
      @ForAll Updates kind,
      @ForAll("decays") double decay,
      @ForAll @IntRange(min = 1, max = 7) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll long seed) {
    int[] shape = {rows, columns};
    try (var scalar = new Updates.Run(kind, Backend.scalar(Threads.one()), decay, seed, shape);
        var vector = new Updates.Run(kind, Backend.vector(Threads.one()), decay, seed, shape)) {
      LayerRun.assertSame(scalar.steps(6).bits(), vector.steps(6).bits());
    }
  }

  /// Large enough for work to be split.
  @Property(tries = 12)
  void oneTwoAndThreeThreadsMakeTheSameSteps(
      @ForAll Updates kind, @ForAll("decays") double decay, @ForAll long seed) {
    int[] shape = {301, 131};
    try (var one = new Updates.Run(kind, Backend.best(Threads.one()), decay, seed, shape);
        var two = new Updates.Run(kind, Backend.best(Threads.of(2)), decay, seed, shape);
        var three = new Updates.Run(kind, Backend.best(Threads.of(3)), decay, seed, shape)) {
      var expected = one.steps(2).bits();
      LayerRun.assertSame(expected, two.steps(2).bits());
      LayerRun.assertSame(expected, three.steps(2).bits());
    }
  }
}
