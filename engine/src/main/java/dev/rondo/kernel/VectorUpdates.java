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
    var constants = Adam.of(step);
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
      float size) {
    static Adam of(AdamStep step) {
      return new Adam(
          (float) step.shrink(),
          (float) step.weightDecay(),
          (float) (1 - step.beta1()),
          (float) step.beta2(),
          (float) (1 - step.beta2()),
          (float) step.correction(),
          (float) step.epsilon(),
          (float) -step.stepSize());
    }
  }

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

  @Override
  public void amsgrad(
      Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor largest, AdamStep step) {
    assert Layout.same(value, gradient, mean, variance, largest);
    int runs = Layout.runs(value, gradient, mean, variance, largest);
    int bytes = Layout.runBytes(value, runs);
    var constants = Adam.of(step);
    for (int r = 0; r < runs; r++) {
      amsgradRun(value, gradient, mean, variance, largest, r, bytes, constants);
    }
    VectorArithmetic.clearPadding(value);
  }

  private static void amsgradRun(
      Tensor value,
      Tensor gradient,
      Tensor mean,
      Tensor variance,
      Tensor largest,
      int row,
      int bytes,
      Adam constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment means = mean.segment();
    MemorySegment variances = variance.segment();
    MemorySegment maxima = largest.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long meanAt = mean.byteOffset(row, 0);
    long varianceAt = variance.byteOffset(row, 0);
    long largestAt = largest.byteOffset(row, 0);
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
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER).mul(shrink);
      var g =
          decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var m = FloatVector.fromMemorySegment(SPECIES, means, meanAt + o, ORDER);
      m = meanShare.fma(g.sub(m), m);
      m.intoMemorySegment(means, meanAt + o, ORDER);
      var v = FloatVector.fromMemorySegment(SPECIES, variances, varianceAt + o, ORDER);
      v = varianceShare.mul(g).fma(g, beta2.mul(v));
      v.intoMemorySegment(variances, varianceAt + o, ORDER);
      var u = FloatVector.fromMemorySegment(SPECIES, maxima, largestAt + o, ORDER).max(v);
      u.intoMemorySegment(maxima, largestAt + o, ORDER);
      var denominator = u.sqrt().fma(correction, epsilon);
      size.fma(m.div(denominator), w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }

  @Override
  public void nadam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, NAdamStep step) {
    assert Layout.same(value, gradient, mean, variance);
    VectorAdaptiveUpdates.nadam(value, gradient, mean, variance, step);
  }

  @Override
  public void adagrad(
      Tensor value,
      Tensor gradient,
      Tensor sum,
      double stepSize,
      double epsilon,
      double weightDecay) {
    assert Layout.same(value, gradient, sum);
    VectorAdaptiveUpdates.adagrad(
        value, gradient, sum, (float) -stepSize, (float) epsilon, (float) weightDecay);
  }

  @Override
  public void adadelta(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor deltas,
      double learningRate,
      double rho,
      double epsilon,
      double weightDecay) {
    assert Layout.same(value, gradient, squares, deltas);
    VectorAdaptiveUpdates.adadelta(
        value, gradient, squares, deltas, learningRate, rho, epsilon, weightDecay);
  }

  @Override
  public void rmsProp(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      Tensor velocity,
      RmsPropStep step) {
    assert Layout.same(value, gradient, squares);
    assert mean == null || Layout.same(value, mean);
    assert velocity == null || Layout.same(value, velocity);
    VectorRmsProp.update(value, gradient, squares, mean, velocity, step);
  }

  @Override
  public void average(Tensor average, Tensor value, double share) {
    assert Layout.same(average, value);
    int runs = Layout.runs(average, value);
    int bytes = Layout.runBytes(value, runs);
    for (int r = 0; r < runs; r++) {
      averageRun(average, value, r, bytes, (float) share);
    }
  }

  private static void averageRun(Tensor average, Tensor value, int row, int bytes, float share) {
    MemorySegment averages = average.segment();
    MemorySegment values = value.segment();
    long averageAt = average.byteOffset(row, 0);
    long valueAt = value.byteOffset(row, 0);
    var part = FloatVector.broadcast(SPECIES, share);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var a = FloatVector.fromMemorySegment(SPECIES, averages, averageAt + o, ORDER);
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      part.fma(w.sub(a), a).intoMemorySegment(averages, averageAt + o, ORDER);
    }
  }
}
