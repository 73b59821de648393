package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// [Updates] on vectors, the operations of [ScalarUpdates] in the same order.
final class VectorUpdates implements Updates {
  @Override
  public void sgd(Tensor value, Tensor gradient, double learningRate, double weightDecay) {
    assert Layout.same(value, gradient);
    int runs = Layout.runs(value, gradient);
    int bytes = Layout.runBytes(value, runs);
    for (int r = 0; r < runs; r++) {
      sgdRun(
          value.segment(),
          value.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          bytes,
          (float) -learningRate,
          (float) weightDecay);
    }
  }

  private static void sgdRun(
      MemorySegment value,
      long valueAt,
      MemorySegment gradient,
      long gradientAt,
      int bytes,
      float rate,
      float decay) {
    var rates = FloatVector.broadcast(SPECIES, rate);
    var decays = FloatVector.broadcast(SPECIES, decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, value, valueAt + o, ORDER);
      var g = FloatVector.fromMemorySegment(SPECIES, gradient, gradientAt + o, ORDER);
      rates.fma(decays.fma(w, g), w).intoMemorySegment(value, valueAt + o, ORDER);
    }
  }

  @Override
  public void momentum(
      Tensor value,
      Tensor gradient,
      Tensor velocity,
      double learningRate,
      double momentum,
      double dampened,
      boolean nesterov,
      double weightDecay) {
    assert Layout.same(value, gradient, velocity);
    int runs = Layout.runs(value, gradient, velocity);
    int bytes = Layout.runBytes(value, runs);
    var constants =
        new Momentum(
            (float) -learningRate, (float) momentum, (float) dampened, (float) weightDecay);
    for (int r = 0; r < runs; r++) {
      long valueAt = value.byteOffset(r, 0);
      long gradientAt = gradient.byteOffset(r, 0);
      long velocityAt = velocity.byteOffset(r, 0);
      if (nesterov) {
        nesterovRun(
            value.segment(),
            valueAt,
            gradient.segment(),
            gradientAt,
            velocity.segment(),
            velocityAt,
            bytes,
            constants);
      } else {
        momentumRun(
            value.segment(),
            valueAt,
            gradient.segment(),
            gradientAt,
            velocity.segment(),
            velocityAt,
            bytes,
            constants);
      }
    }
  }

  private record Momentum(float rate, float momentum, float dampened, float decay) {}

  private static void momentumRun(
      MemorySegment value,
      long valueAt,
      MemorySegment gradient,
      long gradientAt,
      MemorySegment velocity,
      long velocityAt,
      int bytes,
      Momentum constants) {
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var mu = FloatVector.broadcast(SPECIES, constants.momentum);
    var share = FloatVector.broadcast(SPECIES, constants.dampened);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, value, valueAt + o, ORDER);
      var g = FloatVector.fromMemorySegment(SPECIES, gradient, gradientAt + o, ORDER);
      var v = FloatVector.fromMemorySegment(SPECIES, velocity, velocityAt + o, ORDER);
      var updated = mu.fma(v, share.mul(decay.fma(w, g)));
      updated.intoMemorySegment(velocity, velocityAt + o, ORDER);
      rate.fma(updated, w).intoMemorySegment(value, valueAt + o, ORDER);
    }
  }

  private static void nesterovRun(
      MemorySegment value,
      long valueAt,
      MemorySegment gradient,
      long gradientAt,
      MemorySegment velocity,
      long velocityAt,
      int bytes,
      Momentum constants) {
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var mu = FloatVector.broadcast(SPECIES, constants.momentum);
    var share = FloatVector.broadcast(SPECIES, constants.dampened);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, value, valueAt + o, ORDER);
      var g = FloatVector.fromMemorySegment(SPECIES, gradient, gradientAt + o, ORDER);
      var v = FloatVector.fromMemorySegment(SPECIES, velocity, velocityAt + o, ORDER);
      var decayed = decay.fma(w, g);
      var updated = mu.fma(v, share.mul(decayed));
      updated.intoMemorySegment(velocity, velocityAt + o, ORDER);
      rate.fma(mu.fma(updated, decayed), w).intoMemorySegment(value, valueAt + o, ORDER);
    }
  }

  @Override
  public void adam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, AdamStep step) {
    assert Layout.same(value, gradient, mean, variance);
    int runs = Layout.runs(value, gradient, mean, variance);
    int bytes = Layout.runBytes(value, runs);
    var constants =
        new Adam(
            (float) step.shrink(),
            (float) step.weightDecay(),
            (float) (1 - step.beta1()),
            (float) step.beta2(),
            (float) (1 - step.beta2()),
            (float) step.correction(),
            (float) step.epsilon(),
            (float) -step.stepSize());
    for (int r = 0; r < runs; r++) {
      adamRun(
          value.segment(),
          value.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          mean.segment(),
          mean.byteOffset(r, 0),
          variance.segment(),
          variance.byteOffset(r, 0),
          bytes,
          constants);
    }
    // with an epsilon of 0 the padding is 0/0
    VectorArithmetic.clearPadding(value);
  }

  private record Adam(
      float shrink,
      float decay,
      float meanShare,
      float beta2,
      float varianceShare,
      float correction,
      float epsilon,
      float size) {}

  private static void adamRun(
      MemorySegment value,
      long valueAt,
      MemorySegment gradient,
      long gradientAt,
      MemorySegment mean,
      long meanAt,
      MemorySegment variance,
      long varianceAt,
      int bytes,
      Adam constants) {
    var shrink = FloatVector.broadcast(SPECIES, constants.shrink);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    var meanShare = FloatVector.broadcast(SPECIES, constants.meanShare);
    var beta2 = FloatVector.broadcast(SPECIES, constants.beta2);
    var varianceShare = FloatVector.broadcast(SPECIES, constants.varianceShare);
    var correction = FloatVector.broadcast(SPECIES, constants.correction);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var size = FloatVector.broadcast(SPECIES, constants.size);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, value, valueAt + o, ORDER).mul(shrink);
      var g = decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradient, gradientAt + o, ORDER));
      var m = FloatVector.fromMemorySegment(SPECIES, mean, meanAt + o, ORDER);
      m = meanShare.fma(g.sub(m), m);
      m.intoMemorySegment(mean, meanAt + o, ORDER);
      var v = FloatVector.fromMemorySegment(SPECIES, variance, varianceAt + o, ORDER);
      v = varianceShare.mul(g).fma(g, beta2.mul(v));
      v.intoMemorySegment(variance, varianceAt + o, ORDER);
      var denominator = v.sqrt().fma(correction, epsilon);
      size.fma(m.div(denominator), w).intoMemorySegment(value, valueAt + o, ORDER);
    }
  }
}
