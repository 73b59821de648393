package dev.rondo.bench;

import dev.rondo.bench.array.ArrayGates;
import dev.rondo.bench.array.ArrayParameter;
import dev.rondo.bench.peers.Work.Cell;
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

/// The pointwise part of one step of a cell, forward and backward. This decides what is fused into
/// it. One thread; hidden sizes are multiples of 16. The counter `element` is nanoseconds per unit
/// of one row, all its gates together.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class GatesBenchmark {
  /// Absolute: for states, and for products of a few numbers below 1.
  private static final double TOLERANCE = 2e-6;

  /// The recurrence.
  @Param({"LSTM", "GRU", "RNN"})
  public Cell cell;

  /// Whether the backward pass is timed.
  @Param({"false", "true"})
  public boolean backward;

  /// Units.
  @Param("256")
  public int hiddenSize;

  /// The batch size.
  @Param("32")
  public int batchSize;

  private Arena arena;
  private GatesProblem segmentProblem;
  private GatesProblem vectorProblem;
  private float[][][] z;
  private float[][] previous;
  private float[][] c;
  private float[][] h;
  private float[][] dh;
  private float[][] carried;
  private float[][] dc;

  /// The amount of work, for the time of one element.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// Units of one row.
    public long element;
  }

  /// Makes the operands. Requires equal bits of both kernels in both passes, and results of arrays
  /// that are equal up to rounding.
  @Setup
  @SuppressWarnings("MustBeClosed") // a backend without workers has nothing to end
  public void prepare() {
    arena = Arena.ofShared();
    var segmentGates = Backend.scalar(Threads.one()).gates();
    segmentProblem = new GatesProblem(segmentGates, arena, cell, batchSize, hiddenSize);
    var vectorGates = Backend.vector(Threads.one()).gates();
    vectorProblem = new GatesProblem(vectorGates, arena, cell, batchSize, hiddenSize);
    prepareArrays();
    var expected = segmentProblem.forward();
    Operands.requireEqualBits(expected, vectorProblem.forward());
    Operands.requireClose(expected, forwardArrays(), TOLERANCE);
    var gradients = segmentProblem.backward();
    Operands.requireEqualBits(gradients, vectorProblem.backward());
    backwardArrays();
    for (int block = 0; block < z.length; block++) {
      var columns = gradients.columns(engineBlock(block) * hiddenSize, hiddenSize);
      Operands.requireClose(columns, z[block], TOLERANCE);
    }
  }

  private void prepareArrays() {
    int blocks = vectorProblem.z().columns() / hiddenSize;
    z = new float[blocks][][];
    for (int block = 0; block < blocks; block++) {
      int from = engineBlock(block) * hiddenSize;
      z[block] = ArrayParameter.rowsOf(vectorProblem.z().columns(from, hiddenSize));
    }
    previous = ArrayParameter.rowsOf(vectorProblem.previous());
    c = ArrayParameter.rowsOf(vectorProblem.c());
    h = ArrayParameter.rowsOf(vectorProblem.h());
    dh = ArrayParameter.rowsOf(vectorProblem.dh());
    carried = ArrayParameter.rowsOf(vectorProblem.carried());
    dc = ArrayParameter.rowsOf(vectorProblem.dc());
  }

  /// The engine orders the blocks of a GRU n r z q, arrays r z n q.
  private int engineBlock(int block) {
    return cell == Cell.GRU && block < 3 ? (block + 1) % 3 : block;
  }

  private float[][] forwardArrays() {
    for (int r = 0; r < h.length; r++) {
      switch (cell) {
        case LSTM -> ArrayGates.lstm(z[0][r], z[1][r], z[2][r], z[3][r], previous[r], c[r], h[r]);
        case GRU -> ArrayGates.gru(z[0][r], z[1][r], z[2][r], z[3][r], previous[r], h[r]);
        case RNN -> ArrayGates.rnn(z[0][r], h[r]);
      }
    }
    return h;
  }

  private float[][] backwardArrays() {
    for (int r = 0; r < h.length; r++) {
      switch (cell) {
        case LSTM ->
            ArrayGates.lstmBackward(
                z[0][r], z[1][r], z[2][r], z[3][r], previous[r], c[r], dh[r], carried[r], dc[r]);
        case GRU ->
            ArrayGates.gruBackward(
                z[0][r], z[1][r], z[2][r], z[3][r], previous[r], dh[r], carried[r]);
        case RNN -> ArrayGates.rnnBackward(z[0][r], h[r], dh[r], carried[r]);
      }
    }
    return dh;
  }

  private float[][] runArrays(Counter work) {
    work.element += (long) batchSize * hiddenSize;
    return backward ? backwardArrays() : forwardArrays();
  }

  private Tensor run(GatesProblem problem, Counter work) {
    work.element += (long) batchSize * hiddenSize;
    return backward ? problem.backward() : problem.forward();
  }

  /// The vector kernels.
  @Benchmark
  public Tensor vector(Counter work) {
    return run(vectorProblem, work);
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public Tensor segment(Counter work) {
    return run(segmentProblem, work);
  }

  /// Plain loops over arrays.
  @Benchmark
  public float[][] array(Counter work) {
    return runArrays(work);
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public float[][] scalar(Counter work) {
    return runArrays(work);
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    arena.close();
  }
}
