package dev.rondo.nn.recurrent;

final class LayerTuning {
  static final long TABLE_BYTES = 4 << 20;
  static final int STEPS_AT_ONCE = 32;
  static final int ROWS_AT_ONCE = 240;
  static final int ROWS_OF_A_STEP = 8;
  static final long WEIGHTS_IN_CACHE = 768 << 10;

  private LayerTuning() {}
}
