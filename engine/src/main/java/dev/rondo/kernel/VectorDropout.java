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
/// `CounterRandom.bits`, one counter a lane.
///
/// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
final class VectorDropout {
  private static final int PARITY = 0x1BD11BDA;
  private static final ThreadLocal<int[]> DRAWS = ThreadLocal.withInitial(() -> new int[0]);

  private VectorDropout() {}

  static void dropout(Tensor source, Tensor target, double keep, long key, long counter) {
    assert Layout.same(source, target);
    int columns = target.columns();
    int[] draws = scratch(Tensor.padded(columns));
    int bytes = Layout.rowBytes(target);
    int threshold = ScalarArithmetic.threshold(keep);
    float factor = (float) (1 / keep);
    for (int r = 0; r < target.rows(); r++) {
      draw(key, counter + (long) r * columns, draws, Tensor.padded(columns));
      dropRow(
          draws,
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
    int[] draws = scratch(Tensor.padded(columns));
    int bytes = Layout.rowBytes(target);
    int threshold = ScalarArithmetic.threshold(keep);
    float factor = (float) (1 / keep);
    for (int r = 0; r < target.rows(); r++) {
      draw(key, counter + (long) r * columns, draws, Tensor.padded(columns));
      accumulateRow(
          draws,
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
              .compare(VectorOperators.GE, threshold)
              .cast(SPECIES);
      var sum = FloatVector.fromMemorySegment(SPECIES, t, tAt + o, ORDER);
      sum.add(x.blend(0f, dropped)).intoMemorySegment(t, tAt + o, ORDER);
    }
  }

  private static int[] scratch(int length) {
    int[] draws = DRAWS.get();
    if (draws.length < length) {
      draws = new int[length];
      DRAWS.set(draws);
    }
    return draws;
  }

  // longer than a screen, because twenty rounds in smaller methods would not all be inlined
  private static void draw(long key, long counter, int[] draws, int length) {
    int low = (int) key;
    int high = (int) (key >>> Integer.SIZE);
    int third = low ^ high ^ PARITY;
    var lane = IntVector.zero(INTS).addIndex(1);
    for (int i = 0; i < length; i += LANES) {
      long start = counter + i;
      int first = (int) start;
      var x = lane.add(first);
      // lanes behind the one where the low word wraps around: its top bit was set and is no longer
      var carry = x.not().and(first).lanewise(VectorOperators.LSHR, Integer.SIZE - 1);
      var y = carry.add((int) (start >>> Integer.SIZE));
      x = x.add(low);
      y = y.add(high);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 13).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 15).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 26).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 6).lanewise(VectorOperators.XOR, x);
      x = x.add(high);
      y = y.add(third + 1);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 17).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 29).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 16).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 24).lanewise(VectorOperators.XOR, x);
      x = x.add(third);
      y = y.add(low + 2);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 13).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 15).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 26).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 6).lanewise(VectorOperators.XOR, x);
      x = x.add(low);
      y = y.add(high + 3);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 17).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 29).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 16).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 24).lanewise(VectorOperators.XOR, x);
      x = x.add(high);
      y = y.add(third + 4);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 13).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 15).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      y = y.lanewise(VectorOperators.ROL, 26).lanewise(VectorOperators.XOR, x);
      x = x.add(y);
      // the last round's second word is not used
      x = x.add(third);
      x.lanewise(VectorOperators.LSHR, 8).intoArray(draws, i);
    }
  }
}
