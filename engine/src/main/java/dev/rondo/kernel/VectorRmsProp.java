package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.kernel.Updates.RmsPropStep;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// [Updates#rmsProp] on vectors, the operations of [ScalarAdaptiveUpdates] in the same order.
///
/// Four loops for its four forms: one with branches would merge vectors, which boxes them.
final class VectorRmsProp {
  private record Constants(
      float rate, float alpha, float share, float epsilon, float momentum, float decay) {}

  private VectorRmsProp() {}

  static void update(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      Tensor velocity,
      RmsPropStep step) {
    int runs =
        Layout.runs(
            value,
            gradient,
            squares,
            mean == null ? value : mean,
            velocity == null ? value : velocity);
    int bytes = Layout.runBytes(value, runs);
    var constants =
        new Constants(
            (float) -step.learningRate(),
            (float) step.alpha(),
            (float) (1 - step.alpha()),
            (float) step.epsilon(),
            (float) step.momentum(),
            (float) step.weightDecay());
    for (int r = 0; r < runs; r++) {
      if (mean == null && velocity == null) {
        plainRun(value, gradient, squares, r, bytes, constants);
      } else if (velocity == null) {
        centredRun(value, gradient, squares, mean, r, bytes, constants);
      } else if (mean == null) {
        momentumRun(value, gradient, squares, velocity, r, bytes, constants);
      } else {
        centredMomentumRun(value, gradient, squares, mean, velocity, r, bytes, constants);
      }
    }
    // with an epsilon of 0 the padding is 0/0
    VectorArithmetic.clearPadding(value);
    if (velocity != null) {
      VectorArithmetic.clearPadding(velocity);
    }
  }

  private static void plainRun(
      Tensor value, Tensor gradient, Tensor squares, int row, int bytes, Constants constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment ofGradients = squares.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long squaresAt = squares.byteOffset(row, 0);
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var alpha = FloatVector.broadcast(SPECIES, constants.alpha);
    var share = FloatVector.broadcast(SPECIES, constants.share);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      var g =
          decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var s = FloatVector.fromMemorySegment(SPECIES, ofGradients, squaresAt + o, ORDER);
      s = share.mul(g).fma(g, alpha.mul(s));
      s.intoMemorySegment(ofGradients, squaresAt + o, ORDER);
      var scaled = g.div(s.sqrt().add(epsilon));
      rate.fma(scaled, w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }

  private static void centredRun(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      int row,
      int bytes,
      Constants constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment ofGradients = squares.segment();
    MemorySegment means = mean.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long squaresAt = squares.byteOffset(row, 0);
    long meanAt = mean.byteOffset(row, 0);
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var alpha = FloatVector.broadcast(SPECIES, constants.alpha);
    var share = FloatVector.broadcast(SPECIES, constants.share);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      var g =
          decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var s = FloatVector.fromMemorySegment(SPECIES, ofGradients, squaresAt + o, ORDER);
      s = share.mul(g).fma(g, alpha.mul(s));
      s.intoMemorySegment(ofGradients, squaresAt + o, ORDER);
      var m = FloatVector.fromMemorySegment(SPECIES, means, meanAt + o, ORDER);
      m = share.fma(g.sub(m), m);
      m.intoMemorySegment(means, meanAt + o, ORDER);
      var variance = m.neg().fma(m, s).max(0f);
      var scaled = g.div(variance.sqrt().add(epsilon));
      rate.fma(scaled, w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }

  private static void momentumRun(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor velocity,
      int row,
      int bytes,
      Constants constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment ofGradients = squares.segment();
    MemorySegment velocities = velocity.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long squaresAt = squares.byteOffset(row, 0);
    long velocityAt = velocity.byteOffset(row, 0);
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var alpha = FloatVector.broadcast(SPECIES, constants.alpha);
    var share = FloatVector.broadcast(SPECIES, constants.share);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    var momentum = FloatVector.broadcast(SPECIES, constants.momentum);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      var g =
          decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var s = FloatVector.fromMemorySegment(SPECIES, ofGradients, squaresAt + o, ORDER);
      s = share.mul(g).fma(g, alpha.mul(s));
      s.intoMemorySegment(ofGradients, squaresAt + o, ORDER);
      var scaled = g.div(s.sqrt().add(epsilon));
      var v = FloatVector.fromMemorySegment(SPECIES, velocities, velocityAt + o, ORDER);
      v = momentum.fma(v, scaled);
      v.intoMemorySegment(velocities, velocityAt + o, ORDER);
      rate.fma(v, w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }

  private static void centredMomentumRun(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor mean,
      Tensor velocity,
      int row,
      int bytes,
      Constants constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment ofGradients = squares.segment();
    MemorySegment means = mean.segment();
    MemorySegment velocities = velocity.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long squaresAt = squares.byteOffset(row, 0);
    long meanAt = mean.byteOffset(row, 0);
    long velocityAt = velocity.byteOffset(row, 0);
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var alpha = FloatVector.broadcast(SPECIES, constants.alpha);
    var share = FloatVector.broadcast(SPECIES, constants.share);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    var momentum = FloatVector.broadcast(SPECIES, constants.momentum);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      var g =
          decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var s = FloatVector.fromMemorySegment(SPECIES, ofGradients, squaresAt + o, ORDER);
      s = share.mul(g).fma(g, alpha.mul(s));
      s.intoMemorySegment(ofGradients, squaresAt + o, ORDER);
      var m = FloatVector.fromMemorySegment(SPECIES, means, meanAt + o, ORDER);
      m = share.fma(g.sub(m), m);
      m.intoMemorySegment(means, meanAt + o, ORDER);
      var variance = m.neg().fma(m, s).max(0f);
      var scaled = g.div(variance.sqrt().add(epsilon));
      var v = FloatVector.fromMemorySegment(SPECIES, velocities, velocityAt + o, ORDER);
      v = momentum.fma(v, scaled);
      v.intoMemorySegment(velocities, velocityAt + o, ORDER);
      rate.fma(v, w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }
}
