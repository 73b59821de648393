package dev.rondo.bench;

import dev.rondo.autograd.Parameters;
import dev.rondo.bench.array.ArrayParameter;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.optim.Adam;
import dev.rondo.optim.AdamW;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
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

/// One update of a million parameters. It decides what an optimizer fuses into its pass over
/// memory. The counter `bytes` is 10⁹ bytes per second that the formula at least reads and writes.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = JvmFlags.VECTOR)
public class OptimizerBenchmark {
  private static final int MATRICES = 2;

  private static final int COLUMNS = 512;

  /// So small that weights hardly change, however often an update is repeated.
  private static final double LEARNING_RATE = 1e-7;

  private static final double WEIGHT_DECAY = 1e-2;

  /// After three updates: roundings of an update of 1e-7 to a value below 1.
  private static final double TOLERANCE = 1e-6;

  /// The operation on all parameters.
  public enum Operation {
    /// Adam: reads four arrays, writes three.
    ADAM(28),
    /// AdamW, as Adam.
    ADAMW(28),
    /// Plain gradient descent: reads two, writes one.
    SGD(12),
    /// Clipping by the global norm, always active: reads gradients twice, writes them once.
    CLIP(12);

    private final int bytesPerElement;

    Operation(int bytesPerElement) {
      this.bytesPerElement = bytesPerElement;
    }
  }

  /// The operation.
  @Param public Operation operation;

  /// Rows of 512 in each of two matrices: 1024 make a million parameters, 4 MB per array.
  @Param("1024")
  public int rows;

  /// Threads of the engine's kernels.
  @Param("1")
  public int threads;

  private EngineOptimizer segmentKernels;
  private EngineOptimizer vectorKernels;
  private List<ArrayParameter> arrays;
  private long t;
  private double norm;

  /// The amount of work, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counter {
    /// 10⁹ bytes.
    public double bytes;
  }

  /// The engine's optimizers with one kind of kernels.
  private static final class EngineOptimizer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Backend backend;
    private final Parameters parameters;
    private final Optimizer optimizer;
    private double norm;

    EngineOptimizer(Backend backend, Operation operation, int rows) {
      this.backend = backend;
      parameters = new Parameters(backend, arena);
      var random = new CounterRandom(1);
      for (int i = 0; i < MATRICES; i++) {
        var parameter = parameters.create("matrix" + i, rows, COLUMNS);
        for (int r = 0; r < rows; r++) {
          for (int c = 0; c < COLUMNS; c++) {
            parameter.value().set(r, c, random.nextFloat() - 0.5);
            parameter.gradient().set(r, c, random.nextFloat() - 0.5);
          }
        }
      }
      optimizer =
          switch (operation) {
            case ADAM -> Optimizer.of(parameters, Adam.of(LEARNING_RATE));
            case ADAMW -> Optimizer.of(parameters, AdamW.of(LEARNING_RATE));
            case SGD -> Optimizer.of(parameters, Sgd.of(LEARNING_RATE));
            case CLIP -> null;
          };
      norm = 1e6;
    }

    Parameters run() {
      if (optimizer == null) {
        norm = GradientClipping.byGlobalNorm(parameters, nextMaximum(norm));
      } else {
        optimizer.step();
      }
      return parameters;
    }

    @Override
    public void close() {
      backend.close();
      arena.close();
    }
  }

  /// A little below the current norm, so that there is always something to scale.
  private static double nextMaximum(double norm) {
    return norm * (1 - 1e-6);
  }

  /// Makes the contenders. Requires equal bits of both kernels after three updates, and results of
  /// arrays that are equal up to rounding.
  @Setup
  public void prepare() {
    segmentKernels = new EngineOptimizer(Backend.scalar(Threads.one()), operation, rows);
    vectorKernels = new EngineOptimizer(Backend.vector(Threads.of(threads)), operation, rows);
    arrays = new ArrayList<>();
    norm = 1e6;
    t = 0;
    for (var parameter : vectorKernels.parameters.all()) {
      var array = new ArrayParameter(parameter.value());
      var gradient = ArrayParameter.rowsOf(parameter.gradient());
      for (int r = 0; r < rows; r++) {
        System.arraycopy(gradient[r], 0, array.gradient()[r], 0, COLUMNS);
      }
      arrays.add(array);
    }
    for (int i = 0; i < 3; i++) {
      segmentKernels.run();
      vectorKernels.run();
      runArrays();
    }
    for (int i = 0; i < MATRICES; i++) {
      var expected = segmentKernels.parameters.all().get(i);
      var actual = vectorKernels.parameters.all().get(i);
      Operands.requireEqualBits(expected.value(), actual.value());
      Operands.requireEqualBits(expected.gradient(), actual.gradient());
      Operands.requireClose(expected.value(), arrays.get(i).value(), TOLERANCE);
      Operands.requireClose(expected.gradient(), arrays.get(i).gradient(), TOLERANCE);
    }
  }

  private List<ArrayParameter> runArrays() {
    t++;
    switch (operation) {
      case ADAM -> arrays.forEach(array -> array.adam(LEARNING_RATE, 0.9, 0.999, 1e-8, t));
      case ADAMW ->
          arrays.forEach(array -> {
            array.shrink((float) (1 - LEARNING_RATE * WEIGHT_DECAY));
            array.adam(LEARNING_RATE, 0.9, 0.999, 1e-8, t);
          });
      case SGD -> arrays.forEach(array -> array.sgd((float) LEARNING_RATE));
      case CLIP -> norm = ArrayParameter.clip(arrays, nextMaximum(norm));
    }
    return arrays;
  }

  private void count(Counter work) {
    work.bytes += 1e-9 * operation.bytesPerElement * MATRICES * rows * COLUMNS;
  }

  /// The vector kernels.
  @Benchmark
  public Parameters vector(Counter work) {
    count(work);
    return vectorKernels.run();
  }

  /// The engine's kernels in plain Java.
  @Benchmark
  public Parameters segment(Counter work) {
    count(work);
    return segmentKernels.run();
  }

  /// Plain loops over arrays.
  @Benchmark
  public List<ArrayParameter> array(Counter work) {
    count(work);
    return runArrays();
  }

  /// The same plain loops, not vectorized.
  @Benchmark
  @Fork(
      value = 2,
      jvmArgsAppend = {JvmFlags.VECTOR, JvmFlags.NO_SUPER_WORD})
  public List<ArrayParameter> scalar(Counter work) {
    count(work);
    return runArrays();
  }

  /// Frees the operands.
  @TearDown
  public void free() {
    segmentKernels.close();
    vectorKernels.close();
  }
}
