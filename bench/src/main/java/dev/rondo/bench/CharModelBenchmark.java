package dev.rondo.bench;

import dev.rondo.bench.array.ArrayAdam;
import dev.rondo.bench.array.ArrayCharModel;
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

/// A training step of a language model over 65 characters: embedding, two LSTM layers, projection,
/// softmax with cross-entropy, backward pass, clipping, Adam; 50 steps, batch 50. It is the sum of
/// all other benchmarks.
///
/// The counter `tokens` is characters per second. Both sizes: `-p hiddenSize=128,256`.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class CharModelBenchmark {
  private static final int STEPS = 50;
  private static final int BATCH_SIZE = 50;
  private static final int CHECKED_STEPS = 2;
  private static final double LOSS_TOLERANCE = 1e-5;

  /// Absolute, for gradients of a mean.
  private static final double GRADIENT_TOLERANCE = 1e-6;

  /// The number of units of a layer, and of elements of a character's vector.
  @Param("128")
  public int hiddenSize;

  /// Threads of the engine's kernels.
  @Param("1")
  public int threads;

  private EngineCharModel segmentModel;
  private EngineCharModel vectorModel;
  private ArrayCharModel arrayModel;
  private ArrayAdam arrayAdam;
  private int[] characters;
  private int[] targets;

  /// The amount of work, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// Characters.
    public long tokens;
  }

  /// Makes the contenders. Requires equal bits of both kernels over some steps, and results of
  /// arrays that are equal up to rounding.
  @Setup
  public void prepare() {
    segmentModel =
        new EngineCharModel(Backend.scalar(Threads.one()), STEPS, BATCH_SIZE, hiddenSize);
    vectorModel =
        new EngineCharModel(Backend.vector(Threads.of(threads)), STEPS, BATCH_SIZE, hiddenSize);
    requireEqual();
    arrayModel = new ArrayCharModel(vectorModel.parameters(), STEPS, BATCH_SIZE);
    arrayAdam =
        new ArrayAdam(arrayModel.parameters(), EngineLayer.LEARNING_RATE, EngineLayer.MAXIMUM_NORM);
    characters = vectorModel.text(0, STEPS);
    targets = vectorModel.text(1, STEPS);
  }

  private void requireEqual() {
    double expected = segmentModel.forwardAndBack(CHECKED_STEPS);
    double loss = vectorModel.forwardAndBack(CHECKED_STEPS);
    var arrays = new ArrayCharModel(vectorModel.parameters(), CHECKED_STEPS, BATCH_SIZE);
    double arrayLoss =
        arrays.forwardAndBack(
            vectorModel.text(0, CHECKED_STEPS), vectorModel.text(1, CHECKED_STEPS));
    if (expected != loss || !(Math.abs(expected - arrayLoss) < LOSS_TOLERANCE)) {
      throw new IllegalStateException(
          "losses differ: segment %s, vector %s, array %s".formatted(expected, loss, arrayLoss));
    }
    for (int i = 0; i < arrays.parameters().size(); i++) {
      var gradient = segmentModel.parameters().all().get(i).gradient();
      Operands.requireEqualBits(gradient, vectorModel.parameters().all().get(i).gradient());
      Operands.requireClose(gradient, arrays.parameters().get(i).gradient(), GRADIENT_TOLERANCE);
    }
    segmentModel.parameters().clearGradients();
    vectorModel.parameters().clearGradients();
  }

  private double trainArrays() {
    double loss = arrayModel.forwardAndBack(characters, targets);
    arrayAdam.step();
    arrayModel.weightsChanged();
    return loss;
  }

  /// The vector kernels.
  @Benchmark
  public double vector(Counter work) {
    work.tokens += STEPS * BATCH_SIZE;
    return vectorModel.train();
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public double segment(Counter work) {
    work.tokens += STEPS * BATCH_SIZE;
    return segmentModel.train();
  }

  /// Plain loops over arrays.
  @Benchmark
  public double array(Counter work) {
    work.tokens += STEPS * BATCH_SIZE;
    return trainArrays();
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public double scalar(Counter work) {
    work.tokens += STEPS * BATCH_SIZE;
    return trainArrays();
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    segmentModel.close();
    vectorModel.close();
  }
}
