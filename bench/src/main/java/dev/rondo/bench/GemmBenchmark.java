package dev.rondo.bench;

import dev.rondo.bench.array.ArrayGemm;
import dev.rondo.bench.array.ArrayParameter;
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

/// The three products of a layer. As in a layer, weights are packed beforehand, and activations
/// within the measured time. This decides the register tile, the blocking and the packing of A. One
/// thread; `-prof gc` should show close to 0 bytes per operation.
///
/// The counter `gflops` is 10⁹ floating-point operations per second; compare [PeakBenchmark].
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class GemmBenchmark {
  /// Form, rows of activations, outputs, inputs; see [GemmShape]. The default form is forward.
  @Param({
    "forward-8x256x64",
    "forward-32x1024x256",
    "forward-50x65x128",
    "forward-512x4096x1024",
    "forward-3200x1024x256",
    "backward-8x1024x256",
    "backward-32x4096x1024",
    "backward-50x65x128",
    "backward-3200x256x64",
    "gradient-512x256x64",
    "gradient-3200x1024x256",
    "gradient-3200x65x128",
    "32x1024x256",
    "512x128x2048",
    "2048x1024x256",
    "33x65x257"
  })
  public String shape;

  private Arena arena;
  private GemmShape sizes;
  private GemmProblem segmentProblem;
  private GemmProblem vectorProblem;
  private float[][] left;
  private float[][] right;
  private float[][] product;
  private ArrayGemm.Staging staging;

  /// The amount of work, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// 10⁹ floating-point operations.
    public double gflops;
  }

  /// Makes the operands. Requires equal bits of both kernels, and a product of the arrays that is
  /// equal up to rounding.
  @Setup
  @SuppressWarnings("MustBeClosed") // a backend without workers has nothing to end
  public void prepare() {
    sizes = GemmShape.parse(shape);
    arena = Arena.ofShared();
    segmentProblem = new GemmProblem(Backend.scalar(Threads.one()).gemm(), arena, sizes);
    vectorProblem = new GemmProblem(Backend.vector(Threads.one()).gemm(), arena, sizes);
    var expected = segmentProblem.sample(arena);
    Operands.requireEqualBits(expected, vectorProblem.sample(arena));
    prepareArrays();
    multiplyArrays();
    int depth =
        switch (sizes.form()) {
          case FORWARD -> sizes.k();
          case BACKWARD -> sizes.n();
          case GRADIENT -> sizes.m();
        };
    Operands.requireClose(expected, product, 1e-6 * depth);
  }

  private void prepareArrays() {
    left = ArrayParameter.rowsOf(vectorProblem.left());
    right = ArrayParameter.rowsOf(vectorProblem.right());
    switch (sizes.form()) {
      case FORWARD -> {
        right = ArrayParameter.transposed(right);
        product = new float[sizes.m()][sizes.n()];
      }
      case BACKWARD -> product = new float[sizes.m()][sizes.k()];
      case GRADIENT -> product = new float[sizes.n()][sizes.k()];
    }
    staging = new ArrayGemm.Staging();
  }

  private float[][] multiplyArrays() {
    if (sizes.form() == GemmShape.Product.GRADIENT) {
      ArrayGemm.multiplyTransposed(left, 0, right, 0, left.length, product, staging);
    } else {
      ArrayGemm.multiply(left, right, product);
    }
    return product;
  }

  /// The vector kernels.
  @Benchmark
  public Tensor vector(Counter work) {
    work.gflops += 1e-9 * sizes.flops();
    return vectorProblem.run();
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public Tensor segment(Counter work) {
    work.gflops += 1e-9 * sizes.flops();
    return segmentProblem.run();
  }

  /// Plain loops over arrays.
  @Benchmark
  public float[][] array(Counter work) {
    work.gflops += 1e-9 * sizes.flops();
    return multiplyArrays();
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public float[][] scalar(Counter work) {
    work.gflops += 1e-9 * sizes.flops();
    return multiplyArrays();
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    arena.close();
  }
}
