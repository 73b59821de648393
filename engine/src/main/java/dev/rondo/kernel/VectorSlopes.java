package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The part of [VectorActivations] that multiplies by the derivative of an [Activation], as
/// [ScalarSlopes] does.
final class VectorSlopes {
  private VectorSlopes() {}

  static void multiply(Activation f, Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int runs = Layout.runs(y, gradient, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      multiplyRun(
          f,
          y.segment(),
          y.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    VectorArithmetic.clearPadding(target);
  }

  private static void multiplyRun(
      Activation f,
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    float alpha = (float) f.alpha();
    float beta = (float) f.beta();
    switch (f.function()) {
      case SIGMOID -> sigmoidRun(y, yAt, g, gAt, t, tAt, bytes);
      case TANH -> tanhRun(y, yAt, g, gAt, t, tAt, bytes);
      case RELU, THRESHOLDED_RELU -> reluRun(y, yAt, g, gAt, t, tAt, bytes);
      case HARD_SIGMOID -> hardSigmoidRun(alpha, y, yAt, g, gAt, t, tAt, bytes);
      case SOFTSIGN -> softsignRun(y, yAt, g, gAt, t, tAt, bytes);
      case ELU -> eluRun(alpha, y, yAt, g, gAt, t, tAt, bytes);
      case AFFINE -> VectorArithmetic.scaleRun(alpha, g, gAt, t, tAt, bytes);
      case LEAKY_RELU -> leakyReluRun(alpha, y, yAt, g, gAt, t, tAt, bytes);
      case SOFTPLUS -> softplusRun(y, yAt, g, gAt, t, tAt, bytes);
      case SCALED_TANH -> scaledTanhRun(alpha, beta, y, yAt, g, gAt, t, tAt, bytes);
    }
  }

  private static void sigmoidRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.mul(v.mul(one.sub(v))).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void tanhRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.mul(one.sub(v.mul(v))).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void reluRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.blend(0f, v.eq(0f)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void hardSigmoidRun(
      float alpha,
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      a.mul(d).blend(0f, v.eq(0f).or(v.eq(1f))).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void softsignRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      var slope = one.sub(v.abs());
      d.mul(slope.mul(slope)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void eluRun(
      float alpha,
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.mul(v.add(a))
          .blend(d, v.compare(VectorOperators.GT, 0f))
          .intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void leakyReluRun(
      float alpha,
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      a.mul(d).blend(d, v.compare(VectorOperators.GT, 0f)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void softplusRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.mul(VectorMath.elu(v.neg(), one).neg()).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void scaledTanhRun(
      float alpha,
      float beta,
      MemorySegment y,
      long yAt,
      MemorySegment g,
      long gAt,
      MemorySegment t,
      long tAt,
      int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    var steepest = FloatVector.broadcast(SPECIES, alpha * beta);
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER).div(a);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      d.mul(steepest.mul(one.sub(v.mul(v)))).intoMemorySegment(t, tAt + o, ORDER);
    }
  }
}
