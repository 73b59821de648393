package dev.rondo.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Rows on the heap to and from which the scalar kernels copy native rows, one set for each thread.
///
/// The compiler vectorizes loops over arrays but not over a native segment, so this detour makes
/// the scalar kernels several times faster and changes no bit.
final class ScalarScratch {
  /// Partial sums of a row: element c is added to partial c mod 16, whatever the vector width.
  static final int PARTIALS = 16;

  private static final int ROWS = 5;
  private static final ThreadLocal<ScalarScratch> CURRENT =
      ThreadLocal.withInitial(ScalarScratch::new);

  private final float[][] rows = new float[ROWS][0];
  private final float[] partials = new float[PARTIALS];
  private final double[] squarePartials = new double[PARTIALS];

  private ScalarScratch() {}

  /// The scratch of the calling thread. A kernel must not call another kernel while it uses it.
  static ScalarScratch current() {
    return CURRENT.get();
  }

  /// Row `i` of the scratch, of at least `length` elements with unspecified values.
  float[] row(int i, int length) {
    if (rows[i].length < length) {
      rows[i] = new float[length];
    }
    return rows[i];
  }

  /// 16 numbers for the partial sums of a row.
  float[] partials() {
    return partials;
  }

  /// 16 numbers for partial sums in double, whatever the element type.
  double[] squarePartials() {
    return squarePartials;
  }

  static void load(Tensor source, int r, float[] row, int length) {
    MemorySegment.copy(source.segment(), JAVA_FLOAT, source.byteOffset(r, 0), row, 0, length);
  }

  static void store(float[] row, Tensor target, int r, int length) {
    MemorySegment.copy(row, 0, target.segment(), JAVA_FLOAT, target.byteOffset(r, 0), length);
  }

  static float get(Tensor source, int r, int c) {
    return source.segment().get(JAVA_FLOAT, source.byteOffset(r, c));
  }

  static void set(Tensor target, int r, int c, float value) {
    target.segment().set(JAVA_FLOAT, target.byteOffset(r, c), value);
  }

  /// Folds 16 partial sums: i takes i + 8, then i + 4, i + 2, i + 1.
  static float fold(float[] p) {
    float s0 = (p[0] + p[8]) + (p[4] + p[12]);
    float s1 = (p[1] + p[9]) + (p[5] + p[13]);
    float s2 = (p[2] + p[10]) + (p[6] + p[14]);
    float s3 = (p[3] + p[11]) + (p[7] + p[15]);
    return (s0 + s2) + (s1 + s3);
  }

  /// As [#fold], of sums in double.
  static double foldSquares(double[] p) {
    double s0 = (p[0] + p[8]) + (p[4] + p[12]);
    double s1 = (p[1] + p[9]) + (p[5] + p[13]);
    double s2 = (p[2] + p[10]) + (p[6] + p[14]);
    double s3 = (p[3] + p[11]) + (p[7] + p[15]);
    return (s0 + s2) + (s1 + s3);
  }
}
