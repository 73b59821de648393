package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientReport.Verdict;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.StackState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The checker passes what is right, and finds what is wrong.
class GradientCheckTest {
  /// `y = x³`, whose gradient a user wrote with a factor.
  private static Variable cube(Tape tape, Variable x, double factor) {
    var value = tape.uninitialized(x.value().shape());
    for (int r = 0; r < value.rows(); r++) {
      for (int c = 0; c < value.columns(); c++) {
        value.set(r, c, Math.pow(x.value().get(r, c), 3));
      }
    }
    return tape.operation(
        value,
        result -> {
          for (int r = 0; r < value.rows(); r++) {
            for (int c = 0; c < value.columns(); c++) {
              double slope = factor * x.value().get(r, c) * x.value().get(r, c);
              double sum = x.gradient().get(r, c) + slope * result.gradient().get(r, c);
              x.gradient().set(r, c, sum);
            }
          }
        },
        x);
  }

  private static GradientReport checkOfCube(int columns, double factor) {
    try (var check = new GradientCheck(7)) {
      check.input("x", 3, columns);
      return check.run((tape, in) -> List.of(cube(tape, in.get("x"), factor)));
    }
  }

  /// Of 3·4 elements the Jacobian is compared, of 3·400 directions are.
  @ParameterizedTest
  @ValueSource(ints = {4, 400})
  void aRightGradientPasses(int columns) {
    var report = checkOfCube(columns, 3);
    assertEquals(columns == 4, report.jacobian());
    report.assertPasses();
    assertEquals(Verdict.RIGHT, report.tensors().getFirst().verdict());
    assertEquals(1, report.tensors().getFirst().cosine(), 1e-12);
  }

  /// A factor of 1 + 1e-4 is the smallest error that anybody would look for.
  @ParameterizedTest
  @ValueSource(ints = {4, 400})
  void aGradientThatIsWrongByLittleIsFound(int columns) {
    var report = checkOfCube(columns, 3 * (1 + 1e-4));
    assertFalse(report.passes());
    var x = report.tensors().getFirst();
    assertEquals(Verdict.WRONG, x.verdict());
    assertEquals(1e-4, x.relative(), columns == 4 ? 1e-6 : 1e-4);
    assertTrue(report.text().contains("the tape says"), report.text());
    var error = assertThrows(AssertionError.class, report::assertPasses);
    assertTrue(error.getMessage().contains("WRONG"), error.getMessage());
  }

  @Test
  void layersWithLengthsAndDropoutPass() {
    try (var check = new GradientCheck(8)) {
      check.input("x", 4, 3, 2);
      check.input("h", 3, 5);
      check.input("c", 3, 5);
      var lstm = Lstm.of(2, 5).create(check.parameters().at("lstm"), check.random());
      var head = Linear.of(5, 2).create(check.parameters().at("head"), check.random());
      var lengths = Lengths.of(4, 0, 2);
      check
          .run((tape, in) -> {
            var state = new StackState(List.of(new CellState(in.get("h"), in.get("c"))));
            var run = lstm.forward(tape, in.get("x"), state, lengths);
            var last = run.lastState().layers().getFirst();
            return List.of(
                head.forward(tape, Dropout.apply(tape, run.output(), 0.3)), last.h(), last.c());
          })
          .assertPasses();
    }
  }

  /// x = 0 sits on the kink of relu; the other element does not.
  @Test
  void aKinkIsReportedAndDoesNotFail() {
    try (var check = new GradientCheck(9)) {
      var x = check.input("x", 1, 2);
      x.set(0, 0, 0);
      x.set(0, 1, 1);
      var report = check.run((tape, in) -> List.of(tape.relu(in.get("x"))));
      assertTrue(report.passes(), report.text());
      assertEquals(1, report.tensors().getFirst().kinks());
      assertEquals(3, report.tensors().getFirst().compared());
    }
  }

  /// A kink must not excuse a gradient that is wrong elsewhere.
  @Test
  void aWrongGradientBesideAKinkIsFound() {
    try (var check = new GradientCheck(9)) {
      check.input("x", 1, 2).set(0, 0, 0);
      var report =
          check.run((tape, in) -> List.of(cube(tape, tape.relu(in.get("x")), 2), in.get("x")));
      assertFalse(report.passes(), report.text());
    }
  }

  @Test
  void aTensorThatNothingDependsOnIsNamed() {
    try (var check = new GradientCheck(10)) {
      check.input("x", 2, 2);
      check.input("y", 2, 2);
      var report = check.run((tape, in) -> List.of(tape.tanh(in.get("x"))));
      assertTrue(report.passes());
      assertEquals(List.of("y"), report.unchecked());
      assertTrue(report.text().contains("nothing is wrong, and nothing known of y"));
      assertThrows(AssertionError.class, report::assertPasses);
    }
  }

  @Test
  void aWayBackThatChangesIsFound() {
    try (var check = new GradientCheck(11)) {
      check.input("x", 2, 2);
      int[] runs = {0};
      var report =
          check.run((tape, in) -> {
            var x = in.get("x");
            var y = tape.uninitialized(2, 2);
            tape.backend().arithmetic().copy(x.value(), y);
            return List.of(
                tape.operation(
                    y,
                    result -> {
                      tape.backend().arithmetic().accumulate(result.gradient(), x.gradient());
                      double jitter = 1e-14 * runs[0]++;
                      x.gradient().set(0, 0, x.gradient().get(0, 0) + jitter);
                    },
                    x));
          });
      assertEquals(
          List.of("x: the gradient has other bits when the backward pass is run again"),
          report.faults());
      assertFalse(report.passes());
    }
  }

  @Test
  void theSameSeedGivesTheSameReport() {
    assertEquals(checkOfCube(400, 3).json(), checkOfCube(400, 3).json());
  }

  @Test
  void theReportIsJson() {
    String json = checkOfCube(4, 2).json();
    assertTrue(json.startsWith("{\"passes\": false, \"jacobian\": true, \"seed\": 7"), json);
    assertTrue(json.contains("\"name\": \"x\", \"shape\": [3, 4], \"verdict\": \"WRONG\""));
  }

  @Test
  void valuesAreAsTheyWereAfterwards() {
    try (var check = new GradientCheck(12)) {
      var x = check.input("x", 3, 3);
      double[] before = x.toArray();
      check.run((tape, in) -> List.of(tape.tanh(in.get("x")))).assertPasses();
      assertArrayEquals(before, x.toArray());
    }
  }

  @Test
  void whatCannotBeCheckedIsRefused() {
    try (var check = new GradientCheck(13)) {
      var nothing =
          assertThrows(IllegalArgumentException.class, () -> check.run((tape, _) -> List.of()));
      assertEquals("there is neither an input nor a parameter to check", nothing.getMessage());
      assertThrows(IllegalArgumentException.class, () -> check.tolerance(0));
      check.input("x", 2);
      var none =
          assertThrows(IllegalArgumentException.class, () -> check.run((tape, _) -> List.of()));
      assertEquals("the function has no result to check", none.getMessage());
    }
  }
}
