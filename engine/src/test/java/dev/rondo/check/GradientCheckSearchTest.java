package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.PlainOperation;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientReport.Verdict;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the checker finds in tensors too large for their Jacobian, near kinks, where functions are
/// steep, and where a measurement is too rough.
class GradientCheckSearchTest {
  private static final int ROWS = 100;
  private static final int COLUMNS = 100;

  /// `y = f(x)`, element by element, whose way back has the slope that it is told.
  private static Variable map(
      Tape tape,
      Variable x,
      DoubleUnaryOperator f,
      DoubleUnaryOperator slope,
      IntToDoubleFunction factor) {
    return tape.operation(
        x.value().shape(),
        new PlainOperation() {
          @Override
          public void forward(double[][] in, double[] y) {
            for (int i = 0; i < y.length; i++) {
              y[i] = f.applyAsDouble(in[0][i]);
            }
          }

          @Override
          public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
            for (int i = 0; i < y.length; i++) {
              dx[0][i] += factor.applyAsDouble(i) * slope.applyAsDouble(in[0][i]) * dy[i];
            }
          }
        },
        x);
  }

  private static GradientReport reportOfMap(
      double x, DoubleUnaryOperator f, DoubleUnaryOperator slope) {
    try (var check = new GradientCheck(3)) {
      check.input("x", 1).set(0, 0, x);
      return check.run((tape, in) -> List.of(map(tape, in.get("x"), f, slope, _ -> 1)));
    }
  }

  private static GradientReport reportOfLarge(long seed, IntToDoubleFunction factor) {
    try (var check = new GradientCheck(seed)) {
      check.input("x", ROWS, COLUMNS);
      return check.run(
          (tape, in) -> List.of(map(tape, in.get("x"), x -> x * x, x -> 2 * x, factor)));
    }
  }

  /// The element with the largest slope is among those of a usual size, whatever the seed.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void oneWrongElementOfTenThousandIsFound(long seed) {
    int wrong = (int) (seed * 1997) % (ROWS * COLUMNS);
    var report = reportOfLarge(seed, i -> i == wrong ? 0 : 1);
    assertFalse(report.jacobian());
    assertFalse(report.passes(), report.text());
  }

  /// The slopes of some rows are a hundredth of the others, and a thousandth off.
  @Test
  void aMistakeAmongSmallElementsIsFoundInItsRows() {
    try (var check = new GradientCheck(4)) {
      var x = check.input("x", ROWS, COLUMNS);
      for (int c = 0; c < 12 * COLUMNS; c++) {
        x.set(c / COLUMNS, c % COLUMNS, 0.01 * x.get(c / COLUMNS, c % COLUMNS));
      }
      var report =
          check.run((tape, in) ->
              List.of(
                  map(
                      tape,
                      in.get("x"),
                      v -> v * v,
                      v -> 2 * v,
                      i -> i < 12 * COLUMNS ? 1 + 1e-3 : 1)));
      assertFalse(report.passes(), report.text());
      assertEquals("rows 0 to 11", report.tensors().getFirst().place());
    }
  }

  @Test
  void aWrongElementHasAnIndexInItsTensorAndInTheResult() {
    try (var check = new GradientCheck(5)) {
      check.input("x", 2, 3, 4);
      var report =
          check.run((tape, in) ->
              List.of(
                  in.get("x"),
                  map(tape, in.get("x"), x -> x * x, x -> 2 * x, i -> i == 18 ? 1.1 : 1)));
      var x = report.tensors().getFirst();
      assertEquals(List.of(1, 1, 2), x.element());
      assertEquals("element [1, 1, 2]", x.place());
      assertEquals("result 1 [1, 1, 2]", x.result());
      assertTrue(report.json().contains("\"element\": [1, 1, 2]"), report.json());
      assertTrue(report.text().contains("x, element [1, 1, 2], result 1 [1, 1, 2]"), report.text());
    }
  }

  /// Smaller steps do not reach a kink beside x; where they do, it is left out.
  @ParameterizedTest
  @CsvSource({"1e-1, 0", "1e-4, 0", "1e-6, 0", "1e-9, 1", "0, 1"})
  void aKinkIsLeftOutOnlyWhereNoStepAvoidsIt(double distance, int kinks) {
    var report = reportOfMap(distance, x -> Math.max(x, 0), _ -> 1);
    assertTrue(report.passes(), report.text());
    assertEquals(kinks, report.tensors().getFirst().kinks(), report.text());
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-1, 1e-4, 1e-6})
  void aWrongSlopeBesideAKinkIsFound(double distance) {
    assertFalse(reportOfMap(distance, x -> Math.max(x, 0), _ -> 0.999).passes());
  }

  /// ln has all of its bend within the first step.
  @ParameterizedTest
  @CsvSource({"1e-3, 1", "1e-3, 1.0001", "1e-2, 1", "1e-2, 1.0001", "1e6, 1", "1e6, 1.0001"})
  void stepsFollowTheFunction(double x, double factor) {
    var report = reportOfMap(x, v -> StrictMath.log(v), v -> factor / v);
    var verdict = factor == 1 ? Verdict.RIGHT : Verdict.WRONG;
    assertEquals(verdict, report.tensors().getFirst().verdict(), report.text());
  }

  /// The slope is 1 of 1e9: 16 digits leave 1e-4 or so of it, which is no reason to say wrong.
  @Test
  void aMeasurementThatIsTooRoughIsUncertain() {
    var report = reportOfMap(1, x -> 1e9 + x, _ -> 1 + 1e-4);
    assertEquals(Verdict.UNCERTAIN, report.tensors().getFirst().verdict(), report.text());
    assertEquals(List.of("x"), report.unchecked());
    assertTrue(report.text().contains("only, which leaves smaller errors undecided"));
  }

  @Test
  void resultsThatChangeAreAFault() {
    try (var check = new GradientCheck(6)) {
      check.input("x", 2);
      int[] runs = {0};
      var report = check.run((tape, in) -> List.of(tape.scale(1 + 1e-13 * runs[0]++, in.get("x"))));
      assertEquals(
          "the results are others when they are computed again", report.faults().getFirst());
      assertFalse(report.passes());
    }
  }

  @Test
  void somethingInThePaddingIsAFault() {
    try (var check = new GradientCheck(7)) {
      check.input("x", 2, 3);
      var report =
          check.run((tape, in) -> {
            var x = in.get("x");
            var y = tape.zeros(2, 3);
            y.copyFrom(x.value());
            return List.of(
                tape.operation(
                    y,
                    result -> {
                      tape.backend().arithmetic().accumulate(result.gradient(), x.gradient());
                      x.gradient().columns(0, 16).set(1, 3, 1);
                    },
                    x));
          });
      assertEquals(List.of("x: the padding of the gradient is not zero"), report.faults());
      assertFalse(report.passes());
    }
  }

  /// Two windows of h = tanh(h + x): the second begins from what the first left, held constant.
  private static GradientReport reportOfWindows(boolean held) {
    try (var check = new GradientCheck(8)) {
      check.input("x", 4, 3);
      check.input("h", 3);
      return check.run((tape, in) -> {
        var h = in.get("h");
        var x = in.get("x");
        for (int t = 0; t < 2; t++) {
          h = tape.tanh(tape.add(h, tape.at(x, t)));
        }
        var first = tape.sum(h);
        h = held ? in.held("window", h) : tape.constant(h.value());
        for (int t = 2; t < 4; t++) {
          h = tape.tanh(tape.add(h, tape.at(x, t)));
        }
        return List.of(first, tape.sum(h));
      });
    }
  }

  @Test
  void aStateThatIsHeldConstantIsConstantForDifferencesToo() {
    reportOfWindows(true).assertPasses();
    assertFalse(reportOfWindows(false).passes());
  }
}
