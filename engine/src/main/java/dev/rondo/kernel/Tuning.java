package dev.rondo.kernel;

/// The numbers that make kernels fast and change no bit of their results.
public final class Tuning {
  /// Floats from one row of a copied left operand to the next: the deepest block, and a cache line
  /// more, so that equal columns of the rows do not compete for one set of the cache.
  static final int TILE_ROW_STEP = 256 + 16;

  /// Floats from one step of the depth to the next in a copied strip of columns: the height of the
  /// tallest tile.
  static final int TILE_COLUMN_STEP = 8;

  private Tuning() {}
}
