package dev.rondo.kernel;

import static dev.rondo.kernel.Implementations.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
class ArithmeticTest {
  private static final Implementations<Arithmetic> KERNELS =
      new Implementations<>(new ScalarArithmetic(), new VectorArithmetic(), new DoubleArithmetic());

  @Test
  void copyGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.copy(o.source(), o.written()));
  }

  @Test
  void addGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.add(o.source(), o.source(), o.written()));
  }

  @Test
  void addGivesTheSameBitsInPlace() {
    KERNELS.assertSameBits((kernel, o) -> {
      var first = o.updated();
      var second = o.updated();
      kernel.add(first, o.source(), first);
      kernel.add(o.source(), second, second);
      kernel.add(second, second, second);
    });
  }

  @Test
  void subtractGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.subtract(o.source(), o.source(), o.written()));
  }

  @Test
  void subtractGivesTheSameBitsInPlace() {
    KERNELS.assertSameBits((kernel, o) -> {
      var first = o.updated();
      var second = o.updated();
      kernel.subtract(first, o.source(), first);
      kernel.subtract(o.source(), second, second);
    });
  }

  @Test
  void multiplyGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.multiply(o.source(), o.source(), o.written()));
  }

  @Test
  void multiplyGivesTheSameBitsInPlace() {
    KERNELS.assertSameBits((kernel, o) -> {
      var target = o.updated();
      kernel.multiply(target, o.source(), target);
      kernel.multiply(target, target, target);
    });
  }

  @Test
  void divideGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> kernel.divide(o.source(), o.source(), o.written()));
  }

  @Test
  void divideGivesTheSameBitsInPlace() {
    KERNELS.assertSameBits((kernel, o) -> {
      var first = o.updated();
      var second = o.updated();
      kernel.divide(first, o.source(), first);
      kernel.divide(o.source(), second, second);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -0.3, 1e-40, 1e300, Double.NEGATIVE_INFINITY, Double.NaN})
  void scaleGivesTheSameBits(double factor) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.scale(factor, o.source(), o.written());
      var target = o.updated();
      kernel.scale(factor, target, target);
    });
  }

  @Test
  void accumulateGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.accumulate(o.source(), o.updated());
      var target = o.updated();
      kernel.accumulate(target, target);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -0.3, 1e-40, 1e300, Double.NEGATIVE_INFINITY, Double.NaN})
  void accumulateScaledGivesTheSameBits(double factor) {
    KERNELS.assertSameBits((kernel, o) -> kernel.accumulateScaled(factor, o.source(), o.updated()));
  }

  @Test
  void accumulateProductGivesTheSameBits() {
    KERNELS.assertSameBits(
        (kernel, o) -> kernel.accumulateProduct(o.source(), o.source(), o.updated()));
  }

  @Test
  void accumulateProductGivesTheSameBitsInPlace() {
    KERNELS.assertSameBits((kernel, o) -> {
      var first = o.updated();
      var second = o.updated();
      kernel.accumulateProduct(first, o.source(), first);
      kernel.accumulateProduct(o.source(), second, second);
      kernel.accumulateProduct(second, second, second);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1.7, 1e30, Double.POSITIVE_INFINITY})
  void clampBackwardGivesTheSameBits(double limit) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.clampBackward(limit, o.source(), o.source(), o.written());
      var first = o.updated();
      var second = o.updated();
      kernel.clampBackward(limit, first, o.source(), first);
      kernel.clampBackward(limit, o.source(), second, second);
      kernel.clampBackward(limit, second, second, second);
    });
  }

  @Test
  void oneMinusGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.oneMinus(o.source(), o.written());
      var target = o.updated();
      kernel.oneMinus(target, target);
    });
  }

  @Test
  void settleGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.settle(o.source(), o.written());
      var target = o.updated();
      kernel.settle(target, target);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1.7, Double.POSITIVE_INFINITY})
  void clampGivesTheSameBits(double limit) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.clamp(limit, o.source(), o.written());
      var target = o.updated();
      kernel.clamp(limit, target, target);
    });
  }

  @Test
  void selectGivesTheSameBits() {
    KERNELS.assertSameBits((kernel, o) -> {
      var condition = o.source();
      kernel.select(condition, o.source(), o.source(), o.written());
      var target = o.updated();
      kernel.select(condition, o.source(), target, target);
      kernel.select(target, target, o.source(), target);
      kernel.select(o.source(), target, o.source(), target);
      kernel.select(target, o.source(), o.source(), target);
    });
  }

  /// Each way to call it in place against the same call into a tensor of its own: equal bits of two
  /// kernels that are wrong alike would not show.
  @Test
  void targetsMayBeSources() {
    KERNELS.forEach(run -> {
      var kernel = run.kernel();
      assertInPlace(run, kernel::add);
      assertInPlace(run, kernel::subtract);
      assertInPlace(run, kernel::multiply);
      assertInPlace(run, kernel::divide);
      assertInPlace(run, (a, b, t) -> kernel.clampBackward(2, a, b, t));
      assertInPlace(run, (a, b, t) -> kernel.select(a, b, b, t));
      assertInPlace(run, (a, b, t) -> kernel.select(a, a, b, t));
      assertInPlace(run, (a, b, t) -> kernel.oneMinus(a, t));
      assertInPlace(run, (a, b, t) -> kernel.settle(b, t));
      // a + a∘b
      var a = run.of(row(1, -2, 0), row(0.5, 8, -6));
      kernel.accumulateProduct(a, run.of(row(4, 5, -6), row(2, -0.5, 3)), a);
      run.assertValues(a, row(5, -12, 0), row(1.5, 4, -24));
    });
  }

  @FunctionalInterface
  private interface Operation {
    void on(Tensor a, Tensor b, Tensor target);
  }

  private static void assertInPlace(Implementations.Run<Arithmetic> run, Operation operation) {
    double[][] first = {row(1, -2, 0), row(0.5, 8, -6)};
    double[][] second = {row(4, 5, -6), row(2, -0.5, 3)};
    var expected = run.zeros(2, 3);
    operation.on(run.of(first), run.of(second), expected);
    var a = run.of(first);
    operation.on(a, run.of(second), a);
    var b = run.of(second);
    operation.on(run.of(first), b, b);
    for (int r = 0; r < 2; r++) {
      for (int c = 0; c < 3; c++) {
        assertEquals(expected.get(r, c), a.get(r, c));
        assertEquals(expected.get(r, c), b.get(r, c));
      }
    }
  }

  // the counters around 2^32 and 2^64 carry from the low word within a row
  @ParameterizedTest
  @ValueSource(longs = {0, 0xFFFF_FFFAL, 0x7FFF_FFFAL, 0x1234_FFFF_FFFDL, -3})
  void dropoutGivesTheSameBits(long counter) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.dropout(o.source(), o.written(), 0.7, 0xFEDC_BA98_7654_3210L, counter);
      var target = o.updated();
      kernel.dropout(target, target, 0.3, -1, counter);
      kernel.accumulateDropout(o.source(), o.updated(), 0.5, 42, counter);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-300, 1})
  void dropoutGivesTheSameBitsWhereNothingAndWhereAllIsKept(double keep) {
    KERNELS.assertSameBits((kernel, o) -> {
      kernel.dropout(o.source(), o.written(), keep, 7, 9);
      kernel.accumulateDropout(o.source(), o.updated(), keep, 7, 9);
    });
  }

  @Test
  void basicOperationsComputeWhatTheySay() {
    KERNELS.forEach(run -> {
      var a = run.of(row(1, -2, 3), row(0.5, 8, -6));
      var b = run.of(row(4, 5, -6), row(2, -0.5, 3));
      var t = run.zeros(2, 3);
      run.kernel().add(a, b, t);
      run.assertValues(t, row(5, 3, -3), row(2.5, 7.5, -3));
      run.kernel().subtract(a, b, t);
      run.assertValues(t, row(-3, -7, 9), row(-1.5, 8.5, -9));
      run.kernel().multiply(a, b, t);
      run.assertValues(t, row(4, -10, -18), row(1, -4, -18));
      run.kernel().divide(a, b, t);
      run.assertValues(t, row(0.25, -0.4, -0.5), row(0.25, -16, -2));
      run.kernel().scale(-0.5, a, t);
      run.assertValues(t, row(-0.5, 1, -1.5), row(-0.25, -4, 3));
      run.kernel().accumulate(b, t);
      run.assertValues(t, row(3.5, 6, -7.5), row(1.75, -4.5, 6));
      run.kernel().accumulateScaled(2, a, t);
      run.assertValues(t, row(5.5, 2, -1.5), row(2.75, 11.5, -6));
      run.kernel().accumulateProduct(a, b, t);
      run.assertValues(t, row(9.5, -8, -19.5), row(3.75, 7.5, -24));
      run.kernel().clamp(8, t, t);
      run.assertValues(t, row(8, -8, -8), row(3.75, 7.5, -8));
      // 4 and -6 are at the limit or beyond
      run.kernel().clampBackward(4, b, a, t);
      run.assertValues(t, row(0, 0, 0), row(0.5, 8, -6));
      run.kernel().oneMinus(a, t);
      run.assertValues(t, row(0, 3, -2), row(0.5, -7, 7));
      run.kernel().copy(a, t);
      run.assertValues(t, row(1, -2, 3), row(0.5, 8, -6));
    });
  }

  @Test
  void settleTakesFloatsBelowTheSmallestStateForZero() {
    float smallest = FloatMath.SMALLEST_STATE;
    double below = Math.nextDown(smallest);
    KERNELS.forEach(run -> {
      var t = run.of(row(smallest, -smallest, below, -below, Double.NaN, -3));
      run.kernel().settle(t, t);
      double kept = run.type() == ElementType.FLOAT64 ? below : 0;
      double[] expected = {smallest, -smallest, kept, kept == 0 ? 0 : -kept, Double.NaN, -3};
      for (int c = 0; c < expected.length; c++) {
        assertEquals(expected[c], t.get(0, c), "element " + c);
      }
    });
  }

  @Test
  void clampKeepsNaN() {
    KERNELS.forEach(run -> {
      var t = run.of(row(Double.NaN, Double.POSITIVE_INFINITY));
      run.kernel().clamp(2, t, t);
      run.assertValues(t, row(Double.NaN, 2));
    });
  }

  @Test
  void selectTakesTheFirstWhereTheConditionIsNotZero() {
    KERNELS.forEach(run -> {
      var condition = run.of(row(1, 0, -0.0, -3, Double.NaN));
      var a = run.of(row(1, 2, 3, 4, 5));
      var b = run.of(row(10, 20, 30, 40, 50));
      var t = run.zeros(1, 5);
      run.kernel().select(condition, a, b, t);
      run.assertValues(t, row(1, 20, 30, 4, 5));
    });
  }

  @Test
  void dropoutKeepsWhatTheGeneratorSaysAndCountsNoPadding() {
    double keep = 0.75;
    long key = 99;
    long counter = 1_000;
    KERNELS.forEach(run -> {
      var source = run.zeros(4, 5);
      source.fill(3);
      var target = run.zeros(4, 5);
      run.kernel().dropout(source, target, keep, key, counter);
      for (int i = 0; i < 20; i++) {
        boolean kept = (CounterRandom.bits(key, counter + i) >>> 8) < keep * (1 << 24);
        assertEquals(kept ? 4 : 0, target.get(i / 5, i % 5), 1e-6, "draw " + i);
      }
    });
  }

  @Test
  void dropoutKeepsTheShareItWasTold() {
    KERNELS.forEach(run -> {
      int columns = 1 << 14;
      var source = run.zeros(1, columns);
      source.fill(1);
      var target = run.zeros(1, columns);
      run.kernel().accumulateDropout(source, target, 0.9, 5, 0);
      int kept = 0;
      for (int c = 0; c < columns; c++) {
        kept += target.get(0, c) == 0 ? 0 : 1;
      }
      // five standard deviations of the binomial
      assertEquals(0.9 * columns, kept, 5 * Math.sqrt(0.09 * columns));
    });
  }
}
