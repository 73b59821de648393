package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.PlainOperation;
import dev.rondo.check.GradientReport.Verdict;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.StackState;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Gradients that are right, of functions that are hard to measure, are not called wrong; wrong
/// ones of the same functions are.
class GradientCheckDoubtTest {
  /// `y = f(x)` of one number, whose way back has the slope that it is told.
  private static GradientReport report(double x, DoubleUnaryOperator f, double said) {
    try (var check = new GradientCheck(3)) {
      check.input("x", 1).set(0, 0, x);
      return check.run((tape, in) ->
          List.of(
              tape.operation(
                  new int[] {1},
                  new PlainOperation() {
                    @Override
                    public void forward(double[][] in, double[] y) {
                      y[0] = f.applyAsDouble(in[0][0]);
                    }

                    @Override
                    public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
                      dx[0][0] += said * dy[0];
                    }
                  },
                  in.get("x"))));
    }
  }

  private static Verdict verdict(double x, DoubleUnaryOperator f, double said) {
    return report(x, f, said).tensors().getFirst().verdict();
  }

  /// Two windows of a cell with a layer norm in it, over inputs of 1e-12: derivatives of 1e-9 of
  /// states whose rounding the layer norm enlarges.
  @ParameterizedTest
  @ValueSource(longs = {33155, 1, 2, 3})
  void aLayerNormOfTinyInputsIsNotWrong(long seed) {
    try (var check = new GradientCheck(seed)) {
      var options =
          Lstm.cell()
              .withPeepholes()
              .withCoupledGates()
              .withLayerNorm()
              .projection(3)
              .cellClip(1.5)
              .clip(2.5);
      var stack =
          Lstm.of(3, 5, options)
              .recurrentDropout(0.3)
              .zoneout(0.3, 0.2)
              .candidateDropout(0.3)
              .dropConnect(0.2)
              .create(check.parameters().at("stack"), check.random());
      for (String name : List.of("x", "y")) {
        var x = check.input(name, 2, 1, 3);
        for (int i = 0; i < 6; i++) {
          x.set(i / 3, i % 3, 1e-12 * x.get(i / 3, i % 3));
        }
      }
      var report =
          check.run((tape, in) -> {
            var first = stack.forward(tape, in.get("x"));
            var state = first.lastState().layers().getFirst();
            var held = new CellState(in.held("h", state.h()), in.held("c", state.c()));
            var second = stack.forward(tape, in.get("y"), new StackState(List.of(held)));
            return List.of(first.output(), second.output());
          });
      assertTrue(report.passes(), report.text());
    }
  }

  /// All of tanh(x / w) lies within a step, but for the smallest.
  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 1e-9, 1e-12, 1e-15})
  void stepsGoDownToTheScaleOfTheFunction(double width) {
    DoubleUnaryOperator f = x -> StrictMath.tanh(x / width);
    assertEquals(Verdict.RIGHT, verdict(0, f, 1 / width));
    assertEquals(Verdict.WRONG, verdict(0, f, 1.001 / width));
  }

  /// Over any larger step the two sides are alike, and seem to have no slope.
  @Test
  void aSlopeThatOnlySmallStepsSeeIsNotWrong() {
    DoubleUnaryOperator f = x -> 1e3 * x * StrictMath.exp(-1e12 * x * x);
    assertEquals(Verdict.RIGHT, verdict(0, f, 1e3));
    assertFalse(report(0, f, 1.1e3).passes());
  }

  /// Adding 1e10 leaves multiples of 2e-6: the slope over a step of 1e-3 is right to one in a
  /// hundred or so, over a smaller one there is none.
  @ParameterizedTest
  @CsvSource({"1, 1e10", "1, 1e13", "1, 1e17", "1e-13, 1e6", "0, 1e12"})
  void aStaircaseOfRoundingIsNotWrong(double x, double shift) {
    var report = report(x, v -> (v + shift) - shift, 1);
    assertTrue(report.passes(), report.text());
  }

  /// The same steps, but without a staircase.
  @Test
  void aGradientOfWhatDoesNotMoveIsWrong() {
    assertEquals(Verdict.WRONG, verdict(1, _ -> 3, 1));
    assertEquals(Verdict.WRONG, verdict(-1, x -> Math.max(x, 0), 1));
  }

  /// A kink of 1e-7 of the slope is no reason to call either side wrong.
  @Test
  void eitherSideOfASmallKinkMayBeSaid() {
    for (double said : new double[] {1 - 3e-6, 1 + 3e-6}) {
      var report = report(0, x -> x + 3e-6 * Math.abs(x), said);
      assertTrue(report.passes(), report.text());
    }
    assertFalse(report(0, x -> x + 3e-6 * Math.abs(x), 1 + 1e-4).passes());
  }

  /// The logarithm of what is not positive is not a number; a smaller step finds the slope.
  @Test
  void whatIsNotANumberBesideIsLeftOutOrMeasuredCloser() {
    assertEquals(Verdict.RIGHT, verdict(1e-9, x -> StrictMath.log(x), 1e9));
    assertEquals(Verdict.WRONG, verdict(1e-9, x -> StrictMath.log(x), 1.01e9));
    assertEquals(Verdict.NOT_MEASURABLE, verdict(0, x -> x == 0 ? 0 : Double.NaN, 1));
  }

  /// Where every large derivative meets a kink, the zeros beside them say nothing.
  @Test
  void zerosAloneAreNotRight() {
    try (var check = new GradientCheck(4)) {
      check.input("x", 2, 2).fill(0);
      var report =
          check.run((tape, in) -> List.of(tape.activation(Activation.leakyRelu(0.5), in.get("x"))));
      var x = report.tensors().getFirst();
      assertEquals(Verdict.NOT_MEASURABLE, x.verdict(), report.text());
      assertEquals(4, x.kinks());
      assertEquals(12, x.compared());
      assertEquals(List.of("x"), report.unchecked());
      assertTrue(report.text().contains("4 of 16 derivatives of x were left out"), report.text());
    }
  }
}
