package dev.rondo.bench;

import dev.rondo.bench.array.ArrayParameter;
import dev.rondo.bench.array.ArrayRecurrent;
import dev.rondo.bench.array.ArrayTraining;
import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
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

/// A training step of one layer: forward pass, backward pass through 64 steps, clipping, Adam;
/// batch 32, input = hidden, no gradient of the input. The loss is a sum with fixed factors. This
/// decides what a step fuses.
///
/// The counter `gflops` is three times the products of the forward pass, in 10⁹ floating-point
/// operations per second. All sizes: `-p hiddenSize=128,256,512`.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class TrainingStepBenchmark {
  private static final int STEPS = 64;
  private static final int CHECKED_STEPS = 3;

  /// Relative to the largest element of a gradient.
  private static final double TOLERANCE = 1e-4;

  /// The recurrence.
  @Param({"LSTM", "GRU", "RNN"})
  public Cell cell;

  /// The number of units and of input features.
  @Param("128")
  public int hiddenSize;

  /// The batch size.
  @Param("32")
  public int batchSize;

  /// Threads of the engine's kernels.
  @Param("1")
  public int threads;

  private EngineLayer segmentLayer;
  private EngineLayer vectorLayer;
  private ArrayTraining arrays;

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
    EngineLayer.requireEqualBits(segmentLayer, vectorLayer, CHECKED_STEPS);
    vectorLayer.requireClose(newArrays(CHECKED_STEPS), CHECKED_STEPS, TOLERANCE);
    arrays = newArrays(STEPS);
  }

  private ArrayTraining newArrays(int steps) {
    int rows = steps * batchSize;
    return new ArrayTraining(
        new ArrayRecurrent(cell, vectorLayer.parameters(), 0, steps, batchSize),
        ArrayParameter.rowsOf(vectorLayer.x().rows(0, rows)),
        ArrayParameter.rowsOf(vectorLayer.upstream().rows(0, rows)),
        EngineLayer.LEARNING_RATE,
        EngineLayer.MAXIMUM_NORM);
  }

  private void count(Counter work) {
    work.gflops += 3 * EngineLayer.forwardGigaflops(cell, STEPS, batchSize, hiddenSize);
  }

  /// The vector kernels.
  @Benchmark
  public double vector(Counter work) {
    count(work);
    return vectorLayer.train(STEPS);
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public double segment(Counter work) {
    count(work);
    return segmentLayer.train(STEPS);
  }

  /// Plain loops over arrays.
  @Benchmark
  public ArrayRecurrent array(Counter work) {
    count(work);
    return arrays.step();
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public ArrayRecurrent scalar(Counter work) {
    count(work);
    return arrays.step();
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    segmentLayer.close();
    vectorLayer.close();
  }
}
