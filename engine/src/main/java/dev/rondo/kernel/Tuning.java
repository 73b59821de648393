package dev.rondo.kernel;

/// The numbers that are chosen by measurement: how work is cut to fit caches, registers and
/// threads. None changes a bit of any result.
///
/// Each names the benchmark that shows its effect: a JMH benchmark of the module `bench`, or
/// `./rondo bench`. All are compile-time constants, so that the compiler proves bounds with them.
/// They fit a core with 32 or 48 kB of first-level and at least 1 MB of second-level cache;
/// `docs/performance.md` has the machine and the figures.
public final class Tuning {
  // Products of training: VectorGemm, ADR 0003 and 0007.

  /// Steps of the depth in a block: so many rows of a panel of B, 128 bytes each at 512 bits, are
  /// 32 kB, which stay in the first-level cache while all tiles of a block of A pass over them.
  /// `GemmBenchmark`, forward-512x4096x1024.
  static final int GEMM_DEPTH = 256;

  /// Rows of A in a block, a multiple of every tile's height; with [#GEMM_DEPTH] 120 kB in the
  /// second-level cache. `GemmBenchmark`, forward-3200x1024x256.
  static final int GEMM_ROWS = 120;

  /// Columns of a B that was not packed in a block, a multiple of every panel; with [#GEMM_DEPTH]
  /// 512 kB in the second-level cache. `GemmBenchmark`, gradient-3200x1024x256.
  static final int GEMM_COLUMNS = 512;

  /// Rows of the tallest tile where there are 32 vector registers. Twelve are faster by 3 % but
  /// exceed what the first compiler takes. `GemmBenchmark`, ADR 0003.
  static final int TILE_ROWS = 8;

  /// Rows of the tallest tile where there are 16 vector registers, at 256 bits: 12 sums, 2 vectors
  /// of B, one of A. `GemmBenchmark` with `-Ddev.rondo.vectorBits=256`.
  static final int TILE_ROWS_OF_16_REGISTERS = 6;

  /// Floats of a cache line. Copied rows and strips lie a line further apart than they are long, so
  /// that equal places of several do not compete for one set of the first-level cache.
  private static final int CACHE_LINE = 16;

  /// Floats from one copied row of A to the next. `GemmBenchmark`, forward shapes.
  static final int TILE_ROW_STEP = GEMM_DEPTH + CACHE_LINE;

  /// Floats from one step of the depth to the next in a strip of copied columns of A: one tile's
  /// rows. `GemmBenchmark`, gradient shapes.
  static final int TILE_COLUMN_STEP = TILE_ROWS;

  /// Floats from one strip of copied columns to the next. `GemmBenchmark`, gradient shapes.
  static final int TILE_STRIP_STEP = GEMM_DEPTH * TILE_COLUMN_STEP + CACHE_LINE;

  /// Steps of the depth that are packed at a time where a panel's columns are rows of the source:
  /// they are written in pieces of four bytes, 8 kB at most. `TrainingStepBenchmark`.
  static final int PACKED_DEPTH = 64;

  // Products of streams, whose weights no longer change: VectorWeightProduct, ADR 0015.

  /// Vectors of columns in a panel of weights: four chains of multiply-adds take a vector a cycle.
  /// An LSTM's panel is as wide as it has gates. `StreamingLatencyBenchmark`.
  static final int WEIGHT_PANEL = 4;

  /// Rows that pass over a panel of weights together, for 16 sums. `./rondo bench soak`, which
  /// steps many streams at once.
  static final int WEIGHT_ROWS = 4;

  // The scalar kernels: ScalarGemm, ScalarWeightProduct.

  /// Steps of the depth in a block: with [#SCALAR_COLUMNS] 128 kB in the second-level cache.
  /// `GemmBenchmark.segment`.
  static final int SCALAR_DEPTH = 64;

  /// Columns in a block: a row of sums of 2 kB stays in the first-level cache.
  /// `GemmBenchmark.segment`.
  static final int SCALAR_COLUMNS = 512;

  /// Rows and columns of the blocks in which a matrix is transposed: a cache line each way.
  /// `TrainingStepBenchmark`.
  static final int TRANSPOSED_BLOCK = CACHE_LINE;

  // Threads: Parallel.

  /// Multiply-adds below which one thread does a whole product: about 10 microseconds, which waking
  /// a worker costs as well. `GemmBenchmark`, forward-8x256x64; `TrainingStepBenchmark`.
  static final int PARALLEL_MULTIPLY_ADDS = 1 << 19;

  /// Elements below which one thread does a whole pass over memory: about 10 microseconds.
  /// `OptimizerBenchmark`.
  static final int PARALLEL_ELEMENTS = 1 << 15;

  /// A thread's slice of the rows of a product is a multiple of this: whole tiles of 8 and of 6.
  /// `TrainingStepBenchmark`.
  static final int PARALLEL_ROWS = 24;

  /// A thread's slice of a weight gradient's rows, which are columns of the left operand, is a
  /// multiple of this: whole tiles and whole cache lines. `TrainingStepBenchmark`.
  static final int PARALLEL_GRADIENT_ROWS = 3 * CACHE_LINE;

  // Layers: the package nn.

  /// Time steps whose input product is done at once, at most, where nothing is recorded: memory
  /// does not grow with the sequence. `SequenceForwardBenchmark`.
  public static final int STEPS_AT_ONCE = 32;

  /// Rows of an input product that are enough to keep the multipliers busy while the matrix comes
  /// from the third-level cache. `SequenceForwardBenchmark`.
  public static final int ROWS_AT_ONCE = 240;

  /// Rows from which a product of one step keeps the multipliers busy: one tile's.
  /// `SequenceForwardBenchmark`.
  public static final int ROWS_OF_A_STEP = TILE_ROWS;

  /// Bytes of a layer's two matrices up to which they stay in the second-level cache from one step
  /// to the next; beyond, the input's product is done for all steps first.
  /// `SequenceForwardBenchmark`, `docs/performance.md`.
  public static final int WEIGHTS_IN_CACHE_BYTES = 768 << 10;

  /// Bytes up to which a table whose rows are a layer's input is multiplied as a whole: the result
  /// stays in the last-level cache. `CharModelBenchmark`, ADR 0009.
  public static final int PROJECTED_TABLE_BYTES = 4 << 20;

  private Tuning() {}
}
