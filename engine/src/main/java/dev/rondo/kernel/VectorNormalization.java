package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The part of [VectorRows] that normalizes rows, as [ScalarNormalization] does.
final class VectorNormalization {
  private VectorNormalization() {}

  static void normalize(
      Tensor x, int blocks, int size, double epsilon, Tensor y, Tensor statistics) {
    assert epsilon > 0 : epsilon;
    assert Layout.same(x, y) && Layout.isBlocks(x, blocks, size);
    assert Layout.isColumnOf(statistics, x);
    int bytes = Layout.rowBytes(y);
    int count = blocks * size;
    float[] partials = ScalarScratch.current().partials();
    var t = y.segment();
    for (int r = 0; r < y.rows(); r++) {
      long at = y.byteOffset(r, 0);
      VectorRows.copyRow(x.segment(), x.byteOffset(r, 0), t, at, bytes);
      clearPadding(t, at, blocks, size);
      subtract(VectorRows.sumRow(t, at, bytes, partials) / count, t, at, bytes);
      clearPadding(t, at, blocks, size);
      float squares = VectorRows.dotRow(t, at, t, at, bytes, partials);
      float factor = ScalarNormalization.reciprocalDeviation(squares, count, epsilon);
      VectorArithmetic.scaleRun(factor, t, at, t, at, bytes);
      clearPadding(t, at, blocks, size);
      VectorSoftmax.setColumn(statistics, r, factor);
    }
  }

  private static void subtract(float value, MemorySegment t, long at, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector.fromMemorySegment(SPECIES, t, at + o, ORDER)
          .sub(value)
          .intoMemorySegment(t, at + o, ORDER);
    }
  }

  static void normalizeBackward(
      Tensor y, Tensor statistics, int blocks, int size, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target) && Layout.isBlocks(y, blocks, size);
    assert Layout.isColumnOf(statistics, y);
    int bytes = Layout.rowBytes(y);
    int count = blocks * size;
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < y.rows(); r++) {
      long yAt = y.byteOffset(r, 0);
      long gAt = gradient.byteOffset(r, 0);
      long at = target.byteOffset(r, 0);
      float mean = VectorRows.sumRow(gradient.segment(), gAt, bytes, partials) / count;
      float along =
          VectorRows.dotRow(gradient.segment(), gAt, y.segment(), yAt, bytes, partials) / count;
      backwardRow(
          y.segment(),
          yAt,
          gradient.segment(),
          gAt,
          mean,
          along,
          ScalarScratch.get(statistics, r, 0),
          target.segment(),
          at,
          bytes);
      clearPadding(target.segment(), at, blocks, size);
    }
  }

  private static void backwardRow(
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      float mean,
      float along,
      float factor,
      MemorySegment t,
      long tAt,
      int bytes) {
    var f = FloatVector.broadcast(SPECIES, factor);
    var a = FloatVector.broadcast(SPECIES, -along);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      f.mul(a.fma(v, d.sub(mean))).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void clearPadding(MemorySegment t, long at, int blocks, int size) {
    int padded = Tensor.padded(size);
    for (int block = 0; block < blocks; block++) {
      VectorArithmetic.clearPadding(t, at + (long) block * padded * Float.BYTES, size);
    }
  }
}
