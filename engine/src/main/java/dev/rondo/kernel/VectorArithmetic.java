package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// [Arithmetic] on vectors, the operations of [ScalarArithmetic] in the same order.
///
/// Every operation has an outer method that resolves tensors to addresses, and a small loop over
/// one run of vectors that the compiler keeps in registers.
final class VectorArithmetic implements Arithmetic {
  static final int VECTOR_BYTES = LANES * Float.BYTES;

  @Override
  public void copy(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      MemorySegment.copy(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int runs = Layout.runs(a, b, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      addRun(
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  static void addRun(
      MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      x.add(y).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void subtract(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int runs = Layout.runs(a, b, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      subtractRun(
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void subtractRun(
      MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      x.sub(y).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int runs = Layout.runs(a, b, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      multiplyRun(
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void multiplyRun(
      MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      x.mul(y).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void divide(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int runs = Layout.runs(a, b, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      divideRun(
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    clearPadding(target);
  }

  private static void divideRun(
      MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      x.div(y).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void scale(double factor, Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    float f = (float) factor;
    for (int r = 0; r < runs; r++) {
      scaleRun(
          f,
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    clearUnlessFinite(f, target);
  }

  static void scaleRun(
      float factor, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var f = FloatVector.broadcast(SPECIES, factor);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      f.mul(x).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void accumulate(Tensor source, Tensor target) {
    add(target, source, target);
  }

  @Override
  public void accumulateScaled(double factor, Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    float f = (float) factor;
    for (int r = 0; r < runs; r++) {
      accumulateScaledRun(
          f,
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    clearUnlessFinite(f, target);
  }

  static void accumulateScaledRun(
      float factor, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var f = FloatVector.broadcast(SPECIES, factor);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      f.fma(x, sum).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  // infinity times the zeros of the padding is NaN
  private static void clearUnlessFinite(float factor, Tensor target) {
    if (!Float.isFinite(factor)) {
      clearPadding(target);
    }
  }

  @Override
  public void accumulateProduct(Tensor a, Tensor b, Tensor target) {
    assert Layout.same(a, b, target);
    int runs = Layout.runs(a, b, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      accumulateProductRun(
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  static void accumulateProductRun(
      MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      x.fma(y, sum).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void clamp(double limit, Tensor source, Tensor target) {
    assert limit >= 0 : limit;
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    float high = (float) limit;
    for (int r = 0; r < runs; r++) {
      clampRun(
          high,
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void clampRun(
      float limit, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var high = FloatVector.broadcast(SPECIES, limit);
    var low = FloatVector.broadcast(SPECIES, -limit);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      x.max(low).min(high).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void clampBackward(double limit, Tensor y, Tensor gradient, Tensor target) {
    assert limit >= 0 : limit;
    assert Layout.same(y, gradient, target);
    int runs = Layout.runs(y, gradient, target);
    int bytes = Layout.runBytes(target, runs);
    float high = (float) limit;
    for (int r = 0; r < runs; r++) {
      clampBackwardRun(
          high,
          y.segment(),
          y.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void clampBackwardRun(
      float limit,
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.blend(0f, v.abs().compare(VectorOperators.GE, limit)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void oneMinus(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      oneMinusRun(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    clearPadding(target);
  }

  private static void oneMinusRun(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      one.sub(x).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void settle(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      settleRun(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void settleRun(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      VectorMath.flush(x).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void select(Tensor condition, Tensor a, Tensor b, Tensor target) {
    assert Layout.same(condition, a, b, target);
    int runs = Layout.runs(condition, a, b, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      selectRun(
          condition.segment(),
          condition.byteOffset(r, 0),
          a.segment(),
          a.byteOffset(r, 0),
          b.segment(),
          b.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void selectRun(
      MemorySegment condition,
      long conditionAt,
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, condition, conditionAt + o, ORDER);
      var x = FloatVector.fromMemorySegment(SPECIES, a, aAt + o, ORDER);
      var y = FloatVector.fromMemorySegment(SPECIES, b, bAt + o, ORDER);
      y.blend(x, w.compare(VectorOperators.NE, 0f)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void dropout(Tensor source, Tensor target, double keep, long key, long counter) {
    VectorDropout.dropout(source, target, keep, key, counter);
  }

  @Override
  public void accumulateDropout(Tensor source, Tensor target, double keep, long key, long counter) {
    VectorDropout.accumulateDropout(source, target, keep, key, counter);
  }

  /// Sets the padding of every row to zero, whatever it holds.
  static void clearPadding(Tensor target) {
    if (target.columns() % Tensor.ROW_ALIGNMENT == 0) {
      return;
    }
    for (int r = 0; r < target.rows(); r++) {
      clearPadding(target.segment(), target.byteOffset(r, 0), target.columns());
    }
  }

  /// Sets the padding of the row of `columns` elements at `at` to zero.
  static void clearPadding(MemorySegment t, long at, int columns) {
    int padded = Tensor.padded(columns);
    for (int c = columns & -LANES; c < padded; c += LANES) {
      long o = (long) c * Float.BYTES;
      var x = FloatVector.fromMemorySegment(SPECIES, t, at + o, ORDER);
      FloatVector.zero(SPECIES)
          .blend(x, SPECIES.indexInRange(c, columns))
          .intoMemorySegment(t, at + o, ORDER);
    }
  }
}
