package dev.rondo.kernel;

import static dev.rondo.kernel.FloatMath.*;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// tanh, sigmoid and softplus from memory to memory, the operations of [FloatMath] in their order.
///
/// Written out, with calls to the vectors' own methods only. The compiler always inlines these. It
/// inlines any other method only while its graph is small (`NodeCountInliningCutoff`), and only if
/// that method was not compiled by itself before. A vector that is an argument or a result of a
/// method that is not inlined becomes an object, so speed would depend on what the program did
/// first.
///
/// Common parameters: whole vectors are read from `s` at `sAt` and written to `t` at `tAt`, `bytes`
/// bytes of them; both may be the same.
final class VectorRuns {
  private static final int VECTOR_BYTES = VectorMath.LANES * Float.BYTES;

  private VectorRuns() {}

  static void tanh(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector x =
          FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER)
              .max(-TANH_LIMIT)
              .min(TANH_LIMIT);
      FloatVector square = x.mul(x);
      FloatVector p = FloatVector.broadcast(SPECIES, TANH_P13);
      p = p.fma(square, FloatVector.broadcast(SPECIES, TANH_P11));
      p = p.fma(square, FloatVector.broadcast(SPECIES, TANH_P9));
      p = p.fma(square, FloatVector.broadcast(SPECIES, TANH_P7));
      p = p.fma(square, FloatVector.broadcast(SPECIES, TANH_P5));
      p = p.fma(square, FloatVector.broadcast(SPECIES, TANH_P3));
      p = p.fma(square, FloatVector.broadcast(SPECIES, TANH_P1));
      FloatVector q = FloatVector.broadcast(SPECIES, TANH_Q6);
      q = q.fma(square, FloatVector.broadcast(SPECIES, TANH_Q4));
      q = q.fma(square, FloatVector.broadcast(SPECIES, TANH_Q2));
      q = q.fma(square, FloatVector.broadcast(SPECIES, TANH_Q0));
      x.mul(p).div(q).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  /// `1 / (1 + exp(-x))`.
  static void sigmoid(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector x =
          FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER)
              .neg()
              .max(EXP_LOW)
              .min(EXP_HIGH);
      FloatVector shifted =
          x.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
      FloatVector n = shifted.sub(ROUND);
      FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), x);
      r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
      FloatVector p = FloatVector.broadcast(SPECIES, EXP_C7);
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C6));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C5));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C4));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C3));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C2));
      p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
      p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
      IntVector whole = shifted.reinterpretAsInts().sub(ROUND_BITS);
      IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
      FloatVector first =
          half.add(EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
              .reinterpretAsFloats();
      FloatVector second =
          whole
              .sub(half)
              .add(EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
              .reinterpretAsFloats();
      FloatVector one = FloatVector.broadcast(SPECIES, 1f);
      one.div(p.mul(first).mul(second).add(one)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  /// `max(x, 0) + log(1 + exp(-|x|))`.
  static void softplus(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      FloatVector x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      FloatVector below = x.abs().neg().max(EXP_LOW).min(EXP_HIGH);
      FloatVector shifted =
          below.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
      FloatVector n = shifted.sub(ROUND);
      FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), below);
      r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
      FloatVector p = FloatVector.broadcast(SPECIES, EXP_C7);
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C6));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C5));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C4));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C3));
      p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C2));
      p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
      p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
      IntVector whole = shifted.reinterpretAsInts().sub(ROUND_BITS);
      IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
      FloatVector first =
          half.add(EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
              .reinterpretAsFloats();
      FloatVector second =
          whole
              .sub(half)
              .add(EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
              .reinterpretAsFloats();
      FloatVector u = p.mul(first).mul(second);
      u = u.div(u.add(2f));
      FloatVector square = u.mul(u);
      p = FloatVector.broadcast(SPECIES, ARTANH_13);
      p = p.fma(square, FloatVector.broadcast(SPECIES, ARTANH_11));
      p = p.fma(square, FloatVector.broadcast(SPECIES, ARTANH_9));
      p = p.fma(square, FloatVector.broadcast(SPECIES, ARTANH_7));
      p = p.fma(square, FloatVector.broadcast(SPECIES, ARTANH_5));
      p = p.fma(square, FloatVector.broadcast(SPECIES, ARTANH_3));
      p = p.fma(square, FloatVector.broadcast(SPECIES, 1f));
      x.max(0f).add(u.add(u).mul(p)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }
}
