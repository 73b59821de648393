package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;

/// One kind of kernel in its three implementations, for tests whose values are worked out by hand.
record Implementations<K>(K scalar, K vector, K float64) {
  private static final double FLOAT32_TOLERANCE = 2e-6;
  private static final double FLOAT64_TOLERANCE = 1e-13;

  /// One kernel and the means to make and check its tensors.
  record Run<K>(K kernel, ElementType type, Arena arena) {
    Tensor of(double[]... values) {
      var tensor = Tensor.allocate(arena, type, values.length, values[0].length);
      for (int r = 0; r < values.length; r++) {
        for (int c = 0; c < values[r].length; c++) {
          tensor.set(r, c, values[r][c]);
        }
      }
      return tensor;
    }

    Tensor zeros(int rows, int columns) {
      return Tensor.allocate(arena, type, rows, columns);
    }

    /// Relative to the larger of 1 and the expected value.
    void assertValues(Tensor actual, double[]... expected) {
      double tolerance = type == ElementType.FLOAT32 ? FLOAT32_TOLERANCE : FLOAT64_TOLERANCE;
      for (int r = 0; r < expected.length; r++) {
        for (int c = 0; c < expected[r].length; c++) {
          double e = expected[r][c];
          String where = "%s [%d, %d]".formatted(kernel.getClass().getSimpleName(), r, c);
          if (Double.isFinite(e)) {
            assertEquals(e, actual.get(r, c), tolerance * Math.max(1, Math.abs(e)), where);
          } else {
            assertEquals(e, actual.get(r, c), where);
          }
        }
      }
    }
  }

  /// What a test does with one kernel.
  @FunctionalInterface
  interface Body<K> {
    void on(Run<K> run);
  }

  void forEach(Body<K> body) {
    try (var arena = Arena.ofConfined()) {
      for (var kernel : List.of(scalar, vector)) {
        body.on(new Run<>(kernel, ElementType.FLOAT32, arena));
      }
      body.on(new Run<>(float64, ElementType.FLOAT64, arena));
    }
  }

  void onFloat64(Body<K> body) {
    try (var arena = Arena.ofConfined()) {
      body.on(new Run<>(float64, ElementType.FLOAT64, arena));
    }
  }

  void assertSameBits(Operands.Call<K> call) {
    Operands.assertSameBits(scalar, vector, call);
  }

  static double[] row(double... values) {
    return values;
  }
}
