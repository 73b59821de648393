package dev.rondo.kernel;

import static dev.rondo.kernel.ScalarScratch.PARTIALS;
import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The part of [VectorRows] that takes exponentials along rows, as [ScalarSoftmax] does.
final class VectorSoftmax {
  private VectorSoftmax() {}

  static void softmax(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int columns = target.columns();
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < target.rows(); r++) {
      long from = source.byteOffset(r, 0);
      float max = max(source.segment(), from, columns);
      long at = target.byteOffset(r, 0);
      float sum =
          exponentials(source.segment(), from, max, target.segment(), at, columns, partials);
      divideBySum(target.segment(), at, sum, columns);
    }
  }

  static void softmaxBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int bytes = Layout.rowBytes(target);
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < target.rows(); r++) {
      long yAt = y.byteOffset(r, 0);
      long gradientAt = gradient.byteOffset(r, 0);
      float dot =
          VectorRows.dotRow(gradient.segment(), gradientAt, y.segment(), yAt, bytes, partials);
      softmaxBackwardRow(
          y.segment(),
          yAt,
          gradient.segment(),
          gradientAt,
          dot,
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    // an infinite sum times the zeros of the padding is NaN
    VectorArithmetic.clearPadding(target);
  }

  private static void softmaxBackwardRow(
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      float dot,
      MemorySegment t,
      long tAt,
      int bytes) {
    var s = FloatVector.broadcast(SPECIES, dot);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      v.fma(d.sub(s), sum).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  static void logSumExp(Tensor source, Tensor target) {
    assert Layout.isColumnOf(target, source);
    int columns = source.columns();
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < source.rows(); r++) {
      long at = source.byteOffset(r, 0);
      float shift = ScalarSoftmax.finiteShift(max(source.segment(), at, columns));
      for (int i = 0; i < PARTIALS; i += LANES) {
        exponentialChain(source.segment(), at, shift, columns, partials, i);
      }
      double log = StrictMath.log(ScalarScratch.fold(partials));
      setColumn(target, r, (float) (log + shift));
    }
  }

  // adds the values that softmax writes: the same partial sums, without storing the exponentials
  private static void exponentialChain(
      MemorySegment s, long at, float shift, int columns, float[] partials, int first) {
    var sum = FloatVector.zero(SPECIES);
    int c = first;
    for (; c <= columns - LANES; c += PARTIALS) {
      long o = (long) c * Float.BYTES;
      var x = FloatVector.fromMemorySegment(SPECIES, s, at + o, ORDER);
      sum = sum.add(VectorMath.exp(x.sub(shift)));
    }
    // c is now at the vector with the end of the row, or beyond it, where the mask is empty
    long o = (long) Math.min(c, Tensor.padded(columns) - LANES) * Float.BYTES;
    var x = FloatVector.fromMemorySegment(SPECIES, s, at + o, ORDER);
    sum.add(VectorMath.exp(x.sub(shift)), SPECIES.indexInRange(c, columns))
        .intoArray(partials, first);
  }

  static void crossEntropy(
      Tensor logits, Tokens targets, int first, Tensor losses, Tensor gradient) {
    assert Layout.same(logits, gradient) && Layout.isColumnOf(losses, logits);
    float[] partials = ScalarScratch.current().partials();
    for (int r = 0; r < logits.rows(); r++) {
      int t = targets.get(first + r);
      float loss = 0f;
      if (t == Tokens.IGNORED) {
        clearRow(gradient.segment(), gradient.byteOffset(r, 0), Layout.rowBytes(gradient));
      } else {
        assert 0 <= t && t < logits.columns() : t;
        loss = crossEntropy(logits, r, t, gradient, partials);
      }
      setColumn(losses, r, loss);
    }
  }

  private static float crossEntropy(
      Tensor logits, int r, int t, Tensor gradient, float[] partials) {
    int columns = logits.columns();
    long from = logits.byteOffset(r, 0);
    long at = gradient.byteOffset(r, 0);
    float max = max(logits.segment(), from, columns);
    float chosen = ScalarScratch.get(logits, r, t);
    float sum =
        exponentials(logits.segment(), from, max, gradient.segment(), at, columns, partials);
    divideBySum(gradient.segment(), at, sum, columns);
    ScalarScratch.set(gradient, r, t, ScalarScratch.get(gradient, r, t) - 1f);
    return (float) (StrictMath.log(sum) + max - chosen);
  }

  private static void clearRow(MemorySegment t, long at, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector.zero(SPECIES).intoMemorySegment(t, at + o, ORDER);
    }
  }

  /// The maximum of a row without its padding; NaN if there is one.
  private static float max(MemorySegment s, long at, int columns) {
    var max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    int c = 0;
    for (; c < columns - LANES; c += LANES) {
      long o = (long) c * Float.BYTES;
      max = max.max(FloatVector.fromMemorySegment(SPECIES, s, at + o, ORDER));
    }
    long o = (long) c * Float.BYTES;
    var last = FloatVector.fromMemorySegment(SPECIES, s, at + o, ORDER);
    return max.max(max.blend(last, SPECIES.indexInRange(c, columns)))
        .reduceLanes(VectorOperators.MAX);
  }

  /// Writes `exp(source - shift)`, clears the padding behind it, and returns the sum.
  private static float exponentials(
      MemorySegment s,
      long sAt,
      float shift,
      MemorySegment t,
      long tAt,
      int columns,
      float[] partials) {
    int bytes = Tensor.padded(columns) * Float.BYTES;
    exponentialRow(s, sAt, shift, t, tAt, bytes);
    VectorArithmetic.clearPadding(t, tAt, columns);
    return VectorRows.sumRow(t, tAt, bytes, partials);
  }

  private static void exponentialRow(
      MemorySegment s, long sAt, float shift, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      VectorMath.exp(x.sub(shift)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void divideBySum(MemorySegment t, long at, float sum, int columns) {
    VectorArithmetic.scaleRun(1f / sum, t, at, t, at, Tensor.padded(columns) * Float.BYTES);
    // a sum of 0 or NaN would leave NaN there
    VectorArithmetic.clearPadding(t, at, columns);
  }

  /// Writes element (r, 0) of a column and clears the padding beside it.
  static void setColumn(Tensor target, int r, float value) {
    VectorArithmetic.clearPadding(target.segment(), target.byteOffset(r, 0), 1);
    ScalarScratch.set(target, r, 0, value);
  }
}
