package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.kernel.Updates.NAdamStep;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The updates of [VectorUpdates] that divide by a root of squares, except Adam itself and RMSProp:
/// the operations of [ScalarAdaptiveUpdates] in the same order.
///
/// With an epsilon of 0 the padding of a quotient is 0/0, so it is cleared afterwards.
final class VectorAdaptiveUpdates {
  private VectorAdaptiveUpdates() {}

  static void nadam(Tensor value, Tensor gradient, Tensor mean, Tensor variance, NAdamStep step) {
    int runs = Layout.runs(value, gradient, mean, variance);
    int bytes = Layout.runBytes(value, runs);
    var constants =
        new NAdam(
            (float) step.shrink(),
            (float) step.weightDecay(),
            (float) (1 - step.beta1()),
            (float) step.beta2(),
            (float) (1 - step.beta2()),
            (float) step.correction(),
            (float) step.epsilon(),
            (float) step.gradientSize(),
            (float) step.meanSize());
    for (int r = 0; r < runs; r++) {
      nadamRun(value, gradient, mean, variance, r, bytes, constants);
    }
    VectorArithmetic.clearPadding(value);
  }

  private record NAdam(
      float shrink,
      float decay,
      float meanShare,
      float beta2,
      float varianceShare,
      float correction,
      float epsilon,
      float gradientSize,
      float meanSize) {}

  private static void nadamRun(
      Tensor value,
      Tensor gradient,
      Tensor mean,
      Tensor variance,
      int row,
      int bytes,
      NAdam constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment means = mean.segment();
    MemorySegment variances = variance.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long meanAt = mean.byteOffset(row, 0);
    long varianceAt = variance.byteOffset(row, 0);
    var shrink = FloatVector.broadcast(SPECIES, constants.shrink);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    var meanShare = FloatVector.broadcast(SPECIES, constants.meanShare);
    var beta2 = FloatVector.broadcast(SPECIES, constants.beta2);
    var varianceShare = FloatVector.broadcast(SPECIES, constants.varianceShare);
    var correction = FloatVector.broadcast(SPECIES, constants.correction);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var gradientSize = FloatVector.broadcast(SPECIES, constants.gradientSize);
    var meanSize = FloatVector.broadcast(SPECIES, constants.meanSize);
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
      var numerator = meanSize.fma(m, gradientSize.mul(g));
      var denominator = v.sqrt().fma(correction, epsilon);
      w.sub(numerator.div(denominator)).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }

  static void adagrad(
      Tensor value, Tensor gradient, Tensor sum, float size, float epsilon, float decay) {
    int runs = Layout.runs(value, gradient, sum);
    int bytes = Layout.runBytes(value, runs);
    for (int r = 0; r < runs; r++) {
      adagradRun(value, gradient, sum, r, bytes, size, epsilon, decay);
    }
    VectorArithmetic.clearPadding(value);
  }

  private static void adagradRun(
      Tensor value,
      Tensor gradient,
      Tensor sum,
      int row,
      int bytes,
      float size,
      float epsilon,
      float decay) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment sums = sum.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long sumAt = sum.byteOffset(row, 0);
    var sizes = FloatVector.broadcast(SPECIES, size);
    var epsilons = FloatVector.broadcast(SPECIES, epsilon);
    var decays = FloatVector.broadcast(SPECIES, decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      var g =
          decays.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var s = g.fma(g, FloatVector.fromMemorySegment(SPECIES, sums, sumAt + o, ORDER));
      s.intoMemorySegment(sums, sumAt + o, ORDER);
      var scaled = g.div(s.sqrt().add(epsilons));
      sizes.fma(scaled, w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }

  static void adadelta(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor deltas,
      double learningRate,
      double rho,
      double epsilon,
      double weightDecay) {
    int runs = Layout.runs(value, gradient, squares, deltas);
    int bytes = Layout.runBytes(value, runs);
    var constants =
        new Adadelta(
            (float) -learningRate,
            (float) rho,
            (float) (1 - rho),
            (float) epsilon,
            (float) weightDecay);
    for (int r = 0; r < runs; r++) {
      adadeltaRun(value, gradient, squares, deltas, r, bytes, constants);
    }
    VectorArithmetic.clearPadding(value);
    VectorArithmetic.clearPadding(deltas);
  }

  private record Adadelta(float rate, float kept, float share, float epsilon, float decay) {}

  private static void adadeltaRun(
      Tensor value,
      Tensor gradient,
      Tensor squares,
      Tensor deltas,
      int row,
      int bytes,
      Adadelta constants) {
    MemorySegment values = value.segment();
    MemorySegment gradients = gradient.segment();
    MemorySegment ofGradients = squares.segment();
    MemorySegment ofDeltas = deltas.segment();
    long valueAt = value.byteOffset(row, 0);
    long gradientAt = gradient.byteOffset(row, 0);
    long squaresAt = squares.byteOffset(row, 0);
    long deltasAt = deltas.byteOffset(row, 0);
    var rate = FloatVector.broadcast(SPECIES, constants.rate);
    var kept = FloatVector.broadcast(SPECIES, constants.kept);
    var share = FloatVector.broadcast(SPECIES, constants.share);
    var epsilon = FloatVector.broadcast(SPECIES, constants.epsilon);
    var decay = FloatVector.broadcast(SPECIES, constants.decay);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var w = FloatVector.fromMemorySegment(SPECIES, values, valueAt + o, ORDER);
      var g =
          decay.fma(w, FloatVector.fromMemorySegment(SPECIES, gradients, gradientAt + o, ORDER));
      var s = FloatVector.fromMemorySegment(SPECIES, ofGradients, squaresAt + o, ORDER);
      s = share.mul(g).fma(g, kept.mul(s));
      s.intoMemorySegment(ofGradients, squaresAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, ofDeltas, deltasAt + o, ORDER);
      var delta = d.add(epsilon).sqrt().div(s.add(epsilon).sqrt()).mul(g);
      d = share.mul(delta).fma(delta, kept.mul(d));
      d.intoMemorySegment(ofDeltas, deltasAt + o, ORDER);
      rate.fma(delta, w).intoMemorySegment(values, valueAt + o, ORDER);
    }
  }
}
