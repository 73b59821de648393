package dev.rondo.bench;

import dev.rondo.bench.array.ArrayMath;
import dev.rondo.bench.array.ArrayParameter;
import dev.rondo.kernel.Activations;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// exp, tanh and σ over many elements. This decides which polynomial or rational function
/// approximates them. One thread. The counter `element` is nanoseconds per element.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class ActivationBenchmark {
  private static final int COLUMNS = 512;

  /// Absolute: in the argument range [-0.5, 0.5) all functions are below 2.
  private static final double TOLERANCE = 1e-6;

  /// The functions.
  public enum TimedFunction {
    /// The hyperbolic tangent.
    TANH,
    /// The logistic function.
    SIGMOID,
    /// The exponential.
    EXP
  }

  /// The function.
  @Param public TimedFunction function;

  /// The number of elements, a multiple of 512: 2048 and their results fit a first-level cache,
  /// 65536 a second.
  @Param({"2048", "65536"})
  public int elements;

  private Arena arena;
  private Activations segmentKernels;
  private Activations vectorKernels;
  private Tensor x;
  private Tensor y;
  private float[][] xRows;
  private float[][] yRows;

  /// The amount of work, for the time of one element.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// Elements.
    public long element;
  }

  /// Makes the operands. Requires equal bits of both kernels, and results of arrays that are equal
  /// up to rounding.
  @Setup
  @SuppressWarnings("MustBeClosed") // a backend without workers has nothing to end
  public void prepare() {
    arena = Arena.ofShared();
    segmentKernels = Backend.scalar(Threads.one()).activations();
    vectorKernels = Backend.vector(Threads.one()).activations();
    x = Operands.random(arena, 1, elements / COLUMNS, COLUMNS);
    y = Operands.zeros(arena, elements / COLUMNS, COLUMNS);
    xRows = ArrayParameter.rowsOf(x);
    yRows = new float[x.rows()][COLUMNS];
    var expected = Operands.zeros(arena, elements / COLUMNS, COLUMNS);
    apply(segmentKernels, expected);
    Operands.requireEqualBits(expected, apply(vectorKernels, y));
    Operands.requireClose(expected, applyToArrays(), TOLERANCE);
    Operands.requireClose(expected, applyMath(), TOLERANCE);
  }

  private Tensor apply(Activations kernels, Tensor target) {
    switch (function) {
      case TANH -> kernels.tanh(x, target);
      case SIGMOID -> kernels.sigmoid(x, target);
      case EXP -> kernels.exp(x, target);
    }
    return target;
  }

  private float[][] applyToArrays() {
    for (int r = 0; r < xRows.length; r++) {
      switch (function) {
        case TANH -> ArrayMath.tanh(xRows[r], yRows[r]);
        case SIGMOID -> ArrayMath.sigmoid(xRows[r], yRows[r]);
        case EXP -> ArrayMath.exp(xRows[r], yRows[r]);
      }
    }
    return yRows;
  }

  private float[][] applyMath() {
    for (int r = 0; r < xRows.length; r++) {
      switch (function) {
        case TANH -> ArrayMath.mathTanh(xRows[r], yRows[r]);
        case SIGMOID -> ArrayMath.mathSigmoid(xRows[r], yRows[r]);
        case EXP -> ArrayMath.mathExp(xRows[r], yRows[r]);
      }
    }
    return yRows;
  }

  /// The vector kernels.
  @Benchmark
  public Tensor vector(Counter work) {
    work.element += elements;
    return apply(vectorKernels, y);
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public Tensor segment(Counter work) {
    work.element += elements;
    return apply(segmentKernels, y);
  }

  /// Plain loops over arrays.
  @Benchmark
  public float[][] array(Counter work) {
    work.element += elements;
    return applyToArrays();
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public float[][] scalar(Counter work) {
    work.element += elements;
    return applyToArrays();
  }

  /// The functions of `java.lang.Math` over arrays, in double.
  @Benchmark
  public float[][] math(Counter work) {
    work.element += elements;
    return applyMath();
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    arena.close();
  }
}
