package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.fail;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// A float32 matrix that lies in the middle of a larger one, so that a kernel that reads or writes
/// beyond it is found out.
///
/// @param tensor the matrix; its padding is zero
/// @param backing what is around it: [#GUARD] in every element
record Framed(Tensor tensor, Tensor backing) {
  private static final int GUARD_ROWS = 2;

  /// A NaN, so that reading it shows too.
  private static final int GUARD = 0x7fc0dead;

  /// What an element is at first.
  @FunctionalInterface
  interface Values {
    float at(int row, int column);
  }

  /// Between guard rows; as a view of columns between guard columns too if asked for.
  static Framed of(Arena arena, int rows, int columns, boolean view, Values values) {
    int lead = view ? Tensor.ROW_ALIGNMENT : 0;
    int width = view ? lead + Tensor.padded(columns) + Tensor.ROW_ALIGNMENT : columns;
    var backing = Tensor.allocate(arena, ElementType.FLOAT32, rows + 2 * GUARD_ROWS, width);
    for (long at = 0; at < backing.segment().byteSize(); at += Integer.BYTES) {
      backing.segment().set(ValueLayout.JAVA_INT, at, GUARD);
    }
    var inner = backing.rows(GUARD_ROWS, rows);
    var framed = new Framed(view ? inner.columns(lead, columns) : inner, backing);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < Tensor.padded(columns); c++) {
        framed.put(r, c, c < columns ? values.at(r, c) : 0f);
      }
    }
    return framed;
  }

  /// An element or one of the padding.
  float get(int row, int column) {
    return tensor.segment().get(ValueLayout.JAVA_FLOAT, tensor.byteOffset(row, column));
  }

  private void put(int row, int column, float value) {
    tensor.segment().set(ValueLayout.JAVA_FLOAT, tensor.byteOffset(row, column), value);
  }

  /// Fails if anything around the matrix has changed.
  void assertFrameUntouched(String where) {
    int[] bits = backing.segment().toArray(ValueLayout.JAVA_INT);
    int from = (int) (tensor.byteOffset(0, 0) / Integer.BYTES) % tensor.stride();
    int to = from + Tensor.padded(tensor.columns());
    for (int i = 0; i < bits.length; i++) {
      int row = i / tensor.stride() - GUARD_ROWS;
      int column = i % tensor.stride();
      boolean inside = row >= 0 && row < tensor.rows() && column >= from && column < to;
      if (!inside && bits[i] != GUARD) {
        fail("%s: [%d, %d] is outside and was written".formatted(where, row, column - from));
      }
    }
  }

  /// Fails if the padding of a row is not zero.
  void assertPaddingIsZero(int row, String where) {
    for (int c = tensor.columns(); c < Tensor.padded(tensor.columns()); c++) {
      if (get(row, c) != 0f) {
        fail("%s: padding [%d, %d] is %s".formatted(where, row, c, get(row, c)));
      }
    }
  }

  /// Fails if a row has other bits than `expected` gives.
  void assertRow(int row, Values expected, String where) {
    for (int c = 0; c < tensor.columns(); c++) {
      float e = expected.at(row, c);
      float a = get(row, c);
      if (Float.floatToIntBits(e) != Float.floatToIntBits(a)) {
        fail("%s: [%d, %d] is %s, expected %s".formatted(where, row, c, a, e));
      }
    }
  }
}
