package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// [Activations] on vectors, the operations of [ScalarActivations] in the same order.
final class VectorActivations implements Activations {
  @Override
  public void exp(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      expRun(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    VectorArithmetic.clearPadding(target);
  }

  private static void expRun(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      VectorMath.exp(x).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void tanh(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      VectorRuns.tanh(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  @Override
  public void sigmoid(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      VectorRuns.sigmoid(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    VectorArithmetic.clearPadding(target);
  }

  @Override
  public void relu(Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      reluRun(
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void reluRun(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      x.max(0f).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void apply(Activation f, Tensor source, Tensor target) {
    assert Layout.same(source, target);
    int runs = Layout.runs(source, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      applyRun(
          f,
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
    VectorArithmetic.clearPadding(target);
  }

  private static void applyRun(
      Activation f, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    float alpha = (float) f.alpha();
    float beta = (float) f.beta();
    switch (f.function()) {
      case SIGMOID -> VectorRuns.sigmoid(s, sAt, t, tAt, bytes);
      case TANH -> VectorRuns.tanh(s, sAt, t, tAt, bytes);
      case RELU -> reluRun(s, sAt, t, tAt, bytes);
      case HARD_SIGMOID -> hardSigmoidRun(alpha, beta, s, sAt, t, tAt, bytes);
      case SOFTSIGN -> softsignRun(s, sAt, t, tAt, bytes);
      case ELU -> eluRun(alpha, s, sAt, t, tAt, bytes);
      case AFFINE -> affineRun(alpha, beta, s, sAt, t, tAt, bytes);
      case LEAKY_RELU -> leakyReluRun(alpha, s, sAt, t, tAt, bytes);
      case SOFTPLUS -> VectorRuns.softplus(s, sAt, t, tAt, bytes);
      case THRESHOLDED_RELU -> thresholdedReluRun(alpha, s, sAt, t, tAt, bytes);
      case SCALED_TANH -> scaledTanhRun(alpha, beta, s, sAt, t, tAt, bytes);
    }
  }

  private static void hardSigmoidRun(
      float alpha, float beta, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    var b = FloatVector.broadcast(SPECIES, beta);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      a.fma(x, b).max(0f).min(1f).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void softsignRun(MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      VectorMath.softsign(x).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void eluRun(
      float alpha, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      VectorMath.elu(x, a).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void affineRun(
      float alpha, float beta, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    var b = FloatVector.broadcast(SPECIES, beta);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      a.fma(x, b).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void leakyReluRun(
      float alpha, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      a.mul(x).blend(x, x.compare(VectorOperators.GT, 0f)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void thresholdedReluRun(
      float theta, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      x.blend(0f, x.compare(VectorOperators.LE, theta)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void scaledTanhRun(
      float alpha, float beta, MemorySegment s, long sAt, MemorySegment t, long tAt, int bytes) {
    var a = FloatVector.broadcast(SPECIES, alpha);
    var b = FloatVector.broadcast(SPECIES, beta);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER);
      a.mul(VectorMath.tanh(b.mul(x))).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void backward(Activation f, Tensor y, Tensor gradient, Tensor target) {
    VectorSlopes.multiply(f, y, gradient, target);
  }

  @Override
  public void binaryCrossEntropy(Tensor logits, Tensor targets, Tensor losses, Tensor gradient) {
    VectorBinaryCrossEntropy.losses(logits, targets, losses, gradient);
  }

  @Override
  public void tanhBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int runs = Layout.runs(y, gradient, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      tanhBackwardRun(
          y.segment(),
          y.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void tanhBackwardRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      d.fma(v.neg().fma(v, one), sum).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void sigmoidBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int runs = Layout.runs(y, gradient, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      sigmoidBackwardRun(
          y.segment(),
          y.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void sigmoidBackwardRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    var one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      d.fma(v.mul(one.sub(v)), sum).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  @Override
  public void reluBackward(Tensor y, Tensor gradient, Tensor target) {
    assert Layout.same(y, gradient, target);
    int runs = Layout.runs(y, gradient, target);
    int bytes = Layout.runBytes(target, runs);
    for (int r = 0; r < runs; r++) {
      reluBackwardRun(
          y.segment(),
          y.byteOffset(r, 0),
          gradient.segment(),
          gradient.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes);
    }
  }

  private static void reluBackwardRun(
      MemorySegment y, long yAt, MemorySegment g, long gAt, MemorySegment t, long tAt, int bytes) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var v = FloatVector.fromMemorySegment(SPECIES, y, yAt + o, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, g, gAt + o, ORDER);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      sum.blend(sum.add(d), v.compare(VectorOperators.GT, 0f)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }
}
