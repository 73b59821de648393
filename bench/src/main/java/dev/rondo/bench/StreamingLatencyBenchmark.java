package dev.rondo.bench;

import dev.rondo.autograd.Parameters;
import dev.rondo.bench.peers.Work;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.stream.StreamingStack;
import dev.rondo.stream.StreamingState;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/// One step of one stream, input = hidden: the latency of a service. This decides how weights lie
/// in memory, and what a step may do besides reading them. `-prof gc` should show close to 0 bytes
/// per operation. `rondo bench stream` measures it beside other engines, with tail latencies.
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = JvmFlags.VECTOR)
public class StreamingLatencyBenchmark {
  /// The number of steps after which both contenders must have the same bits.
  private static final int CHECKED_STEPS = 10;

  /// The recurrence.
  @Param({"LSTM", "GRU", "RNN"})
  public Work.Cell cell;

  /// The number of units and of input features.
  @Param({"16", "32", "64", "128", "256", "512", "1024"})
  public int hiddenSize;

  /// The format of the weights.
  @Param({"FLOAT32", "BFLOAT16", "INT8"})
  public WeightFormat weights;

  private Arena arena;
  private MemorySegment input;
  private EngineStream segment;
  private EngineStream vector;

  /// One implementation with its packed weights and its state.
  private final class EngineStream {
    final StreamingModel model;
    final StreamingState state;
    final Tensor output = Operands.zeros(arena, hiddenSize);

    EngineStream(Backend backend) {
      var family = Cells.standard().parse(cell.label());
      var options = RecurrentOptions.of(family, hiddenSize, hiddenSize);
      var layer = options.create(new Parameters(backend, arena).at("layer"), new CounterRandom(1));
      model =
          StreamingModel.compile(
              StreamingStack.ofDense(hiddenSize).recurrent(layer),
              StreamingOptions.standard().weights(weights).backend(backend),
              arena);
      state = model.newState(arena);
    }

    Tensor step() {
      model.step(input, state, output.segment());
      return output;
    }
  }

  /// Makes both contenders and requires equal bits after ten steps.
  @Setup
  @SuppressWarnings("MustBeClosed") // a backend without workers has nothing to end
  public void prepare() {
    arena = Arena.ofShared();
    input = Operands.random(arena, 2, hiddenSize).segment();
    segment = new EngineStream(Backend.scalar(Threads.one()));
    vector = new EngineStream(Backend.vector(Threads.one()));
    for (int t = 0; t < CHECKED_STEPS; t++) {
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
