package dev.rondo.kernel;

import static dev.rondo.kernel.VectorArithmetic.VECTOR_BYTES;
import static dev.rondo.kernel.VectorMath.INTS;
import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// The part of [VectorArithmetic] that draws random numbers: Threefry-2x32 with 20 rounds, as
/// `CounterRandom.bits`, one counter for each lane.
///
/// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
final class VectorDropout {
  private static final int PARITY = 0x1BD11BDA;
  private static final ThreadLocal<int[][]> WORDS = ThreadLocal.withInitial(() -> new int[2][0]);

  private VectorDropout() {}

  static void dropout(Tensor source, Tensor target, double keep, long key, long counter) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int[][] words = scratch(Tensor.padded(columns));
    int bytes = Layout.rowBytes(target);
    int threshold = ScalarArithmetic.threshold(keep);
    float factor = (float) (1 / keep);
    for (int r = 0; r < target.rows(); r++) {
      draw(key, counter + (long) r * columns, words, Tensor.padded(columns));
      dropRow(
          words[0],
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes,
          factor,
          threshold);
    }
    VectorArithmetic.clearPadding(target);
  }

  static void accumulateDropout(Tensor source, Tensor target, double keep, long key, long counter) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int[][] words = scratch(Tensor.padded(columns));
    int bytes = Layout.rowBytes(target);
    int threshold = ScalarArithmetic.threshold(keep);
    float factor = (float) (1 / keep);
    for (int r = 0; r < target.rows(); r++) {
      draw(key, counter + (long) r * columns, words, Tensor.padded(columns));
      accumulateRow(
          words[0],
          source.segment(),
          source.byteOffset(r, 0),
          target.segment(),
          target.byteOffset(r, 0),
          bytes,
          factor,
          threshold);
    }
    VectorArithmetic.clearPadding(target);
  }

  private static void dropRow(
      int[] draws,
      MemorySegment s,
      long sAt,
      MemorySegment t,
      long tAt,
      int bytes,
      float factor,
      int threshold) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER).mul(factor);
      var dropped =
          IntVector.fromArray(INTS, draws, i / Float.BYTES)
              .lanewise(VectorOperators.LSHR, 8)
              .compare(VectorOperators.GE, threshold)
              .cast(SPECIES);
      x.blend(0f, dropped).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static void accumulateRow(
      int[] draws,
      MemorySegment s,
      long sAt,
      MemorySegment t,
      long tAt,
      int bytes,
      float factor,
      int threshold) {
    for (int i = 0; i < bytes; i += VECTOR_BYTES) {
      long o = i;
      var x = FloatVector.fromMemorySegment(SPECIES, s, sAt + o, ORDER).mul(factor);
      var dropped =
          IntVector.fromArray(INTS, draws, i / Float.BYTES)
              .lanewise(VectorOperators.LSHR, 8)
              .compare(VectorOperators.GE, threshold)
              .cast(SPECIES);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      sum.add(x.blend(0f, dropped)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static int[][] scratch(int length) {
    int[][] words = WORDS.get();
    if (words[0].length < length) {
      words[0] = new int[length];
      words[1] = new int[length];
    }
    return words;
  }

  /// Fills `words[0]` with the draws `counter` to `counter + length`.
  ///
  /// The cipher's two words are stored to memory after every four rounds: all twenty rounds in one
  /// loop would be more than the compiler inlines.
  private static void draw(long key, long counter, int[][] words, int length) {
    int[] x = words[0];
    int[] y = words[1];
    int low = (int) key;
    int high = (int) (key >>> Integer.SIZE);
    int third = low ^ high ^ PARITY;
    count(x, y, length, counter, low, high);
    fourRounds(x, y, length, 13, 15, 26, 6, high, third + 1);
    fourRounds(x, y, length, 17, 29, 16, 24, third, low + 2);
    fourRounds(x, y, length, 13, 15, 26, 6, low, high + 3);
    fourRounds(x, y, length, 17, 29, 16, 24, high, third + 4);
    fourRounds(x, y, length, 13, 15, 26, 6, third, low + 5);
  }

  private static void count(int[] xs, int[] ys, int length, long counter, int keyX, int keyY) {
    var lane = IntVector.zero(INTS).addIndex(1);
    for (int i = 0; i < length; i += LANES) {
      long start = counter + i;
      int first = (int) start;
      var x = lane.add(first);
      // lanes after the one where the low word wraps around: its top bit was set and no longer is
      var carry = x.not().and(first).lanewise(VectorOperators.LSHR, Integer.SIZE - 1);
      x.add(keyX).intoArray(xs, i);
      carry.add((int) (start >>> Integer.SIZE) + keyY).intoArray(ys, i);
    }
  }

  private static void fourRounds(
      int[] xs, int[] ys, int length, int r0, int r1, int r2, int r3, int keyX, int keyY) {
    for (int i = 0; i < length; i += LANES) {
      var x = IntVector.fromArray(INTS, xs, i);
      var y = IntVector.fromArray(INTS, ys, i);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, r0).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, r1).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, r2).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, r3).lanewise(VectorOperators.XOR, x);
      x.add(keyX).intoArray(xs, i);
      y.add(keyY).intoArray(ys, i);
    }
  }
}
