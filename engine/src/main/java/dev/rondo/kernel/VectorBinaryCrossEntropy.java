package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The part of [VectorActivations] that compares logits with probabilities, as
/// [ScalarBinaryCrossEntropy] does.
final class VectorBinaryCrossEntropy {
  private VectorBinaryCrossEntropy() {}

  static void losses(Tensor logits, Tensor targets, Tensor losses, Tensor gradient) {
    assert Layout.same(logits, targets, losses, gradient);
    int bytes = Layout.rowBytes(logits);
    for (int r = 0; r < logits.rows(); r++) {
      long xAt = logits.byteOffset(r, 0);
      long lossAt = losses.byteOffset(r, 0);
      exponentials(logits.segment(), xAt, losses.segment(), lossAt, bytes);
      lossRow(
          logits.segment(),
          xAt,
          targets.segment(),
          targets.byteOffset(r, 0),
          losses.segment(),
          lossAt,
          gradient.segment(),
          gradient.byteOffset(r, 0),
          bytes);
    }
    VectorArithmetic.clearPadding(losses);
    VectorArithmetic.clearPadding(gradient);
  }

  /// `e = e^-|x|`.
  private static void exponentials(
      MemorySegment x, long xAt, MemorySegment e, long eAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, x, xAt + o, ORDER);
      VectorMath.exp(v.abs().neg()).intoMemorySegment(e, eAt + o, ORDER);
    }
  }

  /// Replaces exponentials by losses.
  private static void lossRow(
      MemorySegment x,
      long xAt,
      MemorySegment t,
      long tAt,
      MemorySegment losses,
      long lossAt,
      MemorySegment g,
      long gAt,
      int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, x, xAt + o, ORDER);
      var target = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      var e = FloatVector.fromMemorySegment(SPECIES, losses, lossAt + o, ORDER);
      v.neg()
          .fma(target, v.max(0f))
          .add(VectorMath.logOnePlus(e))
          .intoMemorySegment(losses, lossAt + o, ORDER);
      e.blend(one, v.compare(VectorOperators.GE, 0f))
          .div(one.add(e))
          .sub(target)
          .intoMemorySegment(g, gAt + o, ORDER);
    }
  }
}
