package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class RowsTest {
  private static final Implementations<Rows> KERNELS =
      new Implementations<>(new ScalarRows(), new VectorRows(), new DoubleRows());

  @Test
  void setGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.set(o.source(1, o.columns), o.written()));
  }

  @Test
  void addGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.add(o.source(1, o.columns), o.updated()));
  }

  @Test
  void sumColumnsGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.sumColumns(o.source(), o.updated(1, o.columns)));
  }

  @Test
  void sumGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.sum(o.source(), o.updated(o.rows, 1)));
  }

  @Test
  void addColumnGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.addColumn(o.source(o.rows, 1), o.updated()));
  }

  @Test
  void accumulateScaledRowsGivesTheSameBits() {
    KERNELS.assertSameBits(
        (kernel, o) -> kernel.accumulateScaledRows(o.source(o.rows, 1), o.source(), o.updated()));
  }

  @Test
  void dotGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.dot(o.source(), o.source(), o.updated(o.rows, 1));
      var same = o.source();
      kernel.dot(same, same, o.updated(o.rows, 1));
    });
  }

  @Test
  void accumulateScaledColumnsGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.accumulateScaledColumns(o.source(1, o.columns), o.source(), o.updated());
      var target = o.updated();
      kernel.accumulateScaledColumns(o.source(1, o.columns), target, target);
    });
  }

  @Test
  void dotColumnsGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.dotColumns(o.source(), o.source(), o.updated(1, o.columns));
      var same = o.source();
      kernel.dotColumns(same, same, o.updated(1, o.columns));
    });
  }

  @Test
  void sumOfSquaresGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> o.result(kernel.sumOfSquares(o.source())));
  }

  @Test
  void gatherGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.gather(o.source(7, o.columns), o.tokens(0, 7, false), 0, o.written());
      kernel.gather(o.source(7, o.columns), o.tokens(3, 7, true), 3, o.written());
    });
  }

  @Test
  void scatterGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.scatter(o.source(), o.tokens(0, 7, false), 0, o.updated(7, o.columns));
      kernel.scatter(o.source(), o.tokens(2, 7, true), 2, o.updated(7, o.columns));
    });
  }

  @Test
  void scatterAddGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.scatterAdd(o.source(), o.tokens(0, 3, false), 0, o.updated(3, o.columns));
      kernel.scatterAdd(o.source(), o.tokens(2, 7, true), 2, o.updated(7, o.columns));
    });
  }

  @Test
  void copyColumnsGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.copyColumns(o.source(), 0, o.updated(), 0, o.columns);
      kernel.copyColumns(o.source(), 0, o.updated(o.rows, o.columns + 7), 5, o.columns);
      kernel.copyColumns(o.source(), o.columns / 3, o.updated(), 0, o.columns / 2);
    });
  }

  @Test
  void accumulateColumnsGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.accumulateColumns(o.source(), 0, o.updated(), 0, o.columns);
      kernel.accumulateColumns(o.source(), 0, o.updated(o.rows, o.columns + 7), 5, o.columns);
      kernel.accumulateColumns(o.source(), o.columns / 3, o.updated(), 0, o.columns / 2);
    });
  }

  @Test
  void accumulateTransposedGivesTheSameBits() {
    KERNELS.assertSameBits(
        (kernel, o) -> kernel.accumulateTransposed(o.source(), o.updated(o.columns, o.rows)));
  }

  /// Written a second time, from the contract: element c goes to partial c mod 16; partial i takes
  /// i + 8, then i + 4, i + 2, i + 1.
  @Test
  void sumsRunInSixteenPartialsFoldedInAFixedTree() {
    int columns = 77;
    var random = new Random(5);
    float[] a = new float[columns];
    float[] b = new float[columns];
    float[] sums = new float[16];
    float[] dots = new float[16];
    double[] squares = new double[16];
    for (int c = 0; c < columns; c++) {
      a[c] = (float) random.nextGaussian();
      b[c] = (float) random.nextGaussian();
      sums[c % 16] += a[c];
      dots[c % 16] = Math.fma(a[c], b[c], dots[c % 16]);
      squares[c % 16] = Math.fma((double) a[c], a[c], squares[c % 16]);
    }
    for (int width = 8; width >= 1; width /= 2) {
      for (int i = 0; i < width; i++) {
        sums[i] += sums[i + width];
        dots[i] += dots[i + width];
        squares[i] += squares[i + width];
      }
    }
    try (var arena = Arena.ofConfined()) {
      var x = Tensor.of(arena, new float[][] {a});
      var y = Tensor.of(arena, new float[][] {b});
      for (var kernel : List.of(KERNELS.scalar(), KERNELS.vector())) {
        var t = Tensor.allocate(arena, ElementType.FLOAT32, 1, 1);
        kernel.sum(x, t);
        assertEquals(sums[0], (float) t.scalar());
        t.clear();
        kernel.dot(x, y, t);
        assertEquals(dots[0], (float) t.scalar());
        assertEquals(squares[0], kernel.sumOfSquares(x));
      }
    }
  }

  @Test
  void sumOfSquaresHoldsWhatFloatsCannot() {
    try (var arena = Arena.ofConfined()) {
      var x = Tensor.of(arena, new float[][] {{1e30f, 2e-30f}, {0f, -1e30f}});
      for (var kernel : List.of(KERNELS.scalar(), KERNELS.vector())) {
        double square = (double) 1e30f * 1e30f;
        assertEquals(2 * square, kernel.sumOfSquares(x));
      }
    }
  }

  @Test
  void biasesAndSumsComputeWhatTheySay() {
    KERNELS.forEach(run -> {
      var t = run.zeros(2, 3);
      run.kernel().set(run.of(row(1, 2, 3)), t);
      run.assertValues(t, row(1, 2, 3), row(1, 2, 3));
      run.kernel().add(run.of(row(10, 20, -3)), t);
      run.assertValues(t, row(11, 22, 0), row(11, 22, 0));
      run.kernel().addColumn(run.of(row(1), row(-1)), t);
      run.assertValues(t, row(12, 23, 1), row(10, 21, -1));

      var columnSums = run.of(row(100, 0, 0));
      run.kernel().sumColumns(t, columnSums);
      run.assertValues(columnSums, row(122, 44, 0));

      var rowSums = run.of(row(1), row(2));
      run.kernel().sum(t, rowSums);
      run.assertValues(rowSums, row(37), row(32));

      run.kernel().accumulateScaledRows(run.of(row(2), row(-1)), t, t);
      run.assertValues(t, row(36, 69, 3), row(0, 0, 0));

      run.kernel()
          .accumulateScaledColumns(run.of(row(2, 0, -1)), run.of(row(1, 2, 3), row(4, 5, 6)), t);
      run.assertValues(t, row(38, 69, 0), row(8, 0, -6));
      // 100 + 38 + 8·2, 69·2, -6·(-1)
      var columnDots = run.of(row(100, 0, 0));
      run.kernel().dotColumns(t, run.of(row(1, 2, 3), row(2, 1, -1)), columnDots);
      run.assertValues(columnDots, row(154, 138, 6));

      var dots = run.of(row(5), row(7));
      run.kernel()
          .dot(run.of(row(1, 2, 3), row(4, 5, 6)), run.of(row(1, 0, 2), row(2, 1, 0)), dots);
      run.assertValues(dots, row(12), row(20));
      assertEquals(91, run.kernel().sumOfSquares(run.of(row(1, 2, 3), row(4, 5, 6))));
    });
  }

  @Test
  void rowsAreGatheredAndScatteredByToken() {
    KERNELS.forEach(run -> {
      var table = run.of(row(1, 2), row(3, 4), row(5, 6));
      var tokens = Tokens.of(run.arena(), new int[][] {{0, 0}, {2, 1}, {2, 0}});
      var gathered = run.zeros(4, 2);
      run.kernel().gather(table, tokens, 2, gathered);
      run.assertValues(gathered, row(5, 6), row(3, 4), row(5, 6), row(1, 2));

      run.kernel().scatterAdd(gathered, tokens, 2, table);
      run.assertValues(table, row(2, 4), row(6, 8), row(15, 18));
    });
  }

  @Test
  void rowsAreSetByTokenAndIgnoredTokensHaveNone() {
    KERNELS.forEach(run -> {
      var table = run.of(row(1, 2), row(3, 4), row(5, 6));
      var tokens = Tokens.of(run.arena(), new int[][] {{2}, {Tokens.IGNORED}, {0}});
      var gathered = run.of(row(7, 7), row(7, 7), row(7, 7));
      run.kernel().gather(table, tokens, 0, gathered);
      run.assertValues(gathered, row(5, 6), row(0, 0), row(1, 2));

      run.kernel().scatter(run.of(row(7, 8), row(9, 9), row(-1, 0)), tokens, 0, table);
      run.assertValues(table, row(-1, 0), row(3, 4), row(7, 8));

      run.kernel().scatterAdd(run.of(row(1, 1), row(9, 9), row(1, 1)), tokens, 0, table);
      run.assertValues(table, row(0, 1), row(3, 4), row(8, 9));
    });
  }

  @Test
  void columnsMoveToWhereTheyAreTold() {
    KERNELS.forEach(run -> {
      var source = run.of(row(1, 2, 3), row(4, 5, 6));
      var t = run.of(row(10, 20, 30, 40), row(50, 60, 70, 80));
      run.kernel().copyColumns(source, 1, t, 2, 2);
      run.assertValues(t, row(10, 20, 2, 3), row(50, 60, 5, 6));
      run.kernel().accumulateColumns(source, 0, t, 1, 3);
      run.assertValues(t, row(10, 21, 4, 6), row(50, 64, 10, 12));

      var transposed = run.of(row(100, 0), row(0, 0), row(0, 0));
      run.kernel().accumulateTransposed(source, transposed);
      run.assertValues(transposed, row(101, 4), row(2, 5), row(3, 6));
    });
  }
}
