package dev.rondo.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The peak of one core: fused multiply-adds between registers, in twelve independent chains,
/// without memory. Shares of the peak refer to it.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = JvmFlags.VECTOR)
public class PeakBenchmark {
  /// Written before each run, so that the compiler knows no value.
  public float factor = 0.999f;

  /// The amount of work, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// 10⁹ floating-point operations.
    public double gflops;
  }

  /// Twelve chains of fused multiply-adds.
  @Benchmark
  public float fusedMultiplyAdd(Counter work) {
    work.gflops += 1e-9 * FmaChains.FLOPS;
    return FmaChains.run(factor);
  }
}
