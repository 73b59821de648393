package dev.rondo.kernel;

import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// [WeightProduct] on vectors: panels of four vectors of columns, the last one narrower, each read
/// from end to end. With int8 weights the columns' scales follow the panels.
final class VectorWeightProduct implements WeightProduct {
  private static final long VECTOR = (long) LANES * Float.BYTES;

  private final WeightFormat format;

  VectorWeightProduct(WeightFormat format) {
    this.format = format;
  }

  private long panelBytes(int vectors, int depth) {
    return (long) Math.ceilDiv(vectors * format.bytes(), Float.BYTES) * VECTOR * depth;
  }

  /// Bytes of all panels, after which the scales begin.
  private long panelsBytes(int depth, int columns) {
    int vectors = Math.ceilDiv(columns, LANES);
    int last = vectors % Tuning.WEIGHT_PANEL;
    long whole = vectors / Tuning.WEIGHT_PANEL * panelBytes(Tuning.WEIGHT_PANEL, depth);
    return last == 0 ? whole : whole + panelBytes(last, depth);
  }

  @Override
  public long packedElements(int depth, int columns) {
    long scales = format == WeightFormat.INT8 ? (long) Math.ceilDiv(columns, LANES) * VECTOR : 0;
    return (panelsBytes(depth, columns) + scales) / Float.BYTES;
  }

  @Override
  public void packTransposed(Tensor source, PackedMatrix target, int firstColumn) {
    assert source.columns() <= target.depth();
    assert firstColumn + source.rows() <= target.columns();
    int vectors = Math.ceilDiv(target.columns(), LANES);
    float[] weights = new float[source.columns()];
    int[] to = target.image();
    for (int n = 0; n < source.rows(); n++) {
      Quantization.read(source, n, weights);
      int column = firstColumn + n;
      int vector = column / LANES;
      int panel = vector / Tuning.WEIGHT_PANEL;
      int width = Math.min(Tuning.WEIGHT_PANEL, vectors - panel * Tuning.WEIGHT_PANEL);
      int step = ints(panelBytes(width, 1));
      int at = panel * ints(panelBytes(Tuning.WEIGHT_PANEL, target.depth())) + column % LANES;
      int within = vector % Tuning.WEIGHT_PANEL;
      switch (format) {
        case FLOAT32 -> packFloats(weights, to, at + within * LANES, step);
        case BFLOAT16 -> packHalves(weights, to, at + within / 2 * LANES, step, within % 2);
        case INT8 -> {
          float scale = Quantization.scale(weights, weights.length);
          int scales = ints(panelsBytes(target.depth(), target.columns()));
          to[scales + column] = Float.floatToRawIntBits(scale);
          packBytes(weights, scale, to, at, step, within);
        }
      }
    }
  }

  private static int ints(long bytes) {
    return Math.toIntExact(bytes / Integer.BYTES);
  }

  private static void packFloats(float[] weights, int[] to, int at, int step) {
    for (int k = 0; k < weights.length; k++) {
      to[at + k * step] = Float.floatToRawIntBits(weights[k]);
    }
  }

  private static void packHalves(float[] weights, int[] to, int at, int step, int half) {
    for (int k = 0; k < weights.length; k++) {
      to[at + k * step] |= Quantization.toBfloat16(weights[k]) << (16 * half);
    }
  }

  private static void packBytes(
      float[] weights, float scale, int[] to, int at, int step, int place) {
    for (int k = 0; k < weights.length; k++) {
      to[at + k * step] |= (Quantization.toInt8(weights[k], scale) & 0xFF) << (8 * place);
    }
  }

  @Override
  public float[] scratch(int rows, int depth) {
    int staged = Math.multiplyExact(rows / Tuning.WEIGHT_ROWS * Tuning.WEIGHT_ROWS, depth);
    return new float[staged == 0 ? 0 : staged + Tuning.WEIGHT_ROWS * Tuning.WEIGHT_PANEL * LANES];
  }

  @Override
  public void multiply(Tensor a, PackedMatrix b, Tensor c, float[] scratch) {
    multiply(c, (long) c.stride() * Float.BYTES, a, b, c, scratch);
  }

