package dev.rondo.bench;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
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

/// A training step (forward pass, backward pass through 64 steps, clipping, Adam; batch 32, input =
/// hidden) of variants of one layer. It shows the cost of an option beside the plain layer of its
/// kind, and the cost of padding. This decides which variants need a fused kernel.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class LayerVariantBenchmark {
  private static final int STEPS = 64;
  private static final int BATCH_SIZE = 32;

  /// The variants.
  public enum Variant {
    /// The plain layer.
    LSTM,
    /// Sequences of 2, 4, up to 64 steps, unordered: half of the batch is padding.
    LSTM_HALF_PADDED,
    /// The backward direction.
    LSTM_REVERSE,
    /// Both directions, side by side: twice the work.
    LSTM_BIDIRECTIONAL,
    /// Activations recomputed, eight steps at a time.
    LSTM_RECOMPUTED,
    /// A quarter of the recurrent weights dropped.
    LSTM_DROP_CONNECT,
    /// The same computation as [#LSTM], composed of several kernels: its limit is never reached.
    LSTM_COMPOSED,
    /// Gates that see the cell.
    LSTM_PEEPHOLES,
    /// Layer normalization inside the cell.
    LSTM_LAYER_NORM,
    /// Zoneout: units that keep their state.
    LSTM_ZONEOUT,
    /// The plain GRU.
    GRU,
    /// The reset gate before the product.
    GRU_RESET_BEFORE;

    RecurrentOptions options(int size) {
      var plain = Lstm.of(size, size);
      var cell = Lstm.cell();
      return switch (this) {
        case LSTM, LSTM_HALF_PADDED -> plain;
        case LSTM_REVERSE -> plain.direction(Direction.REVERSE);
        case LSTM_BIDIRECTIONAL -> plain.bidirectional();
        case LSTM_RECOMPUTED -> plain.recompute(8);
        case LSTM_DROP_CONNECT -> plain.dropConnect(0.25);
        case LSTM_COMPOSED -> Lstm.of(size, size, cell.cellClip(1e30));
        case LSTM_PEEPHOLES -> Lstm.of(size, size, cell.withPeepholes());
        case LSTM_LAYER_NORM -> Lstm.of(size, size, cell.withLayerNorm());
        case LSTM_ZONEOUT -> plain.zoneout(0.1, 0.1);
        case GRU -> Gru.of(size, size);
        case GRU_RESET_BEFORE -> Gru.of(size, size, Gru.cell().resetBefore());
      };
    }

    Lengths lengths() {
      if (this != LSTM_HALF_PADDED) {
        return null;
      }
      var lengths = new int[BATCH_SIZE];
      for (int b = 0; b < BATCH_SIZE; b++) {
        lengths[b] = 2 + 2 * (11 * b % BATCH_SIZE); // 11 and 32 have no common factor
      }
      return Lengths.of(lengths);
    }
  }

  /// The variant.
  @Param public Variant form;

  /// The number of units and of input features.
  @Param("128")
  public int hiddenSize;

  /// Threads of the engine's kernels.
  @Param("1")
  public int threads;

  private EngineLayer layer;

  /// Makes the layer.
  @Setup
  public void prepare() {
    var backend = Backend.vector(Threads.of(threads));
    layer = new EngineLayer(backend, form.options(hiddenSize), STEPS, BATCH_SIZE, form.lengths());
  }

  /// The vector kernels.
  @Benchmark
  public double vector() {
    return layer.train(STEPS);
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    layer.close();
  }
}
