package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// [WeightProduct] in plain Java: a packed operand is the weights row by row, followed, for int8,
/// by the columns' scales. Rows are read into arrays of the calling thread, over which the compiler
/// vectorizes the loops.
final class ScalarWeightProduct implements WeightProduct {
  /// The arrays that one thread reads weights into.
  private static final class Scratch {
    final float[] weights = new float[Tuning.SCALAR_COLUMNS];
    final float[] sums = new float[Tuning.SCALAR_COLUMNS];
    final float[] start = new float[Tuning.SCALAR_COLUMNS];
    final float[] scales = new float[Tuning.SCALAR_COLUMNS];
    final short[] halves = new short[Tuning.SCALAR_COLUMNS];
    final byte[] bytes = new byte[Tuning.SCALAR_COLUMNS];
  }

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private final WeightFormat format;

  ScalarWeightProduct(WeightFormat format) {
    this.format = format;
  }

  private long rowBytes(int columns) {
    return (long) Tensor.padded(columns) * format.bytes();
  }

  @Override
  public long packedElements(int depth, int columns) {
    long scales = format == WeightFormat.INT8 ? Tensor.padded(columns) : 0;
    return depth * rowBytes(columns) / Float.BYTES + scales;
  }

  @Override
  public void packTransposed(Tensor source, PackedMatrix target, int firstColumn) {
    assert source.columns() <= target.depth();
    assert firstColumn + source.rows() <= target.columns();
    float[] weights = new float[source.columns()];
    MemorySegment to = target.panels().segment();
    long base = target.panels().byteOffset(0, 0);
    long step = rowBytes(target.columns());
    for (int n = 0; n < source.rows(); n++) {
      Quantization.read(source, n, weights);
      int column = firstColumn + n;
      long at = base + (long) column * format.bytes();
      float scale = 0;
      if (format == WeightFormat.INT8) {
        scale = Quantization.scale(weights, weights.length);
        long scales = base + target.depth() * step;
        to.set(ValueLayout.JAVA_FLOAT, scales + (long) column * Float.BYTES, scale);
      }
      for (int k = 0; k < weights.length; k++) {
        put(weights[k], scale, to, at + k * step);
      }
    }
  }

  private void put(float weight, float scale, MemorySegment to, long at) {
    switch (format) {
      case FLOAT32 -> to.set(ValueLayout.JAVA_FLOAT, at, weight);
      case BFLOAT16 -> to.set(ValueLayout.JAVA_SHORT, at, (short) Quantization.toBfloat16(weight));
      case INT8 -> to.set(ValueLayout.JAVA_BYTE, at, (byte) Quantization.toInt8(weight, scale));
    }
  }

  @Override
  public float[] scratch(int rows, int depth) {
    return new float[0]; // rows are read into arrays of the thread
  }

  @Override
  public void multiply(Tensor a, PackedMatrix b, Tensor c, float[] scratch) {
    multiply(c, false, a, b, c);
  }

  @Override
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c, float[] scratch) {
    assert start.rows() == 1 && b.columns() <= start.stride();
    multiply(start, true, a, b, c);
  }

  private void multiply(Tensor start, boolean oneStart, Tensor a, PackedMatrix b, Tensor c) {
    assert a.rows() == c.rows() && a.stride() >= b.depth() && b.columns() <= c.stride();
    var scratch = SCRATCH.get();
    int padded = Tensor.padded(b.columns());
    for (int m = 0; m < c.rows(); m++) {
      for (int j = 0; j < padded; j += Tuning.SCALAR_COLUMNS) {
        int count = Math.min(Tuning.SCALAR_COLUMNS, padded - j);
        long from = start.byteOffset(oneStart ? 0 : m, j);
        MemorySegment.copy(start.segment(), ValueLayout.JAVA_FLOAT, from, scratch.start, 0, count);
        chains(a, m, b, j, count, scratch);
        long to = c.byteOffset(m, j);
        MemorySegment.copy(scratch.sums, 0, c.segment(), ValueLayout.JAVA_FLOAT, to, count);
      }
    }
  }

  /// `sums = start + a·B` of one row and some columns.
  private void chains(Tensor a, int row, PackedMatrix b, int column, int count, Scratch scratch) {
    float[] sums = scratch.sums;
    boolean scaled = format == WeightFormat.INT8;
    if (scaled) {
      Arrays.fill(sums, 0, count, 0f);
    } else {
      System.arraycopy(scratch.start, 0, sums, 0, count);
    }
    long step = rowBytes(b.columns());
    long at = b.panels().byteOffset(0, 0) + (long) column * format.bytes();
    for (int k = 0; k < b.depth(); k++) {
      read(b.panels().segment(), at + k * step, count, scratch);
      float x = a.segment().get(ValueLayout.JAVA_FLOAT, a.byteOffset(row, k));
      link(x, scratch.weights, sums, count);
    }
    if (scaled) {
      long scales = b.panels().byteOffset(0, 0) + b.depth() * step + (long) column * Float.BYTES;
      MemorySegment.copy(
          b.panels().segment(), ValueLayout.JAVA_FLOAT, scales, scratch.scales, 0, count);
      scale(scratch.scales, scratch.start, sums, count);
    }
  }

  private void read(MemorySegment b, long at, int count, Scratch scratch) {
    float[] weights = scratch.weights;
    switch (format) {
      case FLOAT32 -> MemorySegment.copy(b, ValueLayout.JAVA_FLOAT, at, weights, 0, count);
      case BFLOAT16 -> {
        MemorySegment.copy(b, ValueLayout.JAVA_SHORT, at, scratch.halves, 0, count);
        for (int i = 0; i < count; i++) {
          weights[i] = Quantization.fromBfloat16(scratch.halves[i]);
        }
      }
      case INT8 -> {
        MemorySegment.copy(b, ValueLayout.JAVA_BYTE, at, scratch.bytes, 0, count);
        for (int i = 0; i < count; i++) {
          weights[i] = scratch.bytes[i];
        }
      }
    }
  }

  private static void link(float x, float[] weights, float[] sums, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] = Math.fma(x, weights[j], sums[j]);
    }
  }

  private static void scale(float[] scales, float[] start, float[] sums, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] = Math.fma(sums[j], scales[j], start[j]);
    }
  }
}
