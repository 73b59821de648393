package dev.rondo.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Operations over arrays, on a tape of either type.
class PlainOperationTest {
  /// `y = a·b`, which uses up dy on the way back, as a recurrence does.
  private static final class Product implements PlainOperation {
    @Override
    public void forward(double[][] x, double[] y) {
      for (int i = 0; i < y.length; i++) {
        y[i] = x[0][i] * x[1][i];
      }
    }

    @Override
    public void backward(double[][] x, double[] y, double[] dy, double[][] dx) {
      for (int i = 0; i < y.length; i++) {
        dx[0][i] += x[1][i] * dy[i];
        dx[1][i] += x[0][i] * dy[i];
      }
      Arrays.fill(dy, Double.NaN);
    }
  }

  private static Backend backend(ElementType type) {
    return type == ElementType.FLOAT64
        ? Backend.float64(Threads.one())
        : Backend.scalar(Threads.one());
  }

  private static Tensor tensor(Arena arena, Backend backend, double... values) {
    var tensor = Tensor.allocate(arena, backend.type(), 2, values.length / 2);
    for (int i = 0; i < values.length; i++) {
      tensor.set(2 * i / values.length, i % (values.length / 2), values[i]);
    }
    return tensor;
  }

  /// By hand: y = a·b, L = Σ u·y, so da = u·b, and once more what a gets from its second use, u.
  @ParameterizedTest
  @EnumSource(ElementType.class)
  void gradientsAreAddedToThoseOfOtherUses(ElementType type) {
    try (var arena = Arena.ofConfined();
        var backend = backend(type);
        var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var a = tape.input(tensor(arena, backend, 1, 2, 3, 4, 5, 6));
      var b = tape.input(tensor(arena, backend, 0.5, -1, 2, 0, 1, -2));
      var y = tape.operation(new int[] {2, 3}, new Product(), a, b);
      assertArrayEquals(new double[] {0.5, -2, 6, 0, 5, -12}, y.value().toArray());
      tape.backward(tape.add(y, a), tensor(arena, backend, 1, 1, 2, 1, 1, -1));
      assertArrayEquals(new double[] {1.5, 0, 6, 1, 2, 1}, a.gradient().toArray());
      assertArrayEquals(new double[] {1, 2, 6, 4, 5, -6}, b.gradient().toArray());
      assertArrayEquals(new double[] {1, 1, 2, 1, 1, -1}, y.gradient().toArray());
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void aConstantGetsNoGradient(ElementType type) {
    try (var arena = Arena.ofConfined();
        var backend = backend(type);
        var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var a = tape.input(tensor(arena, backend, 1, 2, 3, 4, 5, 6));
      var b = tape.constant(tensor(arena, backend, 0.5, -1, 2, 0, 1, -2));
      tape.backward(tape.sum(tape.operation(new int[] {2, 3}, new Product(), a, b)));
      assertArrayEquals(new double[] {0.5, -1, 2, 0, 1, -2}, a.gradient().toArray());
      assertFalse(b.hasGradient());
      assertEquals(0, a.gradient().columns(0, 16).get(1, 5));
    }
  }
}
