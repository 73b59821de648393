package dev.rondo.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a tape promises beside its gradients: order of use, messages, memory.
class TapeTest {
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofConfined();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  private Tape record() {
    return Tape.record(backend, workspace, new CounterRandom(1));
  }

  private Tensor tensor(int... shape) {
    return Tensor.allocate(arena, ElementType.FLOAT32, shape);
  }

  private static void assertMessage(
      Class<? extends RuntimeException> type, String message, Runnable work) {
    assertEquals(message, assertThrows(type, work::run).getMessage());
  }

  /// An operation on a [3, 2] a and b of another shape.
  record Mistake(String message, Use use) {
    @FunctionalInterface
    interface Use {
      Variable on(Tape tape, Variable a, TapeTest test);
    }

    @Override
    public String toString() {
      return message;
    }
  }

  private Variable constant(Tape tape, int... shape) {
    return tape.constant(tensor(shape));
  }

  static Stream<Mistake> mistakes() {
    return Stream.of(
        new Mistake(
            "b is [2, 3] FLOAT32, expected the shape of a, [3, 2] FLOAT32",
            (tape, a, test) -> tape.add(a, test.constant(tape, 2, 3))),
        new Mistake(
            "b is [3, 3] FLOAT32, expected the shape of a, [3, 2] FLOAT32",
            (tape, a, test) -> tape.subtract(a, test.constant(tape, 3, 3))),
        new Mistake(
            "b is [1, 3, 2] FLOAT32, expected the shape of a, [3, 2] FLOAT32",
            (tape, a, test) -> tape.multiply(a, test.constant(tape, 1, 3, 2))),
        new Mistake(
            "b is [4, 2] FLOAT32, expected the shape of a, [3, 2] FLOAT32",
            (tape, a, test) -> tape.where(test.tensor(3, 2), a, test.constant(tape, 4, 2))),
        new Mistake(
            "condition is [4, 2] FLOAT32, expected the shape of a, [3, 2] FLOAT32",
            (tape, a, test) -> tape.where(test.tensor(4, 2), a, a)),
        new Mistake("b is [3, 2] FLOAT32, expected [2, n]", (tape, a, _) -> tape.matmul(a, a)),
        new Mistake(
            "b is [1, 2, 3] FLOAT32, expected [2, n]",
            (tape, a, test) -> tape.matmul(a, test.constant(tape, 1, 2, 3))),
        new Mistake(
            "a is [2, 3, 4] FLOAT32, expected a matrix",
            (tape, _, test) -> tape.transpose(test.constant(tape, 2, 3, 4))),
        new Mistake(
            "bias is [3] FLOAT32, expected [2]",
            (tape, a, test) -> tape.addRow(a, test.constant(tape, 3))),
        new Mistake(
            "row is [3] FLOAT32, expected [2]",
            (tape, a, test) -> tape.multiplyRow(a, test.constant(tape, 3))),
        new Mistake("concat needs at least one part", (tape, _, _) -> tape.concat()),
        new Mistake(
            "part is [2, 2] FLOAT32, expected 3 rows",
            (tape, a, test) -> tape.concat(a, test.constant(tape, 2, 2))),
        new Mistake(
            "columns 1 to 3 are not in [3, 2] FLOAT32", (tape, a, _) -> tape.slice(a, 1, 2)),
        new Mistake(
            "columns -1 to 1 are not in [3, 2] FLOAT32", (tape, a, _) -> tape.slice(a, -1, 2)),
        new Mistake(
            "columns 1 to 2147483648 are not in [3, 2] FLOAT32",
            (tape, a, _) -> tape.slice(a, 1, Integer.MAX_VALUE)),
        new Mistake("stack needs at least one part", (tape, _, _) -> tape.stack(List.of())),
        new Mistake(
            "part 1 is [2, 3] FLOAT32, expected [3, 2]",
            (tape, a, test) -> tape.stack(List.of(a, test.constant(tape, 2, 3)))),
        new Mistake(
            "the mean of nothing: a is [0, 2] FLOAT32",
            (tape, _, test) -> tape.mean(test.constant(tape, 0, 2))),
        new Mistake(
            "token 1 is 3, expected 0 to 2",
            (tape, a, test) -> tape.gather(a, Tokens.of(test.arena, new int[][] {{2, 3}}))),
        new Mistake(
            "token 0 is -1, expected 0 to 2",
            (tape, a, test) -> tape.gather(a, Tokens.of(test.arena, new int[][] {{-1}}))),
        new Mistake(
            "value is [3] FLOAT64, expected FLOAT32",
            (tape, _, test) -> tape.constant(Tensor.allocate(test.arena, ElementType.FLOAT64, 3))),
        new Mistake(
            "value is [3] FLOAT64, expected FLOAT32",
            (tape, _, test) -> tape.input(Tensor.allocate(test.arena, ElementType.FLOAT64, 3))));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aWrongShapeIsNamedWithTheRuleAndTheValue(Mistake mistake) {
    try (var tape = record()) {
      var a = tape.input(tensor(3, 2));
      assertMessage(
          IllegalArgumentException.class, mistake.message, () -> mistake.use.on(tape, a, this));
    }
  }

  @Test
  void backwardNeedsOneElementOrAGradientInTheShapeOfTheResult() {
    try (var tape = record()) {
      var a = tape.input(tensor(3, 2));
      var y = tape.tanh(a);
      assertMessage(
          IllegalArgumentException.class,
          "loss is [3, 2] FLOAT32, expected one element",
          () -> tape.backward(y));
      assertMessage(
          IllegalArgumentException.class,
          "upstream is [2, 3] FLOAT32, expected the shape of the result, [3, 2] FLOAT32",
          () -> tape.backward(y, tensor(2, 3)));
      tape.backward(y, tensor(3, 2)); // what was refused has left no trace
    }
  }

  @Test
  void aTapeIsWalkedBackOnce() {
    try (var tape = record()) {
      var loss = tape.sum(tape.input(tensor(2, 2)));
      tape.backward(loss);
      assertMessage(
          IllegalStateException.class,
          "the tape was walked back already",
          () -> tape.backward(loss));
    }
  }

  @Test
  void anEvaluatingTapeHasNoWayBack() {
    try (var tape = Tape.evaluate(backend, workspace)) {
      var x = tape.input(tensor(2, 2));
      var loss = tape.sum(x);
      assertFalse(tape.training());
      assertFalse(loss.differentiable());
      assertMessage(
          IllegalStateException.class,
          "an evaluating tape has no backward pass",
          () -> tape.backward(loss));
      assertMessage(IllegalStateException.class, "a constant has no gradient", x::gradient);
    }
  }

  @Test
  void aClosedTapeTakesNoOperation() {
    var tape = record();
    var x = tape.input(tensor(2, 2));
    var loss = tape.sum(x);
    tape.close();
    assertMessage(IllegalStateException.class, "the tape is closed", () -> tape.tanh(x));
    assertMessage(IllegalStateException.class, "the tape is closed", () -> tape.backward(loss));
  }

  @Test
  void closingRewindsTheWorkspaceOnce() {
    var start = workspace.mark();
    var tape = record();
    tape.tanh(tape.input(tensor(5, 5)));
    assertFalse(start.equals(workspace.mark()));
    tape.close();
    assertEquals(start, workspace.mark());
    try (var next = record()) {
      next.tanh(next.input(tensor(5, 5)));
      var used = workspace.mark();
      tape.close(); // a second time must not take the next tape's memory away
      assertEquals(used, workspace.mark());
    }
  }

  @Test
  void theSameStepTakesNoMoreMemoryTheSecondTime() {
    long capacity = 0;
    for (int step = 0; step < 3; step++) {
      try (var tape = record()) {
        var y = tape.input(tensor(200, 300)); // several chunks of memory in all
        for (int i = 0; i < 20; i++) {
          y = tape.add(y, y);
        }
        tape.backward(tape.sum(y));
      }
      assertTrue(step == 0 || capacity == workspace.capacity());
      capacity = workspace.capacity();
    }
  }

  @Test
  void aParameterIsOneVariableOfATape() {
    var parameter = new Parameters(backend, arena).create("w", 2, 2);
    try (var tape = record()) {
      assertSame(tape.parameter(parameter), tape.parameter(parameter));
    }
  }

  /// d(sum(3w))/dw = 3 each time; two passes add up to 6.
  @Test
  void gradientsOfParametersAddUpUntilTheyAreCleared() {
    var parameters = new Parameters(backend, arena);
    var parameter = parameters.create("w", 2, 17);
    for (int pass = 1; pass <= 2; pass++) {
      try (var tape = record()) {
        tape.backward(tape.sum(tape.scale(3, tape.parameter(parameter))));
      }
      assertEquals(3.0 * pass, parameter.gradient().get(1, 16));
    }
    parameters.clearGradients();
    assertEquals(0.0, parameter.gradient().get(1, 16));
  }

  @Test
  void aFrozenParameterGetsNoGradientAndStopsNone() {
    var parameters = new Parameters(backend, arena);
    var frozen = parameters.create("frozen", 2, 2);
    var learned = parameters.create("learned", 2, 2);
    frozen.value().fill(2);
    frozen.setTrainable(false);
    try (var tape = record()) {
      var product = tape.multiply(tape.parameter(frozen), tape.parameter(learned));
      tape.backward(tape.sum(product));
    }
    assertEquals(0.0, frozen.gradient().get(0, 0));
    assertEquals(2.0, learned.gradient().get(0, 0));
  }

  @Test
  void whatTheLossDoesNotDependOnIsNotVisited() {
    try (var tape = record()) {
      var x = tape.input(tensor(1, 1));
      tape.operation(
          tensor(1, 1),
          _ -> {
            throw new AssertionError("visited");
          },
          x);
      tape.backward(tape.sum(tape.tanh(x)));
    }
  }

  @Test
  void whatIsToHappenAfterTheWayBackHappensInOrder() {
    var order = new StringBuilder();
    try (var tape = record()) {
      tape.afterBackward(() -> order.append("first "));
      tape.afterBackward(() -> order.append("second"));
      tape.backward(tape.sum(tape.input(tensor(1, 1))));
    }
    assertEquals("first second", order.toString());
  }

  @Test
  void aNameIsTakenOnce() {
    var parameters = new Parameters(backend, arena);
    parameters.at("lstm").create("weight", 2, 2);
    assertMessage(
        IllegalArgumentException.class,
        "parameter lstm.weight exists already",
        () -> parameters.create("lstm.weight", 3));
    assertMessage(
        IllegalArgumentException.class,
        "no parameter lstm.bias in [lstm.weight]",
        () -> parameters.at("lstm").get("bias"));
  }
}
