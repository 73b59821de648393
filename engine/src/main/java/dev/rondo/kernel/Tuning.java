package dev.rondo.kernel;

/// Constants chosen by measurement, by which work is split to fit caches, registers and threads.
/// None of them changes a bit of any result.
///
/// Each comment names the benchmark that shows the effect: a JMH benchmark of the module `bench`,
/// or `./rondo bench`. All are compile-time constants, so that the compiler can prove bounds with
/// them. They fit a core with 32 or 48 kB of first-level and at least 1 MB of second-level cache;
/// `docs/performance.md` has the machine and the figures.
public final class Tuning {
  // Products of training: VectorGemm, ADR 0003 and 0007.

  /// Steps of the depth in a block. This number of rows of a panel of B, 128 bytes each at 512
  /// bits, takes 32 kB, which stay in the first-level cache while all tiles of a block of A pass
  /// over them. `GemmBenchmark`, forward-512x4096x1024.
  static final int GEMM_DEPTH = 256;

  /// Rows of A in a block, a multiple of every tile's height; with [#GEMM_DEPTH] 120 kB in the
  /// second-level cache. `GemmBenchmark`, forward-3200x1024x256.
  static final int GEMM_ROWS = 120;

  /// Columns in a block of an unpacked B, a multiple of every panel; with [#GEMM_DEPTH] 512 kB in
  /// the second-level cache. `GemmBenchmark`, gradient-3200x1024x256.
  static final int GEMM_COLUMNS = 512;

  /// Rows of the tallest tile with 32 vector registers. Twelve are faster by 3 % but exceed the
  /// limit of the first compiler. `GemmBenchmark`, ADR 0003.
  static final int TILE_ROWS = 8;

  /// Rows of the tallest tile with 16 vector registers, at 256 bits: 12 sums, 2 vectors of B, one
  /// of A. `GemmBenchmark` with `-Ddev.rondo.vectorBits=256`.
  static final int TILE_ROWS_OF_16_REGISTERS = 6;

  /// Floats of a cache line. The distance of copied rows and strips is one line more than their
  /// length, so that equal places of several of them do not compete for one set of that cache.
  private static final int CACHE_LINE = 16;

  /// Floats from one copied row of A to the next. `GemmBenchmark`, forward shapes.
  static final int TILE_ROW_STEP = GEMM_DEPTH + CACHE_LINE;

  /// Floats from one step of the depth to the next in a strip of copied columns of A: one tile's
  /// rows. `GemmBenchmark`, gradient shapes.
  static final int TILE_COLUMN_STEP = TILE_ROWS;

  /// Floats from one strip of copied columns to the next. `GemmBenchmark`, gradient shapes.
  static final int TILE_STRIP_STEP = GEMM_DEPTH * TILE_COLUMN_STEP + CACHE_LINE;

  /// Steps of the depth that are packed at a time if a panel's columns are rows of the source. They
  /// are written in pieces of four bytes, at most 8 kB. `TrainingStepBenchmark`.
  static final int PACKED_DEPTH = 64;

  // Products of streams, whose weights no longer change: VectorWeightProduct, ADR 0015.

  /// Vectors of columns in a panel of weights: four chains of multiply-adds take one vector per
  /// cycle. An LSTM's panel has one vector for each gate. `StreamingLatencyBenchmark`.
  static final int WEIGHT_PANEL = 4;

  /// Rows that pass over a panel of weights together, for 16 sums. `./rondo bench soak`, which runs
  /// steps of many streams at once.
  static final int WEIGHT_ROWS = 4;

  // The scalar kernels: ScalarGemm, ScalarWeightProduct.

  /// Steps of the depth in a block: with [#SCALAR_COLUMNS] 128 kB in the second-level cache.
  /// `GemmBenchmark.segment`.
  static final int SCALAR_DEPTH = 64;

  /// Columns in a block: a row of sums of 2 kB stays in the first-level cache.
  /// `GemmBenchmark.segment`.
  static final int SCALAR_COLUMNS = 512;

  /// Rows and columns of the blocks in which a matrix is transposed: one cache line in each
  /// direction. `TrainingStepBenchmark`.
  static final int TRANSPOSED_BLOCK = CACHE_LINE;

  // Threads: Parallel.

  /// Multiply-adds below which one thread does a whole product: about 10 microseconds, which is
  /// also the cost of waking a worker. `GemmBenchmark`, forward-8x256x64; `TrainingStepBenchmark`.
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

  /// The largest number of time steps whose input product is computed at once if nothing is
  /// recorded, so that memory does not grow with the sequence. `SequenceForwardBenchmark`.
  public static final int STEPS_AT_ONCE = 32;

  /// Rows of an input product that keep the multipliers busy while the matrix comes from the
  /// third-level cache. `SequenceForwardBenchmark`.
  public static final int ROWS_AT_ONCE = 240;

  /// Rows from which a product of one step keeps the multipliers busy: those of one tile.
  /// `SequenceForwardBenchmark`.
  public static final int ROWS_OF_A_STEP = TILE_ROWS;

  /// Bytes of a layer's two matrices up to which they stay in the second-level cache from one step
  /// to the next; with more bytes, the input's product is computed for all steps first.
  /// `SequenceForwardBenchmark`, `docs/performance.md`.
  public static final int WEIGHTS_IN_CACHE_BYTES = 768 << 10;

  /// Bytes up to which a table whose rows are a layer's input is multiplied as a whole: the result
  /// stays in the last-level cache. `CharModelBenchmark`, ADR 0009.
  public static final int PROJECTED_TABLE_BYTES = 4 << 20;

  private Tuning() {}
}
