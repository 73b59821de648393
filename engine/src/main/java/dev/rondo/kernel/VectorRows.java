package dev.rondo.kernel;

import static dev.rondo.kernel.ScalarScratch.PARTIALS;
import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// [Rows] on vectors, the operations of [ScalarRows] in the same order.
///
/// The 16 partial sums of a row are computed one vector after the other, whatever the width. A
/// chain takes every 16th element from its own start and writes its partial sums to the heap, where
/// they are folded by the scalar tree.
final class VectorRows implements Rows {
  static final int PARTIALS_BYTES = PARTIALS * Float.BYTES;

  /// Doubles of the machine's full vector width, and as many floats at half that width, which are
  /// widened to them.
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, VectorMath.shape());

  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(VectorMath.shape().vectorBitSize() / 2));

  private final ScalarRows scalar = new ScalarRows();

  @Override
  public void set(Tensor row, Tensor target) {
    assert Layout.isRowOf(row, target);
    int bytes = Layout.rowBytes(target);
    long from = row.byteOffset(0, 0);
    for (int r = 0; r < target.rows(); r++) {
      copyRow(row.segment(), from, target.segment(), target.byteOffset(r, 0), bytes);
    }
  }

  static void copyRow(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER)
          .intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void add(Tensor row, Tensor target) {
    assert Layout.isRowOf(row, target);
    int bytes = Layout.rowBytes(target);
    long from = row.byteOffset(0, 0);
    for (int r = 0; r < target.rows(); r++) {
      accumulateRow(row.segment(), from, target.segment(), target.byteOffset(r, 0), bytes);
    }
  }

  private static void accumulateRow(
      MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    VectorArithmetic.addRun(t, tAt, s, sAt, t, tAt, bytes);
  }

  @Override
  public void sumColumns(Tensor source, Tensor target) {
    assert Layout.isRowOf(target, source);
    int bytes = Layout.rowBytes(target);
    long at = target.byteOffset(0, 0);
    for (int r = 0; r < source.rows(); r++) {
      accumulateRow(source.segment(), source.byteOffset(r, 0), target.segment(), at, bytes);
    }
  }

  @Override
  public void sum(Tensor source, Tensor target) {
    assert Layout.isColumnOf(target, source);
    int bytes = Layout.rowBytes(source);
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < source.rows(); r++) {
      float sum = sumRow(source.segment(), source.byteOffset(r, 0), bytes, partials);
      ScalarScratch.set(target, r, 0, ScalarScratch.get(target, r, 0) + sum);
    }
  }

  /// The sum of one row, in 16 partial sums.
  static float sumRow(MemorySegment s, long at, int bytes, float[] partials) {
    for (int i = 0; i < PARTIALS; i += LANES) {
      sumChain(s, at + (long) i * Float.BYTES, bytes, partials, i);
    }
    return ScalarScratch.fold(partials);
  }

  private static void sumChain(MemorySegment s, long at, int bytes, float[] partials, int first) {
    var sum = FloatVector.zero(SPECIES);
    for (int i = 0; i < bytes; i += PARTIALS_BYTES) {
      long o = i;
      sum = sum.add(FloatVector.fromMemorySegment(SPECIES, s, at + o, ORDER));
    }
    sum.intoArray(partials, first);
  }

  @Override
  public void addColumn(Tensor values, Tensor target) {
    assert Layout.isColumnOf(values, target);
    int bytes = Layout.rowBytes(target);
    for (int r = 0; r < target.rows(); r++) {
      addValue(ScalarScratch.get(values, r, 0), target.segment(), target.byteOffset(r, 0), bytes);
    }
    VectorArithmetic.clearPadding(target);
  }

  private static void addValue(float value, MemorySegment t, long at, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector.fromMemorySegment(SPECIES, t, at + o, ORDER)
          .add(value)
          .intoMemorySegment(t, at + o, ORDER);
    }
  }

  @Override
  public void accumulateScaledRows(Tensor values, Tensor source, Tensor target) {
    assert Layout.same(source, target) && Layout.isColumnOf(values, target);
    int bytes = Layout.rowBytes(target);
    for (int r = 0; r < target.rows(); r++) {
      VectorArithmetic.accumulateScaledRun(
          ScalarScratch.get(values, r, 0),
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    // infinity times the zeros of the padding is NaN
    VectorArithmetic.clearPadding(target);
  }

  @Override
  public void dot(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b) && Layout.isColumnOf(target, a);
    int bytes = Layout.rowBytes(a);
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < a.rows(); r++) {
      float dot =
          dotRow(a.segment(), a.byteOffset(r, 0), b.segment(), b.byteOffset(r, 0), bytes, partials);
      ScalarScratch.set(target, r, 0, ScalarScratch.get(target, r, 0) + dot);
    }
  }

  /// The dot product of two rows, fused into 16 partial sums.
  static float dotRow(
      MemorySegment a, long aAt, MemorySegment b, long bAt, int bytes, float[] partials) {
    for (int i = 0; i < PARTIALS; i += LANES) {
      long o = (long) i * Float.BYTES;
      dotChain(a, aAt + o, b, bAt + o, bytes, partials, i);
    }
    return ScalarScratch.fold(partials);
  }

  private static void dotChain(
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int bytes,
      float[] partials,
      int first) {
    var sum = FloatVector.zero(SPECIES);
    for (int i = 0; i < bytes; i += PARTIALS_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      sum = x.fma(y, sum);
    }
    sum.intoArray(partials, first);
  }

  @Override
  public void accumulateScaledColumns(Tensor row, Tensor source, Tensor target) {
    assert Layout.same(source, target) && Layout.isRowOf(row, target);
    int bytes = Layout.rowBytes(target);
    long from = row.byteOffset(0, 0);
    for (int r = 0; r < target.rows(); r++) {
      VectorArithmetic.accumulateProductRun(
          row.segment(),
          from,
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  @Override
  public void dotColumns(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b) && Layout.isRowOf(target, a);
    int bytes = Layout.rowBytes(a);
    long at = target.byteOffset(0, 0);
    for (int r = 0; r < a.rows(); r++) {
      VectorArithmetic.accumulateProductRun(
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          at,
          bytes);
    }
  }

  @Override
  public void normalize(
      Tensor x, int blocks, int size, double epsilon, Tensor y, Tensor statistics) {
    VectorNormalization.normalize(x, blocks, size, epsilon, y, statistics);
  }

  @Override
  public void normalizeBackward(
      Tensor y, Tensor statistics, int blocks, int size, Tensor gradient, Tensor target) {
    VectorNormalization.normalizeBackward(y, statistics, blocks, size, gradient, target);
  }

  @Override
  public double sumOfSquares(Tensor source) {
    int bytes = Layout.rowBytes(source);
    double[] partials = ScalarScratch.current().squarePartials();
    double total = 0;
    for (int r = 0; r < source.rows(); r++) {
      long at = source.byteOffset(r, 0);
      for (int i = 0; i < PARTIALS; i += DOUBLES.length()) {
        squareChain(source.segment(), at + (long) i * Float.BYTES, bytes, partials, i);
      }
      total += ScalarScratch.foldSquares(partials);
    }
    return total;
  }

  private static void squareChain(
      MemorySegment s, long at, int bytes, double[] partials, int first) {
    var sum = DoubleVector.zero(DOUBLES);
    for (int i = 0; i < bytes; i += PARTIALS_BYTES) {
      long o = i;
      var x =
          (DoubleVector)
              FloatVector.fromMemorySegment(HALF, s, at + o, ORDER)
                  .convertShape(VectorOperators.F2D, DOUBLES, 0);
      sum = x.fma(x, sum);
    }
    sum.intoArray(partials, first);
  }

  @Override
  public void softmax(Tensor source, Tensor target) {
    VectorSoftmax.softmax(source, target);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor gradient, Tensor target) {
    VectorSoftmax.softmaxBackward(y, gradient, target);
  }

  @Override
  public void logSumExp(Tensor source, Tensor target) {
    VectorSoftmax.logSumExp(source, target);
  }

  @Override
  public void crossEntropy(
      Tensor logits, Tokens targets, int first, Tensor losses, Tensor gradient) {
    VectorSoftmax.crossEntropy(logits, targets, first, losses, gradient);
  }

  @Override
  public void gather(Tensor table, Tokens tokens, int first, Tensor target) {
    assert table.columns() == target.columns();
    int bytes = Layout.rowBytes(target);
    for (int r = 0; r < target.rows(); r++) {
      int token = tokens.get(first + r);
      long at = target.byteOffset(r, 0);
      if (token == Tokens.IGNORED) {
        clearRow(target.segment(), at, bytes);
        continue;
      }
      assert 0 <= token && token < table.rows() : token;
      copyRow(table.segment(), table.byteOffset(token, 0), target.segment(), at, bytes);
    }
  }

  private static void clearRow(MemorySegment t, long at, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector.zero(SPECIES).intoMemorySegment(t, at + o, ORDER);
    }
  }

  @Override
  public void scatter(Tensor source, Tokens tokens, int first, Tensor table) {
    assert table.columns() == source.columns();
    int bytes = Layout.rowBytes(table);
    for (int r = 0; r < source.rows(); r++) {
      int token = tokens.get(first + r);
      if (token == Tokens.IGNORED) {
        continue;
      }
      assert 0 <= token && token < table.rows() : token;
      copyRow(
          source.segment(),
          source.byteOffset(r, 0),
          table.segment(),
          table.byteOffset(token, 0),
          bytes);
    }
  }

  @Override
  public void scatterAdd(Tensor source, Tokens tokens, int first, Tensor table) {
    assert table.columns() == source.columns();
    int bytes = Layout.rowBytes(table);
    for (int r = 0; r < source.rows(); r++) {
      int token = tokens.get(first + r);
      if (token == Tokens.IGNORED) {
        continue;
      }
      assert 0 <= token && token < table.rows() : token;
      accumulateRow(
          source.segment(),
          source.byteOffset(r, 0),
          table.segment(),
          table.byteOffset(token, 0),
          bytes);
    }
  }

  @Override
  public void copyColumns(Tensor source, int sourceFrom, Tensor target, int targetFrom, int count) {
    scalar.copyColumns(source, sourceFrom, target, targetFrom, count);
  }

  @Override
  public void accumulateColumns(
      Tensor source, int sourceFrom, Tensor target, int targetFrom, int count) {
    assert source.rows() == target.rows();
    assert sourceFrom + count <= source.columns() && targetFrom + count <= target.columns();
    int whole = count & -LANES;
    for (int r = 0; r < target.rows(); r++) {
      accumulateRow(
          source.segment(),
          source.byteOffset(r, sourceFrom),
          target.segment(),
          target.byteOffset(r, targetFrom),
          whole * Float.BYTES);
      accumulateEnd(
          source.segment(),
          source.byteOffset(r, sourceFrom + whole),
          target.segment(),
          target.byteOffset(r, targetFrom + whole),
          count - whole);
    }
  }

  private static void accumulateEnd(
      MemorySegment s, long sAt, MemorySegment t, long tAt, int count) {
    for (int i = 0; i < count; i++) {
      long o = (long) i * Float.BYTES;
      t.set(JAVA_FLOAT, tAt + o, t.get(JAVA_FLOAT, tAt + o) + s.get(JAVA_FLOAT, sAt + o));
    }
  }

  @Override
  public void accumulateTransposed(Tensor source, Tensor target) {
    VectorTranspose.accumulate(source, target);
  }
}
