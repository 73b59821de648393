package dev.rondo.kernel;

import dev.rondo.tensor.ElementType;
import java.util.function.Function;

/// One consistent set of kernels and the threads they may use; it runs a model.
///
/// All float32 backends give the same bits; they differ in speed. Thread-safe as long as `threads`
/// is used by one caller at a time; closing a backend ends its workers.
public final class Backend implements AutoCloseable {
  /// The system property that forces `scalar` or `vector` kernels.
  public static final String KERNELS_PROPERTY = "dev.rondo.kernels";

  private static final System.Logger LOGGER = System.getLogger("dev.rondo");

  private final String name;
  private final ElementType type;
  private final Gemm gemm;
  private final Gates gates;
  private final Arithmetic arithmetic;
  private final Activations activations;
  private final Rows rows;
  private final Updates updates;
  private final Threads threads;
  private final Parallel parallel;

  /// Kernels with stored weights; null if there are none.
  private final Stored stored;

  /// Null unless calls are recorded in a plan.
  private final LstmStep lstmStep;

  /// The kernels that plans are made of.
  private record Stored(
      Function<WeightFormat, WeightProduct> products, Function<WeightFormat, LstmStep> lstmSteps) {}

  private Backend(
      String name,
      ElementType type,
      Gemm gemm,
      Gates gates,
      Arithmetic arithmetic,
      Activations activations,
      Rows rows,
      Updates updates,
      Threads threads,
      Stored stored,
      LstmStep lstmStep) {
    this.name = name;
    this.type = type;
    this.gemm = gemm;
    this.gates = gates;
    this.arithmetic = arithmetic;
    this.activations = activations;
    this.rows = rows;
    this.updates = updates;
    this.threads = threads;
    this.parallel = new Parallel(gemm, threads);
    this.stored = stored;
    this.lstmStep = lstmStep;
  }

  /// Chooses the vector kernels, or the scalar ones if `jdk.incubator.vector` is not resolved,
  /// which is logged once to the logger `dev.rondo`. The property [#KERNELS_PROPERTY] forces the
  /// choice.
  ///
  /// @throws IllegalArgumentException if the property is neither `scalar` nor `vector`
  /// @throws IllegalStateException if `vector` is forced and the module is missing
  public static Backend best(Threads threads) {
    String forced = System.getProperty(KERNELS_PROPERTY);
    return switch (forced) {
      case null -> {
        if (vectorAvailable()) {
          yield vector(threads);
        }
        Fallback.sayOnce();
        yield scalar(threads);
      }
      case "scalar" -> scalar(threads);
      case "vector" -> vector(threads);
      default ->
          throw new IllegalArgumentException(
              KERNELS_PROPERTY + " must be scalar or vector, was " + forced);
    };
  }

  /// As [#best(Threads)], on the caller's thread only.
  public static Backend best() {
    return best(Threads.one());
  }

  /// The scalar float32 kernels.
  public static Backend scalar(Threads threads) {
    return new Backend(
        "scalar",
        ElementType.FLOAT32,
        new ScalarGemm(),
        new ScalarGates(),
        new ScalarArithmetic(),
        new ScalarActivations(),
        new ScalarRows(),
        new ScalarUpdates(),
        threads,
        new Stored(ScalarWeightProduct::new, ScalarLstmStep::new),
        null);
  }

  /// The float32 kernels on vectors.
  ///
  /// @throws IllegalStateException if `jdk.incubator.vector` is not resolved
  public static Backend vector(Threads threads) {
    if (!vectorAvailable()) {
      throw new IllegalStateException(
          "vector kernels need --add-modules jdk.incubator.vector on the command line");
    }
    return VectorBackend.create(threads);
  }

  /// The float64 twin of the scalar kernels, for checking gradients.
  public static Backend float64(Threads threads) {
    return new Backend(
        "float64",
        ElementType.FLOAT64,
        new DoubleGemm(),
        new DoubleGates(),
        new DoubleArithmetic(),
        new DoubleActivations(),
        new DoubleRows(),
        new DoubleUpdates(),
        threads,
        null,
        null);
  }

  /// True if this JVM has resolved the module that the vector kernels need.
  public static boolean vectorAvailable() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /// A class of its own, so that a JVM without the module never loads a vector class.
  private static final class VectorBackend {
    static Backend create(Threads threads) {
      VectorMath.loadClasses();
      return new Backend(
          "vector-" + VectorMath.SPECIES.vectorBitSize(),
          ElementType.FLOAT32,
          new VectorGemm(),
          new VectorGates(),
          new VectorArithmetic(),
          new VectorActivations(),
          new VectorRows(),
          new VectorUpdates(),
          threads,
          new Stored(VectorWeightProduct::new, VectorLstmStep::new),
          null);
    }
  }

  private static final class Fallback {
    static {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "jdk.incubator.vector is not resolved: scalar kernels, same results but slower; start"
              + " the JVM with --add-modules jdk.incubator.vector");
    }

    static void sayOnce() {
      // the class initializer has reported it
    }
  }

  /// `scalar`, `float64`, or `vector-` and the bits of a vector.
  public String name() {
    return name;
  }

  /// The element type of every tensor that these kernels take.
  public ElementType type() {
    return type;
  }

  /// Matrix products.
  public Gemm gemm() {
    return gemm;
  }

  /// The pointwise part of recurrent cells.
  public Gates gates() {
    return gates;
  }

  /// Sums and products of elements.
  public Arithmetic arithmetic() {
    return arithmetic;
  }

  /// Functions of one element.
  public Activations activations() {
    return activations;
  }

  /// Operations along rows.
  public Rows rows() {
    return rows;
  }

  /// Optimizer updates.
  public Updates updates() {
    return updates;
  }

  /// Whole LSTM steps; null unless calls are recorded in a plan.
  public LstmStep lstmStep() {
    return lstmStep;
  }

  /// The threads over which callers of these kernels split work.
  public Threads threads() {
    return threads;
  }

  /// Products and passes over rows, spread over the threads.
  public Parallel parallel() {
    return parallel;
  }

  /// The same kernels, whose calls are recorded in a plan; on the caller's thread only.
  Backend noting(Plan plan, WeightFormat weights) {
    if (stored == null) {
      throw new IllegalArgumentException("plans are of float32 kernels, the backend is " + name);
    }
    return new Backend(
        name,
        type,
        new PlannedGemm(plan, gemm, stored.products.apply(weights)),
        new PlannedGates(plan, gates),
        new PlannedArithmetic(plan, arithmetic),
        new PlannedActivations(plan, activations),
        new PlannedRows(plan, rows),
        updates,
        Threads.one(),
        stored,
        new PlannedLstmStep(plan, stored.lstmSteps.apply(weights)));
  }

  /// Ends the threads.
  @Override
  public void close() {
    threads.close();
  }
}
