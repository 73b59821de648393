package dev.rondo.bench.roofline;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Reads a working set front to back into four unions of bits, again and again: the bandwidth of
/// the level of memory that holds it.
///
/// A union has a latency of one cycle, so four of them keep up with two loads per cycle. More loads
/// in one step of the loop confuse some prefetchers.
final class Reading {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int VECTOR_BYTES = SPECIES.vectorByteSize();

  /// The number of bytes of one step of the loop; working sets are multiples of it.
  static final int STEP_BYTES = 4 * VECTOR_BYTES;

  /// The smallest number of bytes of one [#run()], long enough for the clock.
  private static final long BYTES_OF_A_RUN = 8L << 20;

  private final MemorySegment segment;
  private final int size;
  private final int passes;

  /// Reads the first `size` bytes of `segment`, rounded down to whole steps.
  Reading(MemorySegment segment, long size) {
    this.segment = segment;
    this.size = Math.toIntExact(size / STEP_BYTES * STEP_BYTES);
    this.passes = Math.toIntExact(Math.ceilDiv(BYTES_OF_A_RUN, size));
  }

  /// The number of bytes that [#run()] reads.
  long bytes() {
    return (long) size * passes;
  }

  int run() {
    int union = 0;
    for (int pass = 0; pass < passes; pass++) {
      union |= union(segment, size);
    }
    return union;
  }

  private static int union(MemorySegment segment, int size) {
    var a = IntVector.zero(SPECIES);
    var b = a;
    var c = a;
    var d = a;
    for (int i = 0; i < size; i += STEP_BYTES) {
      long o = i;
      a = a.or(IntVector.fromMemorySegment(SPECIES, segment, o, ORDER));
      b = b.or(IntVector.fromMemorySegment(SPECIES, segment, o + VECTOR_BYTES, ORDER));
      c = c.or(IntVector.fromMemorySegment(SPECIES, segment, o + 2L * VECTOR_BYTES, ORDER));
      d = d.or(IntVector.fromMemorySegment(SPECIES, segment, o + 3L * VECTOR_BYTES, ORDER));
    }
    return a.or(b).or(c.or(d)).lane(0);
  }
}
