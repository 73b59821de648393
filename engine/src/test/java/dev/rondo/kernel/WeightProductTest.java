package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every product with stored weights against one chain of `Math.fma` an element, bit for bit.
@Tag("kernel")
class WeightProductTest {
  /// Around lanes, panels of one to four vectors at each width, blocks of 512, and primes.
  private static final int[] COLUMNS = {
    1, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 101, 127, 128, 129, 130, 193, 521
  };

  /// Around the four rows that pass over a panel together.
  private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 33};

  private static final int[] DEPTHS = {1, 2, 15, 16, 17, 33, 64, 67, 127};

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

  /// Products of one backend with weights in one format.
  record Kernel(Plan plan, Gemm gemm, WeightFormat format, String name) {
    static Kernel of(Backend backend, WeightFormat format) {
      var plan = new Plan(backend, format);
      return new Kernel(plan, plan.backend().gemm(), format, backend.name() + ", " + format);
    }

    /// Runs what would be noted.
    void run(Runnable products) {
      plan.now(() -> {
        products.run();
        return null;
      });
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Kernel> kernels() {
    return Stream.of(WeightFormat.values()).flatMap(WeightProductTest::kernels);
  }

  private static Stream<Kernel> kernels(WeightFormat format) {
    return Stream.of(Backend.scalar(Threads.one()), Backend.vector(Threads.one()))
        .map(backend -> Kernel.of(backend, format));
  }

  private static float[][] matrix(int rows, int columns, IntToDoubleFunction values) {
    var matrix = new float[rows][columns];
    for (int i = 0; i < rows * columns; i++) {
      matrix[i / columns][i % columns] = (float) values.applyAsDouble(i);
    }
    return matrix;
  }

  private static float[][] gaussian(int rows, int columns, Random random) {
    return matrix(rows, columns, _ -> random.nextGaussian());
  }

  /// One element in `oneIn` is one of the first `kinds` special ones.
  private static float[][] special(int rows, int columns, Random random, int oneIn, int kinds) {
    return matrix(
        rows,
        columns,
        _ -> random.nextInt(oneIn) == 0 ? SPECIAL[random.nextInt(kinds)] : random.nextGaussian());
  }

  /// One product: C starts from `c` and A is multiplied with the rows of `weights`.
  private static final class Case {
    final float[][] a; // [m, k]
    final float[][] weights; // [n, k]
    final float[][] c; // [m, n]
    final boolean views;

    Case(float[][] a, float[][] weights, float[][] c, boolean views) {
      this.a = a;
      this.weights = weights;
      this.c = c;
      this.views = views;
    }

    int depth() {
      return weights[0].length;
    }

    int columns() {
      return weights.length;
    }

    private Framed framed(Arena arena, float[][] matrix) {
      return Framed.of(arena, matrix.length, matrix[0].length, views, (r, c) -> matrix[r][c]);
    }

    String name(Kernel kernel, String form) {
      return "%s, %s, m %d, n %d, k %d%s"
          .formatted(kernel, form, a.length, columns(), depth(), views ? ", views" : "");
    }

    /// Every output's weights as they are stored.
    private float[][] stored(WeightFormat format) {
      var stored = new float[columns()][depth()];
      for (int n = 0; n < columns(); n++) {
        float scale = scale(weights[n]);
        for (int k = 0; k < depth(); k++) {
          stored[n][k] =
              switch (format) {
                case FLOAT32 -> weights[n][k];
                case BFLOAT16 -> Nearest.bfloat16(weights[n][k]);
                case INT8 ->
                    scale == 0
                        ? 0
                        : Math.clamp(Math.round(Math.rint(weights[n][k] / scale)), -127, 127);
              };
        }
      }
      return stored;
    }

    /// The independent reference: k in order over stored weights.
    float expected(WeightFormat format, float[] stored, float start, int row, int column) {
      float sum = format == WeightFormat.INT8 ? 0 : start;
      for (int k = 0; k < stored.length; k++) {
        sum = Math.fma(a[row][k], stored[k], sum);
      }
      return format == WeightFormat.INT8 ? Math.fma(sum, scale(weights[column]), start) : sum;
    }

    /// Of the gate whose block a column is in; the first block has none.
    float gate(WeightFormat format, float start, int row, int column, int block) {
      int output = (column / block - 1) * depth() + column % block;
      return expected(format, stored(format)[output], start, row, output);
    }

    private static float scale(float[] weights) {
      float largest = 0;
      for (float weight : weights) {
        largest = Math.max(largest, Math.abs(weight));
      }
      return largest / 127;
    }

    /// In two parts, the second of which starts anywhere and is packed first.
    private PackedMatrix pack(Kernel kernel, Arena arena) {
      int rows = PackedMatrix.storageRows(kernel.gemm, depth(), columns());
      var storage = Framed.of(arena, rows, Tensor.ROW_ALIGNMENT, false, (_, _) -> 0);
      var packed = PackedMatrix.of(kernel.gemm, storage.tensor(), depth(), columns());
      var source = framed(arena, weights).tensor();
      int half = columns() / 2;
      kernel.gemm.packTransposed(source.rows(half, columns() - half), packed, half);
      kernel.gemm.packTransposed(source.rows(0, half), packed, 0);
      storage.assertFrameUntouched(name(kernel, "packed"));
      return packed;
    }

    void check(Kernel kernel) {
      try (var arena = Arena.ofConfined()) {
        var packed = pack(kernel, arena);
        var left = framed(arena, a).tensor();
        var target = framed(arena, c);
        kernel.run(() -> kernel.gemm.multiply(left, packed, target.tensor()));
        assertProduct(kernel, target, (r, n) -> c[r][n], name(kernel, "C += A·B"));
        // what the target held before must not matter, nor its padding
        var start = framed(arena, new float[][] {c[0]}).tensor();
        var other = framed(arena, c);
        for (int r = 0; r < c.length; r++) {
          long bytes = (long) Tensor.padded(columns()) * Float.BYTES;
          var row = other.tensor().segment().asSlice(other.tensor().byteOffset(r, 0), bytes);
          row.fill((byte) 0xFF);
        }
        kernel.run(() -> kernel.gemm.multiply(start, left, packed, other.tensor()));
        assertProduct(kernel, other, (_, n) -> c[0][n], name(kernel, "C = start + A·B"));
      }
    }

    /// In A a value that is not finite makes a NaN with the zeros in the padding of B, in its own
    /// row of C.
    private void assertProduct(Kernel kernel, Framed target, Framed.Values start, String where) {
      target.assertFrameUntouched(where);
      var stored = stored(kernel.format);
      for (int r = 0; r < c.length; r++) {
        target.assertRow(
            r, (row, n) -> expected(kernel.format, stored[n], start.at(row, n), row, n), where);
        if (isFinite(a[r])) {
          target.assertPaddingIsZero(r, where);
        }
      }
    }

    private static boolean isFinite(float[] row) {
      for (float value : row) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
      return true;
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyElementIsOneChain(Kernel kernel) {
    var random = new Random(1);
    for (int i = 0; i < COLUMNS.length; i++) {
      for (int j = i % 2; j < ROWS.length; j += 2) {
        int n = COLUMNS[i];
        int k = DEPTHS[(i + j) % DEPTHS.length];
        int m = ROWS[j];
        new Case(
                gaussian(m, k, random),
                gaussian(n, k, random),
                gaussian(m, n, random),
                (i + j / 2) % 2 == 0)
            .check(kernel);
      }
    }
  }

  /// What is not finite in the inputs and in the start goes through, whatever the weights' format;
  /// in the weights too where the format has a place for it.
  @ParameterizedTest
  @MethodSource("kernels")
  void nanInfinityAndMinusZeroGoThroughTheChain(Kernel kernel) {
    var random = new Random(2);
    int weightKinds = kernel.format == WeightFormat.INT8 ? 7 : SPECIAL.length;
    for (int m : new int[] {1, 4, 7}) {
      for (int n : new int[] {1, 15, 17, 33, 65}) {
        for (int oneIn : new int[] {3, 40}) {
          new Case(
                  special(m, 21, random, oneIn, SPECIAL.length),
                  special(n, 21, random, oneIn, weightKinds),
                  special(m, n, random, oneIn, SPECIAL.length),
                  n % 2 == 0)
              .check(kernel);
        }
      }
    }
  }

  /// An output whose weights are all zero, or too small for a scale, is its start.
  @ParameterizedTest
  @MethodSource("kernels")
  void outputsWithoutWeightsAreWhatTheyStartFrom(Kernel kernel) {
    var random = new Random(3);
    int n = 67;
    var weights = gaussian(n, 19, random);
    for (int column = 0; column < n; column += 3) {
      float value = column % 2 == 0 ? -0f : Float.MIN_VALUE;
      weights[column] = matrix(1, 19, _ -> value)[0];
    }
    for (int m : new int[] {1, 5}) {
      new Case(gaussian(m, 19, random), weights, gaussian(m, n, random), false).check(kernel);
    }
  }

  /// As a GRU uses it: the product of the state goes to the last three of four blocks of gates,
  /// each padded by itself.
  @ParameterizedTest
  @MethodSource("kernels")
  void aProductReachesItsGatesAndNoOthers(Kernel kernel) {
    var random = new Random(4);
    for (int hiddenSize : new int[] {3, 16, 17, 33}) {
      int block = Tensor.padded(hiddenSize);
      for (int rows : new int[] {1, 6}) {
        gates(kernel, random, rows, hiddenSize, block);
      }
    }
  }

  private static void gates(Kernel kernel, Random random, int rows, int hiddenSize, int block) {
    var h = gaussian(rows, hiddenSize, random);
    var weights = gaussian(3 * hiddenSize, hiddenSize, random);
    var before = gaussian(rows, 4 * block, random);
    var reference = new Case(h, weights, before, true);
    Framed.Values start = (r, c) -> c % block >= hiddenSize ? 0f : before[r][c];
    try (var arena = Arena.ofConfined()) {
      var z = Framed.of(arena, rows, 4 * block, true, start);
      var state = reference.framed(arena, h).tensor();
      var source = reference.framed(arena, weights).tensor();
      int storage = PackedMatrix.storageRows(kernel.gemm, hiddenSize, 3 * block);
      var packed =
          PackedMatrix.of(
              kernel.gemm,
              Framed.of(arena, storage, Tensor.ROW_ALIGNMENT, false, (_, _) -> 0).tensor(),
              hiddenSize,
              3 * block);
      for (int gate = 0; gate < 3; gate++) {
        kernel.gemm.packTransposed(
            source.rows(gate * hiddenSize, hiddenSize), packed, gate * block);
      }
      kernel.run(() -> kernel.gemm.multiply(state, packed, z.tensor().columns(block, 3 * block)));
      String where = "%s, hidden %d, rows %d".formatted(kernel, hiddenSize, rows);
      z.assertFrameUntouched(where);
      for (int r = 0; r < rows; r++) {
        z.assertRow(
            r,
            (row, c) ->
                c < block || c % block >= hiddenSize
                    ? start.at(row, c)
                    : reference.gate(kernel.format, start.at(row, c), row, c, block),
            where);
      }
    }
  }

  /// Float32 weights have the bits of the products that train.
  @ParameterizedTest
  @ValueSource(ints = {1, 17, 130})
  void float32WeightsGiveTheBitsOfGemm(int columns) {
    var random = new Random(5);
    var product =
        new Case(
            gaussian(9, 65, random),
            gaussian(columns, 65, random),
            gaussian(9, columns, random),
            true);
    for (var backend :
        new Backend[] {Backend.scalar(Threads.one()), Backend.vector(Threads.one())}) {
      try (var arena = Arena.ofConfined()) {
        var gemm = backend.gemm();
        int rows = PackedMatrix.storageRows(gemm, 65, columns);
        var storage = Framed.of(arena, rows, Tensor.ROW_ALIGNMENT, false, (_, _) -> 0).tensor();
        var packed = PackedMatrix.of(gemm, storage, 65, columns);
        gemm.packTransposed(product.framed(arena, product.weights).tensor(), packed, 0);
        var target = product.framed(arena, product.c);
        gemm.multiply(product.framed(arena, product.a).tensor(), packed, target.tensor());
        for (int r = 0; r < 9; r++) {
          target.assertRow(
              r,
              (row, n) ->
                  product.expected(
                      WeightFormat.FLOAT32, product.weights[n], product.c[row][n], row, n),
              backend.name());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aWeightThatIsNotFiniteIsRefusedWhereThereIsNoPlaceForIt(WeightFormat format) {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      var weights = matrix(3, 2, i -> i == 5 ? value : i);
      var product = new Case(matrix(1, 2, _ -> 1), weights, matrix(1, 3, _ -> 0), false);
      kernels(format)
          .forEach(kernel -> {
            if (format == WeightFormat.INT8) {
              var e = assertThrows(IllegalArgumentException.class, () -> product.check(kernel));
              assertEquals(
                  "weights must be finite to be stored as int8, one was " + value, e.getMessage());
            } else {
              product.check(kernel);
            }
          });
    }
  }
}
