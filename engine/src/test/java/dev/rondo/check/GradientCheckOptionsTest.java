package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientReport.TensorReport;
import dev.rondo.tensor.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a check looks at, and how closely.
class GradientCheckOptionsTest {
  /// x, with a gradient that is multiplied by a factor.
  private static Variable copy(Tape tape, Variable x, double factor) {
    var value = tape.uninitialized(x.value().shape());
    tape.backend().arithmetic().copy(x.value(), value);
    return tape.operation(
        value,
        result ->
            tape.backend().arithmetic().accumulateScaled(factor, result.gradient(), x.gradient()),
        x);
  }

  @Test
  void theToleranceDecides() {
    for (double tolerance : new double[] {1e-3, 1e-5}) {
      try (var check = new GradientCheck(1)) {
        check.input("x", 2, 2);
        assertSame(check, check.tolerance(tolerance));
        var report = check.run((tape, in) -> List.of(copy(tape, in.get("x"), 1 + 1e-4)));
        assertEquals(tolerance, report.tolerance());
        assertEquals(tolerance == 1e-3, report.passes(), report::text);
      }
    }
  }

  @Test
  void parametersOfOtherStoresAreChecked() {
    try (var check = new GradientCheck(2)) {
      assertEquals(ElementType.FLOAT64, check.backend().type());
      var store = new Parameters(check.backend(), check.arena());
      var w = store.create("w", 2, 2);
      assertSame(check, check.with(store));
      var report = check.run((tape, _) -> List.of(copy(tape, tape.parameter(w), 2)));
      assertEquals(List.of("w"), report.tensors().stream().map(TensorReport::name).toList());
      assertFalse(report.passes());
    }
  }

  @Test
  void frozenParametersAreNotChecked() {
    try (var check = new GradientCheck(3)) {
      var w = check.parameters().create("w", 2, 2);
      var frozen = check.parameters().create("frozen", 2, 2);
      frozen.setTrainable(false);
      var report =
          check.run((tape, _) ->
              List.of(tape.add(copy(tape, tape.parameter(w), 1), tape.parameter(frozen))));
      assertEquals(List.of("w"), report.tensors().stream().map(TensorReport::name).toList());
      assertTrue(report.passes());
    }
  }

  /// Up to 600 elements and 120 results every element is compared.
  @Test
  void largeFunctionsAreCheckedAlongDirections() {
    assertTrue(isWhole(600, 1));
    assertFalse(isWhole(601, 1));
    assertTrue(isWhole(120, 120));
    assertFalse(isWhole(121, 121));
  }

  private static boolean isWhole(int elements, int results) {
    try (var check = new GradientCheck(4)) {
      check.input("x", 1, elements);
      var report =
          check.run(
              (tape, in) -> List.of(results == 1 ? tape.sum(in.get("x")) : tape.tanh(in.get("x"))));
      assertTrue(report.passes());
      return report.jacobian();
    }
  }

  /// `x·c` with c = x held constant: the gradient is x, not 2x.
  @Test
  void whatIsHeldIsAConstantWithItsValue() {
    try (var check = new GradientCheck(6)) {
      check.input("x", 2, 2);
      check
          .run((tape, in) -> List.of(tape.multiply(in.get("x"), in.held("c", in.get("x")))))
          .assertPasses();
    }
  }

  @Test
  void combinationsOfResultsAreNumbered() {
    try (var check = new GradientCheck(7)) {
      check.input("x", 1, 700);
      var report = check.run((tape, in) -> List.of(copy(tape, in.get("x"), 2)));
      String result = report.tensors().getFirst().result();
      assertTrue(result.matches("combination [0-7]"), result);
    }
  }

  @Test
  void memoryEndsWithTheCheck() {
    var check = new GradientCheck(5);
    var arena = check.arena();
    assertTrue(arena.scope().isAlive());
    check.close();
    assertFalse(arena.scope().isAlive());
  }
}
