package dev.rondo.bench;

import dev.rondo.bench.array.ArrayParameter;
import dev.rondo.bench.array.ArrayRecurrent;
import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.tensor.Tensor;
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

/// One layer over whole sequences without recording, 100 steps, input = hidden. This decides how
/// the input product is split and how the recurrent product follows. The engine packs its weights
/// within the measured time, once per pass.
///
/// The counter `gflops` is 10⁹ floating-point operations of the products per second. All sizes: `-p
/// cell=LSTM,GRU -p hiddenSize=128,512 -p batchSize=1,8,32,64`.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class SequenceForwardBenchmark {
  private static final int STEPS = 100;
  private static final int CHECKED_STEPS = 3;
  private static final double TOLERANCE = 1e-5;

  /// The recurrence.
  @Param({"LSTM", "GRU"})
  public Cell cell;

  /// The number of units and of input features.
  @Param("128")
  public int hiddenSize;

  /// The batch size.
  @Param({"1", "32"})
  public int batchSize;

  /// Threads of the engine's kernels.
  @Param("1")
  public int threads;

  private EngineLayer segmentLayer;
  private EngineLayer vectorLayer;
  private ArrayRecurrent arrayLayer;
  private float[][] x;

  /// The amount of work, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// 10⁹ floating-point operations.
    public double gflops;
  }

  /// Makes the contenders. Requires equal bits of both kernels over some steps, and results of
  /// arrays that are equal up to rounding.
  @Setup
  public void prepare() {
    segmentLayer =
        new EngineLayer(Backend.scalar(Threads.one()), cell, STEPS, batchSize, hiddenSize);
    vectorLayer =
        new EngineLayer(Backend.vector(Threads.of(threads)), cell, STEPS, batchSize, hiddenSize);
    arrayLayer = new ArrayRecurrent(cell, vectorLayer.parameters(), 0, STEPS, batchSize);
    x = ArrayParameter.rowsOf(vectorLayer.x());
    var expected = segmentLayer.forward(CHECKED_STEPS);
    Operands.requireEqualBits(expected, vectorLayer.forward(CHECKED_STEPS));
    Operands.requireClose(expected, arrayLayer.forward(x), TOLERANCE);
  }

  private void count(Counter work) {
    work.gflops += EngineLayer.forwardGigaflops(cell, STEPS, batchSize, hiddenSize);
  }

  /// The vector kernels.
  @Benchmark
  public Tensor vector(Counter work) {
    count(work);
    return vectorLayer.forward(STEPS);
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public Tensor segment(Counter work) {
    count(work);
    return segmentLayer.forward(STEPS);
  }

  /// Plain loops over arrays.
  @Benchmark
  public float[][] array(Counter work) {
    count(work);
    return arrayLayer.forward(x);
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public float[][] scalar(Counter work) {
    count(work);
    return arrayLayer.forward(x);
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    segmentLayer.close();
    vectorLayer.close();
  }
}
