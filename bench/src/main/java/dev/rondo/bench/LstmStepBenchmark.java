package dev.rondo.bench;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.kernel.Threads;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
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

/// One LSTM step, input = hidden, with packed weights: bias, both products, gates. This decides
/// whether fusing the matrix part and the pointwise part is worthwhile. One thread; native memory
/// only, so `-prof gc` should show close to 0 bytes per operation.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = JvmFlags.VECTOR)
public class LstmStepBenchmark {
  /// The number of units and of input features; a multiple of 16.
  @Param({"64", "128", "256"})
  public int hiddenSize;

  /// The batch size.
  @Param({"1", "32"})
  public int batchSize;

  private Arena arena;
  private EngineStep segment;
  private EngineStep vector;

  /// One implementation with its packed weights and its state.
  private static final class EngineStep {
    final Backend backend;
    final PackedMatrix weightIh;
    final PackedMatrix weightHh;
    final Tensor bias;
    final Tensor x;
    final Tensor z;
    final Tensor h;
    final Tensor c;

    EngineStep(Backend backend, Arena arena, int hiddenSize, int batchSize) {
      this.backend = backend;
      var gemm = backend.gemm();
      weightIh =
          Operands.packedTransposed(
              gemm, arena, Operands.random(arena, 1, 4 * hiddenSize, hiddenSize));
      weightHh =
          Operands.packedTransposed(
              gemm, arena, Operands.random(arena, 2, 4 * hiddenSize, hiddenSize));
      bias = Operands.random(arena, 3, 4 * hiddenSize);
      x = Operands.random(arena, 4, batchSize, hiddenSize);
      z = Operands.zeros(arena, batchSize, 4 * hiddenSize);
      h = Operands.zeros(arena, batchSize, hiddenSize);
      c = Operands.zeros(arena, batchSize, hiddenSize);
    }

    Tensor step() {
      backend.rows().set(bias, z);
      backend.gemm().multiply(x, weightIh, z);
      backend.gemm().multiply(h, weightHh, z);
      backend.gates().lstm(z, c, c, h);
      return h;
    }
  }

  /// Makes both contenders and requires equal bits after ten steps.
  @Setup
  @SuppressWarnings("MustBeClosed") // a backend without workers has nothing to end
  public void prepare() {
    arena = Arena.ofShared();
    segment = new EngineStep(Backend.scalar(Threads.one()), arena, hiddenSize, batchSize);
    vector = new EngineStep(Backend.vector(Threads.one()), arena, hiddenSize, batchSize);
    for (int t = 0; t < 10; t++) {
      Operands.requireEqualBits(segment.step(), vector.step());
    }
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public Tensor segment() {
    return segment.step();
  }

  /// The vector kernels.
  @Benchmark
  public Tensor vector() {
    return vector.step();
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    arena.close();
  }
}
