package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// Runs one function of [FloatMath] over a range of bit patterns: vector bits must equal scalar
/// bits, special values must be right, and the largest error against `StrictMath` is kept.
final class ActivationSweep {
  /// Enough floats in one call of a kernel for its compiled loop, few enough to stay in cache.
  private static final int BLOCK = 4096;

  private static final double OVERFLOW = 0x1p128;

  /// The functions that are swept.
  enum Function {
    EXP,
    TANH,
    SIGMOID,
    SOFTSIGN,
    /// With alpha 1.
    ELU,
    SOFTPLUS,
    /// With theta 1.
    THRESHOLDED_RELU,
    /// LeCun's.
    SCALED_TANH,
    FLUSH;

    private static final float ALPHA = 1.7159f;
    private static final float BETA = 2 / 3f;

    float scalar(float x) {
      return switch (this) {
        case EXP -> FloatMath.exp(x);
        case TANH -> FloatMath.tanh(x);
        case SIGMOID -> FloatMath.sigmoid(x);
        case SOFTSIGN -> FloatMath.softsign(x);
        case ELU -> FloatMath.elu(x, 1f);
        case SOFTPLUS -> FloatMath.softplus(x);
        case THRESHOLDED_RELU -> FloatMath.thresholdedRelu(x, 1f);
        case SCALED_TANH -> FloatMath.scaledTanh(x, ALPHA, BETA);
        case FLUSH -> FloatMath.flush(x);
      };
    }

