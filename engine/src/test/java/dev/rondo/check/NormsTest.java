package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormsTest {
  /// (3, 4) at any size is 5; the squares of the outer ones are no doubles.
  @ParameterizedTest
  @ValueSource(doubles = {1e-320, 1e-200, 1e-30, 1, 1e30, 1e200, 1e307})
  void sizesAreToldApart(double scale) {
    assertEquals(
        5 * scale, Norms.of(3 * scale, -4 * scale), Math.max(1e-15 * scale, 8 * Double.MIN_VALUE));
    try (var arena = Arena.ofConfined()) {
      var a = Tensor.allocate(arena, ElementType.FLOAT64, 2, 2);
      var b = Tensor.allocate(arena, ElementType.FLOAT64, 2, 2);
      a.set(1, 0, scale);
      b.set(1, 0, 2 * scale);
      a.set(1, 1, -4 * scale);
      assertEquals(5 * scale, Norms.ofSum(a, b, 1), Math.max(1e-15 * scale, 8 * Double.MIN_VALUE));
      assertEquals(0, Norms.ofSum(a, b, 0));
    }
  }

  @Test
  void floatsAreAddedAsDoubles() {
    try (var arena = Arena.ofConfined()) {
      var a = Tensor.of(arena, new float[][] {{Float.MAX_VALUE, 0}, {Float.MIN_VALUE, 0}});
      assertEquals(2.0 * Float.MAX_VALUE, Norms.ofSum(a, a, 0));
      assertEquals(2.0 * Float.MIN_VALUE, Norms.ofSum(a, a, 1));
    }
  }

  /// (1 + 2, -5 + 1) is (3, -4), behind another row.
  @Test
  void everyColumnOfBothCounts() {
    try (var arena = Arena.ofConfined()) {
      for (var type : ElementType.values()) {
        var a = Tensor.allocate(arena, type, 2, 2);
        var b = Tensor.allocate(arena, type, 2, 2);
        a.fill(7);
        b.fill(9);
        a.set(1, 0, 1);
        a.set(1, 1, -5);
        b.set(1, 0, 2);
        b.set(1, 1, 1);
        assertEquals(5, Norms.ofSum(a, b, 1), type.toString());
      }
    }
  }

  @Test
  void whatIsNoNumberIsNotHidden() {
    assertEquals(Double.NaN, Norms.of(1, Double.NaN, 2));
    assertEquals(Double.POSITIVE_INFINITY, Norms.of(1, Double.NEGATIVE_INFINITY));
    assertEquals(0, Norms.of());
  }
}
