package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
class NormalizationTest {
  private static final double EPSILON = 1e-5;

  private static final Implementations<Rows> KERNELS =
      new Implementations<>(new ScalarRows(), new VectorRows(), new DoubleRows());

  @Test
  void normalizeGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.normalize(o.source(), 1, o.columns, EPSILON, o.written(), o.written(o.rows, 1));
      var target = o.updated();
      kernel.normalize(target, 1, o.columns, 0.1, target, o.written(o.rows, 1));
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void normalizeGivesTheSameBitsOverBlocks(int blocks) {
    KERNELS.assertSameBits((kernel, o) ->
        kernel.normalize(
            o.sourceBlocks(blocks),
            blocks,
            o.columns,
            EPSILON,
            o.writtenBlocks(blocks),
            o.written(o.rows, 1)));
  }

  @Test
  void normalizeBackwardGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      var statistics = o.source(o.rows, 1);
      kernel.normalizeBackward(o.source(), statistics, 1, o.columns, o.source(), o.written());
      var first = o.updated();
      var second = o.updated();
      kernel.normalizeBackward(o.source(), statistics, 1, o.columns, first, first);
      kernel.normalizeBackward(second, statistics, 1, o.columns, o.source(), second);
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void normalizeBackwardGivesTheSameBitsOverBlocks(int blocks) {
    KERNELS.assertSameBits((kernel, o) -> {
      var y = o.sourceBlocks(blocks);
      var statistics = o.source(o.rows, 1);
      var gradient = o.sourceBlocks(blocks);
      kernel.normalizeBackward(y, statistics, blocks, o.columns, gradient, o.writtenBlocks(blocks));
      var target = o.updatedBlocks(blocks);
      kernel.normalizeBackward(y, statistics, blocks, o.columns, target, target);
    });
  }

  /// Row 1, 2, 3, 6: mean 3, squared differences 4 + 1 + 0 + 9 = 14, variance 3.5; with epsilon 0.5
  /// the deviation is 2. Gradient 1, 0, 2, 5 on the way back: its mean is 2, its mean product with
  /// y = -1, -½, 0, 1½ is (-1 + 0 + 0 + 7½)/4 = 1.625; so the elements are ½·(1 - 2 + 1.625), ½·(0
  /// - 2 + 0.8125), ½·(2 - 2), ½·(5 - 2 - 2.4375).
  @Test
  void rowsAreNormalizedAsByHand() {
    KERNELS.forEach(run -> {
      var x = run.of(row(1, 2, 3, 6), row(7, 7, 7, 7));
      var y = run.zeros(2, 4);
      var statistics = run.zeros(2, 1);
      run.kernel().normalize(x, 1, 4, 0.5, y, statistics);
      run.assertValues(y, row(-1, -0.5, 0, 1.5), row(0, 0, 0, 0));
      run.assertValues(statistics, row(0.5), row(Math.sqrt(2)));
      var gradient = run.of(row(1, 0, 2, 5), row(0, 0, 0, 4));
      run.kernel().normalizeBackward(y, statistics, 1, 4, gradient, gradient);
      double root = Math.sqrt(2);
      run.assertValues(
          gradient, row(0.3125, -0.59375, 0, 0.28125), row(-root, -root, -root, 3 * root));
    });
  }

  /// The same row as two blocks of two: nothing but where it lies changes.
  @Test
  void meanAndVarianceAreThoseOfAllBlocks() {
    KERNELS.forEach(run -> {
      var x = inBlocks(run, row(1, 2, 3, 6));
      var statistics = run.zeros(1, 1);
      run.kernel().normalize(x, 2, 2, 0.5, x, statistics);
      assertBlocks(x, row(-1, -0.5, 0, 1.5));
      run.assertValues(statistics, row(0.5));
      var gradient = inBlocks(run, row(1, 0, 2, 5));
      run.kernel().normalizeBackward(x, statistics, 2, 2, gradient, gradient);
      assertBlocks(gradient, row(0.3125, -0.59375, 0, 0.28125));
    });
  }

  private static Tensor inBlocks(Implementations.Run<Rows> run, double[] values) {
    var x = run.zeros(1, 2 * Tensor.ROW_ALIGNMENT);
    for (int i = 0; i < values.length; i++) {
      x.set(0, i / 2 * Tensor.ROW_ALIGNMENT + i % 2, values[i]);
    }
    return x;
  }

  private static void assertBlocks(Tensor actual, double[] expected) {
    for (int c = 0; c < actual.columns(); c++) {
      int inBlock = c % Tensor.ROW_ALIGNMENT;
      double e = inBlock < 2 ? expected[c / Tensor.ROW_ALIGNMENT * 2 + inBlock] : 0;
      assertEquals(e, actual.get(0, c), 1e-6, "column " + c);
    }
  }

  /// A product leaves NaN in the padding of a row whose left operand is infinite: it is not
  /// counted.
  @Test
  void whatStandsInThePaddingChangesNothing() {
    KERNELS.forEach(run -> {
      var x = inBlocks(run, row(1, 2, 3, 6));
      x.set(0, 5, Double.NaN);
      x.set(0, 31, Double.POSITIVE_INFINITY);
      var y = run.zeros(1, 32);
      y.fill(Double.NaN);
      run.kernel().normalize(x, 2, 2, 0.5, y, run.zeros(1, 1));
      assertBlocks(y, row(-1, -0.5, 0, 1.5));
    });
  }

  /// Against doubles, far from zero, where a variance taken as a difference of squares would be
  /// lost: the input itself is rounded to 2⁻¹⁴ of its spread there.
  @Test
  void normalizeIsAccurateFarFromZero() {
    int columns = 333;
    var random = new Random(11);
    float[] values = new float[columns];
    double mean = 0;
    for (int c = 0; c < columns; c++) {
      values[c] = (float) (1000 + random.nextGaussian());
      mean += values[c] / (double) columns;
    }
    double variance = 0;
    for (float value : values) {
      variance += (value - mean) * (value - mean) / columns;
    }
    double factor = 1 / StrictMath.sqrt(variance + EPSILON);
    try (var arena = Arena.ofConfined()) {
      var x = Tensor.of(arena, new float[][] {values});
      for (var kernel : List.of(KERNELS.scalar(), KERNELS.vector())) {
        var y = Tensor.allocate(arena, ElementType.FLOAT32, 1, columns);
        var statistics = Tensor.allocate(arena, ElementType.FLOAT32, 1, 1);
        kernel.normalize(x, 1, columns, EPSILON, y, statistics);
        assertEquals(factor, statistics.scalar(), 1e-6);
        for (int c = 0; c < columns; c++) {
          // the mean of floats near 1000 is within one unit in the last place, 6e-5
          assertEquals((values[c] - mean) * factor, y.get(0, c), 1.3e-4);
        }
      }
    }
  }
}