    double exact(float x) {
      return switch (this) {
        case EXP -> StrictMath.exp(x);
        case TANH -> StrictMath.tanh(x);
        case SIGMOID -> 1 / (1 + StrictMath.exp(-(double) x));
        case SOFTSIGN -> Float.isInfinite(x) ? Math.signum(x) : x / (1 + Math.abs((double) x));
        case ELU -> x > 0 ? x : StrictMath.expm1(x);
        case SOFTPLUS -> Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs((double) x)));
        case THRESHOLDED_RELU -> x > 1 ? x : 0;
        case SCALED_TANH -> ALPHA * StrictMath.tanh(BETA * (double) x);
        case FLUSH -> Math.abs(x) < FloatMath.SMALLEST_STATE ? 0 : x;
      };
    }

    void vector(Tensor source, Tensor target) {
      switch (this) {
        case EXP -> new VectorActivations().exp(source, target);
        case TANH -> new VectorActivations().tanh(source, target);
        case SIGMOID -> new VectorActivations().sigmoid(source, target);
        case SOFTSIGN -> new VectorActivations().apply(Activation.SOFTSIGN, source, target);
        case ELU -> new VectorActivations().apply(Activation.elu(1), source, target);
        case SOFTPLUS -> new VectorActivations().apply(Activation.SOFTPLUS, source, target);
        case THRESHOLDED_RELU ->
            new VectorActivations().apply(Activation.thresholdedRelu(1), source, target);
        case SCALED_TANH ->
            new VectorActivations().apply(Activation.scaledTanh(ALPHA, BETA), source, target);
        case FLUSH -> flush(source.segment(), target.segment(), source.columns());
      }
    }

    /// Whether no result is outside [-1, 1].
    boolean bounded() {
      return this == TANH || this == SIGMOID || this == SOFTSIGN;
    }

    private static void flush(MemorySegment source, MemorySegment target, int count) {
      for (int i = 0; i < count; i += VectorMath.LANES) {
        long o = (long) i * Float.BYTES;
        var x = FloatVector.fromMemorySegment(VectorMath.SPECIES, source, o, VectorMath.ORDER);
        VectorMath.flush(x).intoMemorySegment(target, o, VectorMath.ORDER);
      }
    }
  }

  private final Function function;
  private final boolean measured;
  private long count;
  // errors where the exact result is a normal float; below, an error is counted in subnormal steps
  private double absolute;
  private double relative;
  private double ulps;
  private double subnormalSteps;
  private float worstAt;

  ActivationSweep(Function function) {
    this(function, true);
  }

  /// @param measured whether errors are taken, which costs most of the time; else bits alone
  ActivationSweep(Function function, boolean measured) {
    this.function = function;
    this.measured = measured;
  }

  /// Sweeps the bit patterns `from`, `from + stride`, ... below `to`, seen as unsigned integers.
  ActivationSweep over(long from, long to, int stride) {
    try (var arena = Arena.ofConfined()) {
      var source = Tensor.allocate(arena, ElementType.FLOAT32, 1, BLOCK);
      var target = Tensor.allocate(arena, ElementType.FLOAT32, 1, BLOCK);
      float[] x = new float[BLOCK];
      float[] y = new float[BLOCK];
      for (long start = from; start < to; start += (long) BLOCK * stride) {
        int length = (int) Math.min(BLOCK, Math.ceilDiv(to - start, (long) stride));
        for (int i = 0; i < length; i++) {
          x[i] = Float.intBitsToFloat((int) (start + (long) i * stride));
        }
        MemorySegment.copy(x, 0, source.segment(), ValueLayout.JAVA_FLOAT, 0, BLOCK);
        function.vector(source, target);
        MemorySegment.copy(target.segment(), ValueLayout.JAVA_FLOAT, 0, y, 0, BLOCK);
        for (int i = 0; i < length; i++) {
          take(x[i], y[i]);
        }
        count += length;
      }
    }
    return this;
  }

  /// Takes over the counts and the larger errors of a sweep of the same function.
  ActivationSweep merge(ActivationSweep other) {
    count += other.count;
    absolute = Math.max(absolute, other.absolute);
    relative = Math.max(relative, other.relative);
    if (other.ulps > ulps) {
      ulps = other.ulps;
      worstAt = other.worstAt;
    }
    subnormalSteps = Math.max(subnormalSteps, other.subnormalSteps);
    return this;
  }

  private void take(float x, float vector) {
    float scalar = function.scalar(x);
    if (Float.floatToIntBits(scalar) != Float.floatToIntBits(vector)) {
      fail("%s(%s) is %s scalar, %s vector".formatted(function, x, scalar, vector));
    }
    if (!measured) {
      return;
    }
    if (Float.isNaN(x)) {
      assertTrue(Float.isNaN(scalar), function + "(NaN)");
      return;
    }
    double exact = function.exact(x);
    if (Math.abs((float) exact) == Float.POSITIVE_INFINITY) {
      if (scalar != (float) exact) {
        fail("%s(%s) is %s, expected %s".formatted(function, x, scalar, exact));
      }
      return;
    }
    // an infinite result for one that could just be held is wrong by the step it took
    double value = scalar == Float.POSITIVE_INFINITY ? OVERFLOW : scalar;
    measure(x, Math.abs(value - exact), exact);
    if (function == Function.TANH && scalar != -FloatMath.tanh(-x)) {
      fail("tanh(%s) is not -tanh(%s)".formatted(x, -x));
    }
    if (function.bounded() && Math.abs(scalar) > 1) {
      fail("%s(%s) is %s, outside [-1, 1]".formatted(function, x, scalar));
    }
  }

  private void measure(float x, double error, double exact) {
    absolute = Math.max(absolute, error);
    if (Math.abs(exact) < Float.MIN_NORMAL) {
      subnormalSteps = Math.max(subnormalSteps, error / Float.MIN_VALUE);
      return;
    }
    relative = Math.max(relative, error / Math.abs(exact));
    double steps = error / Math.ulp((float) exact);
    if (steps > ulps) {
      ulps = steps;
      worstAt = x;
    }
  }

  long count() {
    return count;
  }

  /// The largest |result - exact|.
  double absolute() {
    return absolute;
  }

  /// The largest |result - exact| / |exact| where the exact result is a normal float.
  double relative() {
    return relative;
  }

  /// As [#relative()], in units in the last place.
  double ulps() {
    return ulps;
  }

  /// The largest error where the exact result is not a normal float, in multiples of 2^-149.
  double subnormalSteps() {
    return subnormalSteps;
  }

  @Override
  public String toString() {
    String equal =
        "%-16s %d floats at %d bits: vector equals scalar"
            .formatted(function, count, VectorMath.SPECIES.vectorBitSize());
    String error =
        "; error at most %.3e absolute, %.3e relative, %.3f ulp (at %s), below 2^-126 %.3e"
            .formatted(absolute, relative, ulps, worstAt, subnormalSteps * Float.MIN_VALUE);
    return measured ? equal + error : equal;
  }
}
