package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.check.GradientCheck;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Inputs may be tiny or far into the flat parts, where gradients are zero: no gradient may be
/// wrong, though not every one can be checked.
@Label("Law 2.1: the gradients of layers and losses are derivatives")
class PieceGradientsProperties {
  @Provide
  Arbitrary<Piece.Case> cases() {
    return Piece.smallCases();
  }

  @Property(tries = 30)
  void gradientsAreDerivatives(@ForAll("cases") Piece.Case c) {
    try (var check = new GradientCheck(c.seed())) {
      check
          .input("x", c.steps(), c.batchSize(), c.size())
          .copyFrom(Piece.input(check.arena(), check.backend().type(), c));
      var module = c.piece().create(check.parameters(), check.arena(), c);
      var report = check.run((tape, in) -> module.forward(tape, in.get("x")));
      assertTrue(report.passes(), report.text());
    }
  }
}
