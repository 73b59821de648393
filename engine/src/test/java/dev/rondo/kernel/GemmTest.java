package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every product against one chain of `Math.fma` an element, bit for bit.
@Tag("kernel")
class GemmTest {
  /// Around the heights of register tiles (8, 6, 4, 2, 1) and beyond one block of 120 rows.
  private static final int[] HEIGHTS = {1, 2, 3, 5, 7, 8, 11, 12, 13, 24, 25, 33, 121};

  /// Columns and depth: around lanes, panels of two vectors, and beyond a block of 256.
  private static final int[][] WIDTHS_AND_DEPTHS = {
    {1, 1},
    {3, 15},
    {15, 3},
    {16, 16},
    {17, 17},
    {31, 31},
    {32, 33},
    {33, 1},
    {47, 48},
    {48, 47},
    {49, 65},
    {65, 257},
    {127, 127},
    {3, 257},
    {257, 33},
    {530, 5}
  };

  private static final float[] SPECIAL = {
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_NORMAL,
    0x1p-100f,
    1e30f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  static Stream<Gemm> kernels() {
    return Stream.of(new ScalarGemm(), new VectorGemm());
  }

  /// A matrix of the test's own.
  private static final class Matrix implements Framed.Values {
    final int rows;
    final int columns;
    private final float[] elements;

    Matrix(int rows, int columns, float[] elements) {
      this.rows = rows;
      this.columns = columns;
      this.elements = elements;
    }

    @Override
    public float at(int row, int column) {
      return elements[row * columns + column];
    }

    static Matrix random(int rows, int columns, Random random) {
      var elements = new float[rows * columns];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = (float) random.nextGaussian();
      }
      return new Matrix(rows, columns, elements);
    }

    /// One element in `oneIn` is special.
    static Matrix special(int rows, int columns, Random random, int oneIn) {
      var matrix = random(rows, columns, random);
      for (int i = 0; i < matrix.elements.length; i++) {
        if (random.nextInt(oneIn) == 0) {
          matrix.elements[i] = SPECIAL[random.nextInt(SPECIAL.length)];
        }
      }
      return matrix;
    }

    Matrix transposed() {
      var result = new Matrix(columns, rows, new float[elements.length]);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          result.elements[c * rows + r] = at(r, c);
        }
      }
      return result;
    }

    Matrix reversed() {
      var result = new Matrix(rows, columns, new float[elements.length]);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          result.elements[r * columns + c] = at(r, columns - 1 - c);
        }
      }
      return result;
    }

    boolean rowIsFinite(int row) {
      for (int c = 0; c < columns; c++) {
        if (!Float.isFinite(at(row, c))) {
          return false;
        }
      }
      return true;
    }
  }

  /// The independent reference: start from C, take k in order.
  private static Matrix chain(Matrix a, Matrix b, Matrix c) {
    var result = new Matrix(c.rows, c.columns, c.elements.clone());
    for (int m = 0; m < c.rows; m++) {
      for (int n = 0; n < c.columns; n++) {
        float sum = c.at(m, n);
        for (int k = 0; k < a.columns; k++) {
          sum = Math.fma(a.at(m, k), b.at(k, n), sum);
        }
        result.elements[m * c.columns + n] = sum;
      }
    }
    return result;
  }

  /// One product of each kind with the same operands.
  private record Case(Matrix a, Matrix b, Matrix c, boolean views, Matrix expected) {
    static Case of(Matrix a, Matrix b, Matrix c, boolean views) {
      return new Case(a, b, c, views, chain(a, b, c));
    }

    String name(Gemm gemm, String product) {
      return "%s, %s, m %d, n %d, k %d%s"
          .formatted(
              gemm.getClass().getSimpleName(),
              product,
              c.rows,
              c.columns,
              a.columns,
              views ? ", views" : "");
    }

    Framed framed(Arena arena, Matrix matrix) {
      return Framed.of(arena, matrix.rows, matrix.columns, views, matrix);
    }

    /// In A a value that is not finite makes a NaN with the zeros in the padding of B, in its own
    /// row of C.
    void assertProduct(Framed target, String where) {
      target.assertFrameUntouched(where);
      for (int m = 0; m < c.rows; m++) {
        target.assertRow(m, expected, where);
        if (a.rowIsFinite(m)) {
          target.assertPaddingIsZero(m, where);
        }
      }
    }

    void packed(Gemm gemm, Arena arena) {
      for (boolean transposed : new boolean[] {false, true}) {
        var target = framed(arena, c);
        gemm.multiply(framed(arena, a).tensor(), pack(gemm, arena, transposed), target.tensor());
        assertProduct(target, name(gemm, transposed ? "packTransposed" : "packRows"));
      }
    }

    /// Every row starts from the first row of C; what the target held before must not matter.
    void fromOneRow(Gemm gemm, Arena arena) {
      var start = new Matrix(1, c.columns, Arrays.copyOf(c.elements, c.columns));
      var everyRow = new Matrix(c.rows, c.columns, c.elements.clone());
      for (int m = 0; m < c.rows; m++) {
        System.arraycopy(c.elements, 0, everyRow.elements, m * c.columns, c.columns);
      }
      var target = framed(arena, c);
      var segment = target.tensor();
      for (int m = 0; m < c.rows; m++) {
        segment
            .segment()
            .asSlice(segment.byteOffset(m, 0), (long) Tensor.padded(c.columns) * Float.BYTES)
            .fill((byte) 0xFF);
      }
      gemm.multiply(
          framed(arena, start).tensor(),
          framed(arena, a).tensor(),
          pack(gemm, arena, true),
          target.tensor());
      of(a, b, everyRow, views).assertProduct(target, name(gemm, "from one row"));
    }

    /// In two parts, the second of which starts anywhere.
    PackedMatrix pack(Gemm gemm, Arena arena, boolean transposed) {
      int depth = b.rows;
      var packed = emptyPacked(gemm, arena, depth, b.columns);
      var source = framed(arena, transposed ? b.transposed() : b).tensor();
      int half = source.rows() / 2;
      var first = source.rows(0, half);
      var second = source.rows(half, source.rows() - half);
      if (transposed) {
        gemm.packTransposed(second, packed, half);
        gemm.packTransposed(first, packed, 0);
      } else {
        gemm.packRows(second, packed, half);
        gemm.packRows(first, packed, 0);
      }
      return packed;
    }

    void unpacked(Gemm gemm, Arena arena) {
      var target = framed(arena, c);
      gemm.multiply(framed(arena, a).tensor(), framed(arena, b).tensor(), target.tensor());
      assertProduct(target, name(gemm, "unpacked"));
    }

    void transposed(Gemm gemm, Arena arena) {
      var target = framed(arena, c);
      gemm.multiplyTransposed(
          framed(arena, a.transposed()).tensor(), framed(arena, b).tensor(), target.tensor());
      assertProduct(target, name(gemm, "multiplyTransposed"));
    }

    /// The second product has the columns of B in reverse, so its C must come out in reverse.
    void transposedTwice(Gemm gemm, Arena arena) {
      var first = framed(arena, c);
      var second = framed(arena, c.reversed());
      gemm.multiplyTransposed(
          framed(arena, a.transposed()).tensor(),
          framed(arena, b).tensor(),
          first.tensor(),
          framed(arena, b.reversed()).tensor(),
          second.tensor());
      assertProduct(first, name(gemm, "the first of two"));
      new Case(a, b.reversed(), c.reversed(), views, expected.reversed())
          .assertProduct(second, name(gemm, "the second of two"));
    }

    void all(Gemm gemm) {
      try (var arena = Arena.ofConfined()) {
        packed(gemm, arena);
        fromOneRow(gemm, arena);
        unpacked(gemm, arena);
        transposed(gemm, arena);
        transposedTwice(gemm, arena);
      }
    }
  }

  private static PackedMatrix emptyPacked(Gemm gemm, Arena arena, int depth, int columns) {
    int rows = PackedMatrix.storageRows(gemm, depth, columns);
    var storage = Tensor.allocate(arena, ElementType.FLOAT32, rows, Tensor.ROW_ALIGNMENT);
    return PackedMatrix.of(gemm, storage, depth, columns);
  }

  private static void forEachCase(Consumer<Case> body) {
    var random = new Random(1);
    for (int i = 0; i < WIDTHS_AND_DEPTHS.length; i++) {
      for (int j = i % 2; j < HEIGHTS.length; j += 2) {
        int n = WIDTHS_AND_DEPTHS[i][0];
        int k = WIDTHS_AND_DEPTHS[i][1];
        int m = HEIGHTS[j];
        body.accept(
            Case.of(
                Matrix.random(m, k, random),
                Matrix.random(k, n, random),
                Matrix.random(m, n, random),
                (i + j / 2) % 2 == 0));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyProductIsOneChainAnElement(Gemm gemm) {
    forEachCase(product -> product.all(gemm));
  }

  /// Every height at one size, as matrices and as views.
  @ParameterizedTest
  @MethodSource("kernels")
  void everyHeightOfTileIsRight(Gemm gemm) {
    var random = new Random(2);
    for (int m = 1; m <= 40; m++) {
      for (boolean views : new boolean[] {false, true}) {
        Case.of(
                Matrix.random(m, 19, random),
                Matrix.random(19, 37, random),
                Matrix.random(m, 37, random),
                views)
            .all(gemm);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void nanInfinityAndMinusZeroGoThroughTheChain(Gemm gemm) {
    var random = new Random(3);
    for (int m : new int[] {1, 2, 5, 13, 25}) {
      for (int n : new int[] {1, 15, 16, 17, 33, 65}) {
        for (int oneIn : new int[] {3, 40}) {
          Case.of(
                  Matrix.special(m, 21, random, oneIn),
                  Matrix.special(21, n, random, oneIn),
                  Matrix.special(m, n, random, oneIn),
                  n % 2 == 0)
              .all(gemm);
        }
      }
    }
  }

  /// -0 + 0·x is +0, unless nothing is added.
  @ParameterizedTest
  @MethodSource("kernels")
  void aChainOfNothingLeavesEveryBit(Gemm gemm) {
    try (var arena = Arena.ofConfined()) {
      var a = Tensor.allocate(arena, ElementType.FLOAT32, 3, 0);
      var target = Framed.of(arena, 3, 5, false, (_, _) -> -0f);
      gemm.multiply(a, emptyPacked(gemm, arena, 0, 5), target.tensor());
      gemm.multiply(a, Tensor.allocate(arena, ElementType.FLOAT32, 0, 5), target.tensor());
      gemm.multiplyTransposed(
          Tensor.allocate(arena, ElementType.FLOAT32, 0, 3),
          Tensor.allocate(arena, ElementType.FLOAT32, 0, 5),
          target.tensor());
      for (int m = 0; m < 3; m++) {
        target.assertRow(m, (_, _) -> -0f, gemm.getClass().getSimpleName());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void noRowsAreNoWork(Gemm gemm) {
    var random = new Random(4);
    Case.of(
            Matrix.random(0, 5, random),
            Matrix.random(5, 7, random),
            Matrix.random(0, 7, random),
            false)
        .all(gemm);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aRowOfABatchHasTheBitsOfTheRowAlone(Gemm gemm) {
    var random = new Random(5);
    int m = 29;
    int n = 49;
    int k = 300;
    var product =
        Case.of(
            Matrix.random(m, k, random),
            Matrix.random(k, n, random),
            Matrix.random(m, n, random),
            false);
    try (var arena = Arena.ofConfined()) {
      var a = product.framed(arena, product.a).tensor();
      var b = product.framed(arena, product.b).tensor();
      var packed = product.pack(gemm, arena, true);
      var alone = product.framed(arena, product.c);
      var aloneUnpacked = product.framed(arena, product.c);
      for (int r = 0; r < m; r++) {
        gemm.multiply(a.rows(r, 1), packed, alone.tensor().rows(r, 1));
        gemm.multiply(a.rows(r, 1), b, aloneUnpacked.tensor().rows(r, 1));
      }
      product.assertProduct(alone, product.name(gemm, "row by row"));
      product.assertProduct(aloneUnpacked, product.name(gemm, "row by row, unpacked"));
    }
  }

  /// As a GRU uses it: the product of the state goes to the last three of four blocks of gates,
  /// each padded by itself.
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 15, 16, 17, 33})
  void aProductReachesItsGatesAndNoOthers(int hiddenSize) {
    int block = Tensor.padded(hiddenSize);
    var random = new Random(hiddenSize);
    for (int rows : new int[] {1, 2, 5, 13}) {
      var h = Matrix.random(rows, hiddenSize, random);
      var weights = Matrix.random(3 * hiddenSize, hiddenSize, random);
      var before = Matrix.random(rows, 4 * block, random);
      kernels().forEach(gemm -> gateProduct(gemm, h, weights, before, block));
    }
  }

  private static void gateProduct(Gemm gemm, Matrix h, Matrix weights, Matrix before, int block) {
    int hiddenSize = h.columns;
    Framed.Values start = (r, c) -> c >= block && c % block >= hiddenSize ? 0f : before.at(r, c);
    try (var arena = Arena.ofConfined()) {
      var z = Framed.of(arena, h.rows, 4 * block, true, start);
      var state = Framed.of(arena, h.rows, hiddenSize, true, h).tensor();
      var w = Framed.of(arena, weights.rows, hiddenSize, false, weights).tensor();
      var forward = emptyPacked(gemm, arena, hiddenSize, 3 * block);
      var backward = emptyPacked(gemm, arena, 3 * block, hiddenSize);
      for (int gate = 0; gate < 3; gate++) {
        var rowsOfGate = w.rows(gate * hiddenSize, hiddenSize);
        gemm.packTransposed(rowsOfGate, forward, gate * block);
        gemm.packRows(rowsOfGate, backward, gate * block);
      }
      String where = "%s, hidden %d, rows %d".formatted(gemm, hiddenSize, h.rows);
      var gates = z.tensor().columns(block, 3 * block);
      gemm.multiply(state, forward, gates);
      z.assertFrameUntouched(where);
      for (int r = 0; r < h.rows; r++) {
        z.assertRow(r, (row, c) -> gate(h, weights, start, block, row, c), where);
      }
      var dh = Framed.of(arena, h.rows, hiddenSize, false, h);
      gemm.multiply(gates, backward, dh.tensor());
      dh.assertFrameUntouched(where);
      for (int r = 0; r < h.rows; r++) {
        dh.assertRow(r, (row, u) -> back(h, weights, z, block, row, u), where + ", backward");
        dh.assertPaddingIsZero(r, where);
      }
    }
  }

  private static float gate(
      Matrix h, Matrix weights, Framed.Values start, int block, int row, int column) {
    int unit = column % block;
    float sum = start.at(row, column);
    if (column >= block && unit < h.columns) {
      int gate = column / block - 1;
      for (int k = 0; k < h.columns; k++) {
        sum = Math.fma(h.at(row, k), weights.at(gate * h.columns + unit, k), sum);
      }
    }
    return sum;
  }

  /// Padding takes part with zeros, which changes no bit of a sum that is not -0.
  private static float back(Matrix h, Matrix weights, Framed z, int block, int row, int unit) {
    float sum = h.at(row, unit);
    for (int gate = 0; gate < 3; gate++) {
      for (int k = 0; k < h.columns; k++) {
        sum =
            Math.fma(
                z.get(row, (gate + 1) * block + k), weights.at(gate * h.columns + k, unit), sum);
      }
    }
    return sum;
  }

  /// Large enough that work is split, in slices that divide neither rows nor tiles.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void anyNumberOfThreadsGivesTheSameBits(int count) {
    var random = new Random(6);
    for (int m : new int[] {12, 61, 121}) {
      int n = 127;
      int k = 400;
      var product =
          Case.of(
              Matrix.random(m, k, random),
              Matrix.random(k, n, random),
              Matrix.random(m, n, random),
              false);
      try (var threads = Threads.of(count);
          var arena = Arena.ofShared()) {
        assertEquals(count, threads.count());
        for (var gemm : List.of(new ScalarGemm(), new VectorGemm())) {
          var parallel = new Parallel(gemm, threads);
          var a = product.framed(arena, product.a).tensor();
          var b = product.framed(arena, product.b).tensor();
          var target = product.framed(arena, product.c);
          parallel.multiply(a, product.pack(gemm, arena, true), target.tensor());
          product.assertProduct(target, product.name(gemm, "packed"));
          target = product.framed(arena, product.c);
          parallel.multiply(a, b, target.tensor());
          product.assertProduct(target, product.name(gemm, "unpacked"));
          target = product.framed(arena, product.c);
          var transposed = product.framed(arena, product.a.transposed()).tensor();
          parallel.multiplyTransposed(transposed, b, target.tensor());
          product.assertProduct(target, product.name(gemm, "multiplyTransposed"));
        }
      }
    }
  }
}
