package dev.rondo.bench;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
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

/// `C += A·Wᵀ` with the weights packed beforehand and the activations packed inside the time, as a
/// layer runs it: decides the register tile, the blocking and the packing of A. One thread.
///
/// The counter `gflops` is in 10⁹ floating-point operations a second, to be read beside
/// [PeakBenchmark]'s.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class GemmBenchmark {
  /// Rows of A, rows of W, columns of both.
  @Param({"32x1024x256", "512x128x2048", "2048x1024x256", "33x65x257"})
  public String shape;

  private Arena arena;
  private Gemm scalarGemm;
  private Gemm vectorGemm;
  private PackedMatrix scalarWeights;
  private PackedMatrix vectorWeights;
  private Tensor a;
  private Tensor c;
  private double gigaflops;

  /// Work done, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    /// 10⁹ floating-point operations.
    public double gflops;
  }

  /// Makes the operands and requires equal bits of both contenders.
  @Setup
  @SuppressWarnings("MustBeClosed") // a backend without workers has nothing to end
  public void prepare() {
    String[] sizes = shape.split("x", -1);
    int m = Integer.parseInt(sizes[0]);
    int n = Integer.parseInt(sizes[1]);
    int k = Integer.parseInt(sizes[2]);
    gigaflops = 2e-9 * m * n * k;
    arena = Arena.ofShared();
    scalarGemm = Backend.scalar(Threads.one()).gemm();
    vectorGemm = Backend.vector(Threads.one()).gemm();
    a = Operands.random(arena, 1, m, k);
    var weights = Operands.random(arena, 2, n, k);
    scalarWeights = Operands.packed(scalarGemm, arena, weights);
    vectorWeights = Operands.packed(vectorGemm, arena, weights);
    c = Operands.zeros(arena, m, n);
    var check = Operands.zeros(arena, m, n);
    scalarGemm.multiply(a, scalarWeights, check);
    vectorGemm.multiply(a, vectorWeights, c);
    Operands.requireEqualBits(check, c);
  }

  /// The scalar kernel.
  @Benchmark
  public Tensor scalar(Work work) {
    scalarGemm.multiply(a, scalarWeights, c);
    work.gflops += gigaflops;
    return c;
  }

  /// The vector kernel.
  @Benchmark
  public Tensor vector(Work work) {
    vectorGemm.multiply(a, vectorWeights, c);
    work.gflops += gigaflops;
    return c;
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    arena.close();
  }
}
