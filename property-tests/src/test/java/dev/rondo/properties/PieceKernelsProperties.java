package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/// Layers without a recurrence and losses: one result, whatever computes it.
@Label("Law 1.8: layers and losses have the same bits whatever computes them")
@Tag("kernel")
class PieceKernelsProperties {
  @Provide
  Arbitrary<Piece.Case> cases() {
    return Piece.cases();
  }

  @Provide
  Arbitrary<Piece.Case> largeCases() {
    return Piece.largeCases();
  }

  @Property(tries = 100)
  void scalarAndVectorKernelsGiveTheSamePieces(@ForAll("cases") Piece.Case c) {
    try (var scalar = Backend.scalar(Threads.one());
        var vector = Backend.vector(Threads.one())) {
      LayerRun.assertSame(Piece.run(scalar, c), Piece.run(vector, c));
    }
  }

  @Property(tries = 10)
  void oneTwoAndThreeThreadsGiveTheSamePieces(@ForAll("largeCases") Piece.Case c) {
    try (var one = Backend.best(Threads.one());
        var two = Backend.best(Threads.of(2));
        var three = Backend.best(Threads.of(3))) {
      var expected = Piece.run(one, c);
      LayerRun.assertSame(expected, Piece.run(two, c));
      LayerRun.assertSame(expected, Piece.run(three, c));
    }
  }
}
