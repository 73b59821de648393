package dev.rondo.bench.stream;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// The limit of an engine: reads as many bytes as a step has weights, once, and computes only a
/// union of their bits.
///
/// A union has a latency of one cycle, so four of them keep up with two loads per cycle. Whether a
/// loop with four loads per step is faster than one with eight depends on the level of memory and
/// its prefetchers: both are tried, and the faster one is taken.
public final class WeightReading implements StreamContender {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int VECTOR_BYTES = SPECIES.vectorByteSize();

  /// The bytes of the longer loop's step: sizes are rounded up to whole steps of both loops.
  private static final int STEP_BYTES = 8 * VECTOR_BYTES;

  /// The time for trying each loop, in nanoseconds.
  private static final long TRIAL = 300_000_000L;

  private final MemorySegment weights;
  private final int size;
  private final boolean eight;
  private int union;

  /// Allocates so many bytes.
  WeightReading(long bytes) {
    size = Math.toIntExact(Math.ceilDiv(bytes, STEP_BYTES) * STEP_BYTES);
    weights = Arena.global().allocate(size, STEP_BYTES);
    // no page may be the system's one page of zeros
    for (int i = 0; i < size; i += Integer.BYTES) {
      weights.set(ValueLayout.JAVA_INT, i, i << 8);
    }
    eight = trial(true) < trial(false);
    step();
    if (union != expected()) {
      throw new IllegalStateException("the union is %x, expected %x".formatted(union, expected()));
    }
  }

  /// Started by [StreamBenchCommand].
  public static void main(String[] arguments) {
    StreamWorker.serve(arguments, (stream, _) -> create(stream));
  }

  private static WeightReading create(StreamCase stream) {
    return new WeightReading(stream.weightBytes());
  }

  /// The expected union of one lane's bits.
  private int expected() {
    int expected = 0;
    for (int i = 0; i < size; i += VECTOR_BYTES) {
      expected |= weights.get(ValueLayout.JAVA_INT, i);
    }
    return expected;
  }

  /// The time of the fastest of many passes, in nanoseconds.
  private long trial(boolean ofEight) {
    long best = Long.MAX_VALUE;
    long begun = System.nanoTime();
    for (long now = begun; now - begun < TRIAL; ) {
      union = ofEight ? eight(weights, size) : four(weights, size);
      long end = System.nanoTime();
      best = Math.min(best, end - now);
      now = end;
    }
    return best;
  }

  @Override
  public void input(float[] values) {
    // nothing is computed
  }

  @Override
  public void step() {
    union = eight ? eight(weights, size) : four(weights, size);
  }

  @Override
  public float[] output() {
    return new float[0];
  }

  private static int four(MemorySegment m, int size) {
    var a = IntVector.zero(SPECIES);
    var b = a;
    var c = a;
    var d = a;
    for (int i = 0; i < size; i += 4 * VECTOR_BYTES) {
      long o = i;
      a = a.or(IntVector.fromMemorySegment(SPECIES, m, o, ORDER));
      b = b.or(IntVector.fromMemorySegment(SPECIES, m, o + VECTOR_BYTES, ORDER));
      c = c.or(IntVector.fromMemorySegment(SPECIES, m, o + 2L * VECTOR_BYTES, ORDER));
      d = d.or(IntVector.fromMemorySegment(SPECIES, m, o + 3L * VECTOR_BYTES, ORDER));
    }
    return a.or(b).or(c.or(d)).lane(0);
  }

  private static int eight(MemorySegment m, int size) {
    var a = IntVector.zero(SPECIES);
    var b = a;
    var c = a;
    var d = a;
    for (int i = 0; i < size; i += 8 * VECTOR_BYTES) {
      long o = i;
      a = a.or(IntVector.fromMemorySegment(SPECIES, m, o, ORDER));
      b = b.or(IntVector.fromMemorySegment(SPECIES, m, o + VECTOR_BYTES, ORDER));
      c = c.or(IntVector.fromMemorySegment(SPECIES, m, o + 2L * VECTOR_BYTES, ORDER));
      d = d.or(IntVector.fromMemorySegment(SPECIES, m, o + 3L * VECTOR_BYTES, ORDER));
      a = a.or(IntVector.fromMemorySegment(SPECIES, m, o + 4L * VECTOR_BYTES, ORDER));
      b = b.or(IntVector.fromMemorySegment(SPECIES, m, o + 5L * VECTOR_BYTES, ORDER));
      c = c.or(IntVector.fromMemorySegment(SPECIES, m, o + 6L * VECTOR_BYTES, ORDER));
      d = d.or(IntVector.fromMemorySegment(SPECIES, m, o + 7L * VECTOR_BYTES, ORDER));
    }
    return a.or(b).or(c.or(d)).lane(0);
  }
}
