package dev.rondo.properties;

import static dev.rondo.properties.FiniteDifferences.assertGradients;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.kernel.Activation;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The gradients of the basic operations; and that the check rejects wrong ones.
class OperationGradientsTest {
  private static final String GROUP = "operations";

  /// Columns around the padding.
  private static final int[] COLUMNS = {1, 3, 16, 17};

  /// `a`, but with the test's own backward pass.
  private static Variable pass(Tape tape, Variable a, BiFunction<Integer, Integer, Double> slope) {
    var value = tape.zeros(a.value().shape());
    value.copyFrom(a.value());
    return tape.operation(
        value,
        result -> {
          for (int r = 0; r < value.rows(); r++) {
            for (int c = 0; c < value.columns(); c++) {
              double gradient = slope.apply(r, c) * result.gradient().get(r, c);
              a.gradient().set(r, c, a.gradient().get(r, c) + gradient);
            }
          }
        },
        a);
  }

  private static GradientReport reportOfSlope(BiFunction<Integer, Integer, Double> slope) {
    try (var check = new GradientCheck(1)) {
      check.input("a", 3, 5);
      return check.run((tape, in) -> List.of(tape.tanh(pass(tape, in.get("a"), slope))));
    }
  }

  @Test
  void theCheckAcceptsARightGradient() {
    reportOfSlope((_, _) -> 1.0).assertPasses();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 2, 0.999, 1 + 1e-5, 1 - 2e-6, Double.NaN})
  void theCheckRejectsAWrongGradient(double slope) {
    assertFalse(reportOfSlope((_, _) -> slope).passes());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 1 - 1e-3, 1 + 1e-5, Double.NaN})
  void theCheckRejectsASingleWrongEntry(double slope) {
    var report = reportOfSlope((r, c) -> r == 1 && c == 3 ? slope : 1);
    assertFalse(report.passes());
    assertEquals(List.of(1, 3), report.tensors().getFirst().element());
  }

  @Test
  void theCheckRejectsAParameterThatNoGradientReaches() {
    try (var check = new GradientCheck(1)) {
      var weight = check.parameters().create("weight", 2, 3);
      weight.value().fill(0.5);
      check.input("a", 2, 3);
      var report =
          check.run(
              (tape, in) -> List.of(tape.multiply(in.get("a"), tape.constant(weight.value()))));
      assertFalse(report.passes());
    }
  }

  @FunctionalInterface
  private interface Unary {
    Variable on(Tape tape, Variable a);
  }

  @FunctionalInterface
  private interface Binary {
    Variable on(Tape tape, Variable a, Variable b);
  }

  private static void unary(String name, Unary operation) {
    for (int columns : COLUMNS) {
      try (var check = new GradientCheck(columns)) {
        awayFromZero(check.input("a", 2, 3, columns));
        assertGradients(
            check,
            GROUP,
            "%s of [2, 3, %d]".formatted(name, columns),
            (tape, in) -> List.of(operation.on(tape, in.get("a"))));
      }
    }
  }

  private static void binary(String name, Binary operation) {
    for (int columns : COLUMNS) {
      try (var check = new GradientCheck(columns)) {
        check.input("a", 2, 3, columns);
        check.input("b", 2, 3, columns);
        assertGradients(
            check,
            GROUP,
            "%s of [2, 3, %d]".formatted(name, columns),
            (tape, in) -> List.of(operation.on(tape, in.get("a"), in.get("b"))));
      }
    }
  }

  private static void awayFromZero(Tensor tensor) {
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        double value = tensor.get(r, c);
        tensor.set(r, c, value + Math.copySign(0.01, value));
      }
    }
  }

  @Test
  void addHasTheRightGradient() {
    binary("add", Tape::add);
  }

  @Test
  void subtractHasTheRightGradient() {
    binary("subtract", Tape::subtract);
  }

  @Test
  void multiplyHasTheRightGradient() {
    binary("multiply", Tape::multiply);
  }

  @Test
  void anOperandUsedTwiceGetsBothGradients() {
    unary("a·a", (tape, a) -> tape.multiply(a, a));
    unary("a+a", (tape, a) -> tape.add(a, a));
    unary("a·tanh(a)", (tape, a) -> tape.multiply(a, tape.tanh(a)));
    unary("sigmoid(a)-a", (tape, a) -> tape.subtract(tape.sigmoid(a), a));
  }

  @Test
  void scaleHasTheRightGradient() {
    unary("scale", (tape, a) -> tape.scale(-0.7, a));
  }

  @Test
  void tanhHasTheRightGradient() {
    unary("tanh", Tape::tanh);
  }

  @Test
  void sigmoidHasTheRightGradient() {
    unary("sigmoid", Tape::sigmoid);
  }

  @Test
  void reluHasTheRightGradientAwayFromZero() {
    unary("relu", Tape::relu);
  }

  @Test
  void activationsHaveTheRightGradients() {
    unary("sigmoid, as a value", (tape, a) -> tape.activation(Activation.SIGMOID, a));
    unary("softsign", (tape, a) -> tape.activation(Activation.SOFTSIGN, a));
    unary("elu", (tape, a) -> tape.activation(Activation.elu(0.7), a));
    unary("leaky relu", (tape, a) -> tape.activation(Activation.leakyRelu(0.1), a));
    unary("affine", (tape, a) -> tape.activation(Activation.affine(-0.7, 2), a));
    unary("softplus", (tape, a) -> tape.activation(Activation.SOFTPLUS, a));
    unary("scaled tanh", (tape, a) -> tape.activation(Activation.scaledTanh(1.5, -0.7), a));
    // its kinks lie where no element is: beyond ±10
    unary("hard sigmoid", (tape, a) -> tape.activation(Activation.hardSigmoid(0.05, 0.5), a));
    unary("a + elu(a)", (tape, a) -> tape.add(a, tape.activation(Activation.elu(1), a)));
  }

  @Test
  void multiplyRowHasTheRightGradient() {
    for (int columns : COLUMNS) {
      try (var check = new GradientCheck(columns)) {
        check.input("a", 2, 3, columns);
        check.input("row", columns);
        assertGradients(
            check,
            GROUP,
            "multiplyRow of [2, 3, %d]".formatted(columns),
            (tape, in) -> List.of(tape.multiplyRow(in.get("a"), in.get("row"))));
      }
    }
  }

  @Test
  void softmaxHasTheRightGradient() {
    for (int columns : new int[] {2, 3, 16, 17}) {
      try (var check = new GradientCheck(columns)) {
        check.input("a", 2, 3, columns);
        assertGradients(
            check,
            GROUP,
            "softmax of [2, 3, %d]".formatted(columns),
            (tape, in) -> List.of(tape.softmax(in.get("a"))));
      }
    }
  }

  @Test
  void sumsHaveTheRightGradients() {
    unary("sum", Tape::sum);
    unary("mean", Tape::mean);
    unary("sumRows", Tape::sumRows);
  }

  @Test
  void whereSendsTheGradientToTheChosenSide() {
    for (int columns : COLUMNS) {
      try (var check = new GradientCheck(columns)) {
        var condition = check.gaussian(4, columns);
        for (int c = 0; c < columns; c++) {
          condition.set(c % 2, c, 0);
          condition.set(2 + c % 2, c, 0);
        }
        check.input("a", 4, columns);
        check.input("b", 4, columns);
        assertGradients(
            check,
            GROUP,
            "where of [4, %d]".formatted(columns),
            (tape, in) -> List.of(tape.where(condition, in.get("a"), in.get("b"))));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 2, 5", "5, 17, 3", "13, 16, 33", "2, 33, 17"})
  void matmulHasTheRightGradient(int m, int k, int n) {
    try (var check = new GradientCheck(m)) {
      check.input("a", m, k);
      check.input("b", k, n);
      assertGradients(
          check,
          GROUP,
          "matmul of [%d, %d] and [%d, %d]".formatted(m, k, k, n),
          (tape, in) -> List.of(tape.matmul(in.get("a"), in.get("b"))));
    }
  }

  @Test
  void matmulOfAllStepsHasTheRightGradient() {
    try (var check = new GradientCheck(5)) {
      check.input("a", 3, 2, 5);
      check.input("b", 5, 4);
      assertGradients(
          check,
          GROUP,
          "matmul of [3, 2, 5] and [5, 4]",
          (tape, in) -> List.of(tape.matmul(in.get("a"), in.get("b"))));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 5", "17, 2", "16, 33"})
  void transposeHasTheRightGradient(int rows, int columns) {
    try (var check = new GradientCheck(rows)) {
      check.input("a", rows, columns);
      assertGradients(
          check,
          GROUP,
          "transpose of [%d, %d]".formatted(rows, columns),
          (tape, in) -> List.of(tape.transpose(in.get("a"))));
    }
  }

  @Test
  void addRowHasTheRightGradient() {
    for (int columns : COLUMNS) {
      try (var check = new GradientCheck(columns)) {
        check.input("a", 2, 3, columns);
        check.input("bias", columns);
        assertGradients(
            check,
            GROUP,
            "addRow to [2, 3, %d]".formatted(columns),
            (tape, in) -> List.of(tape.addRow(in.get("a"), in.get("bias"))));
      }
    }
  }

  @Test
  void concatHasTheRightGradient() {
    try (var check = new GradientCheck(3)) {
      check.input("a", 2, 3, 5);
      check.input("b", 2, 3, 16);
      check.input("c", 2, 3, 1);
      assertGradients(
          check,
          GROUP,
          "concat of 5, 16, 1 and 5 columns",
          (tape, in) -> List.of(tape.concat(in.get("a"), in.get("b"), in.get("c"), in.get("a"))));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 20", "0, 1", "3, 16", "16, 4", "19, 1"})
  void sliceHasTheRightGradient(int from, int count) {
    try (var check = new GradientCheck(from)) {
      check.input("a", 2, 3, 20);
      assertGradients(
          check,
          GROUP,
          "slice of columns %d to %d".formatted(from, from + count),
          (tape, in) -> List.of(tape.slice(in.get("a"), from, count)));
    }
  }

  @Test
  void atAndStackHaveTheRightGradients() {
    try (var check = new GradientCheck(9)) {
      check.input("a", 3, 2, 5);
      check.input("b", 2, 5);
      assertGradients(
          check,
          GROUP,
          "stack of at(2), b, tanh(at(0)), at(2)",
          (tape, in) -> {
            var a = in.get("a");
            var parts =
                List.of(tape.at(a, 2), in.get("b"), tape.tanh(tape.at(a, 0)), tape.at(a, 2));
            return List.of(tape.stack(parts));
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 17})
  void gatherAddsUpTheGradientsOfEveryUse(int columns) {
    try (var check = new GradientCheck(columns)) {
      check.input("table", 5, columns);
      var tokens = Tokens.of(check.arena(), new int[][] {{0, 3, 3}, {4, 0, 3}});
      assertGradients(
          check,
          GROUP,
          "gather of [5, %d]".formatted(columns),
          (tape, in) -> List.of(tape.gather(in.get("table"), tokens)));
    }
  }

  /// Operations in random order, each on random results of those before: gradients that meet.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void chainsOfOperationsHaveTheRightGradient(long seed) {
    try (var check = new GradientCheck(seed)) {
      check.input("a", 4, 4);
      check.input("b", 4, 4);
      check.input("bias", 4);
      assertGradients(
          check, "chains of operations", "seed " + seed, (tape, in) -> chain(tape, in, seed));
    }
  }

  private static List<Variable> chain(Tape tape, GradientCheck.Inputs in, long seed) {
    var random = new CounterRandom(seed);
    var values = new ArrayList<Variable>(List.of(in.get("a"), in.get("b")));
    for (int i = 0; i < 12; i++) {
      var a = values.get(random.nextInt(values.size()));
      var b = values.get(random.nextInt(values.size()));
      values.add(
          switch (random.nextInt(9)) {
            case 0 -> tape.add(a, b);
            case 1 -> tape.subtract(a, b);
            case 2 -> tape.multiply(tape.tanh(a), b);
            case 3 -> tape.tanh(tape.matmul(a, b));
            case 4 -> tape.transpose(a);
            case 5 -> tape.softmax(a);
            case 6 -> tape.addRow(tape.sigmoid(a), in.get("bias"));
            case 7 -> tape.concat(tape.slice(a, 1, 3), tape.slice(b, 0, 1));
            default -> tape.at(tape.stack(List.of(a, b)), random.nextInt(2));
          });
    }
    var last = values.getLast();
    var bias = tape.sum(tape.multiply(in.get("bias"), in.get("bias")));
    return List.of(last, tape.addRow(tape.add(in.get("a"), in.get("b")), in.get("bias")), bias);
  }
}