  @Override
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c, float[] scratch) {
    assert start.rows() == 1 && b.columns() <= start.stride();
    multiply(start, 0, a, b, c, scratch);
    int written = Math.ceilDiv(b.columns(), LANES) * LANES;
    int bytes = (Tensor.padded(b.columns()) - written) * Float.BYTES;
    if (bytes > 0) {
      for (int r = 0; r < c.rows(); r++) {
        c.segment().asSlice(c.byteOffset(r, written), bytes).fill((byte) 0);
      }
    }
  }

  private void multiply(
      Tensor start, long startStep, Tensor a, PackedMatrix b, Tensor c, float[] scratch) {
    assert a.rows() == c.rows() && a.stride() >= b.depth() && b.columns() <= c.stride();
    stage(a, b.depth(), scratch);
    int vectors = Math.ceilDiv(b.columns(), LANES);
    for (int v = 0; v < vectors; v += Tuning.WEIGHT_PANEL) {
      multiply(start, startStep, a, b, v, Math.min(Tuning.WEIGHT_PANEL, vectors - v), c, scratch);
    }
  }

  /// Copies the rows that pass over panels together; the others are read where they are.
  void stage(Tensor a, int depth, float[] scratch) {
    int whole = a.rows() / Tuning.WEIGHT_ROWS * Tuning.WEIGHT_ROWS;
    for (int r = 0; r < whole; r++) {
      MemorySegment.copy(
          a.segment(), ValueLayout.JAVA_FLOAT, a.byteOffset(r, 0), scratch, r * depth, depth);
    }
  }

  /// `C = start + A·B` for the columns of one whole panel, after [#stage].
  ///
  /// @param start one row, or as many as C has
  void multiplyPanel(Tensor start, Tensor a, PackedMatrix b, int panel, Tensor c, float[] scratch) {
    long startStep = start.rows() == 1 ? 0 : (long) start.stride() * Float.BYTES;
    multiply(start, startStep, a, b, panel * Tuning.WEIGHT_PANEL, Tuning.WEIGHT_PANEL, c, scratch);
  }

  /// @param first vector of the panel's columns
  /// @param width of the panel, in vectors
  private void multiply(
      Tensor start,
      long startStep,
      Tensor a,
      PackedMatrix b,
      int first,
      int width,
      Tensor c,
      float[] scratch) {
    int depth = b.depth();
    MemorySegment panels = b.panels().segment();
    long packedAt = b.panels().byteOffset(0, 0);
    long bAt = packedAt + first / Tuning.WEIGHT_PANEL * panelBytes(Tuning.WEIGHT_PANEL, depth);
    long scaleAt = packedAt + panelsBytes(depth, b.columns()) + first * VECTOR;
    long cStep = (long) c.stride() * Float.BYTES;
    long sAt = start.byteOffset(0, first * LANES);
    long cAt = c.byteOffset(0, first * LANES);
    int whole = c.rows() / Tuning.WEIGHT_ROWS * Tuning.WEIGHT_ROWS;
    for (int r = 0; r < whole; r += Tuning.WEIGHT_ROWS) {
      int aAt = r * depth;
      rows(width, scratch, aAt, panels, bAt, depth, start, sAt, startStep, c, cAt, cStep);
      if (format == WeightFormat.INT8) {
        finish(width, scratch, panels, scaleAt, start, sAt, startStep, c, cAt);
      }
      sAt += Tuning.WEIGHT_ROWS * startStep;
      cAt += Tuning.WEIGHT_ROWS * cStep;
    }
    for (int r = whole; r < c.rows(); r++) {
      long aAt = a.byteOffset(r, 0);
      row(width, a.segment(), aAt, panels, bAt, depth, scaleAt, start.segment(), sAt, c, cAt);
      sAt += startStep;
      cAt += cStep;
    }
  }

  private void row(
      int width,
      MemorySegment a,
      long aAt,
      MemorySegment b,
      long bAt,
      int depth,
      long scaleAt,
      MemorySegment s,
      long sAt,
      Tensor c,
      long cAt) {
    MemorySegment to = c.segment();
    switch (format) {
      case FLOAT32 -> VectorPanels.row(width, a, aAt, b, bAt, depth, scaleAt, s, sAt, to, cAt);
      case BFLOAT16 ->
          VectorBfloat16Panels.row(width, a, aAt, b, bAt, depth, scaleAt, s, sAt, to, cAt);
      case INT8 -> VectorInt8Panels.row(width, a, aAt, b, bAt, depth, scaleAt, s, sAt, to, cAt);
    }
  }

  /// The place of the sums in the scratch array: at its end.
  private static int sumsAt(float[] scratch) {
    return scratch.length - Tuning.WEIGHT_ROWS * Tuning.WEIGHT_PANEL * LANES;
  }

  /// `C = start + scale∘sums` for four rows of int8 weights.
  private static void finish(
      int width,
      float[] scratch,
      MemorySegment b,
      long scaleAt,
      Tensor start,
      long sAt,
      long sStep,
      Tensor c,
      long cAt) {
    long cStep = (long) c.stride() * Float.BYTES;
    for (int r = 0; r < Tuning.WEIGHT_ROWS; r++) {
      finish(
          width,
          scratch,
          sumsAt(scratch) + r * width * LANES,
          b,
          scaleAt,
          start.segment(),
          sAt + r * sStep,
          c.segment(),
          cAt + r * cStep);
    }
  }

  private static void finish(
      int width,
      float[] sums,
      int sumsAt,
      MemorySegment b,
      long scaleAt,
      MemorySegment s,
      long sAt,
      MemorySegment c,
      long cAt) {
    for (int v = 0; v < width; v++) {
      long at = v * VECTOR;
      FloatVector.fromArray(SPECIES, sums, sumsAt + v * LANES)
          .fma(
              FloatVector.fromMemorySegment(SPECIES, b, scaleAt + at, ORDER),
              FloatVector.fromMemorySegment(SPECIES, s, sAt + at, ORDER))
          .intoMemorySegment(c, cAt + at, ORDER);
    }
  }

  private void rows(
      int width,
      float[] a,
      int aAt,
      MemorySegment b,
      long bAt,
      int depth,
      Tensor start,
      long sAt,
      long sStep,
      Tensor c,
      long cAt,
      long cStep) {
    MemorySegment s = start.segment();
    MemorySegment to = c.segment();
    int sums = sumsAt(a);
    switch (format) {
      case FLOAT32 ->
          VectorPanels.rows(
              width, a, aAt, depth, b, bAt, depth, sums, s, sAt, sStep, to, cAt, cStep);
      case BFLOAT16 ->
          VectorBfloat16Panels.rows(
              width, a, aAt, depth, b, bAt, depth, sums, s, sAt, sStep, to, cAt, cStep);
      case INT8 ->
          VectorInt8Panels.rows(
              width, a, aAt, depth, b, bAt, depth, sums, s, sAt, sStep, to, cAt, cStep);
    }
  }
}
