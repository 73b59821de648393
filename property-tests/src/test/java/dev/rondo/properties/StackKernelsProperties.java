package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.properties.LayerRun.Shape;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// Scalar and vector kernels give the same stacks, forward and back.
@Label("Law 1.1: scalar and vector kernels give the same bits")
@Tag("kernel")
class StackKernelsProperties extends Stacks {
  @Property(tries = 60)
  void scalarAndVectorKernelsGiveTheSameLayers(@ForAll("shapes") Shape shape) {
    var dropping = shape.dropout(0.3);
    try (var vector = Backend.vector(Threads.one())) {
      LayerRun.assertSame(scalar(dropping), LayerRun.of(vector, dropping));
    }
  }
}
