package dev.rondo.stream;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// Programs for one thread at a time: one for a single stream, others for several.
final class StreamPrograms {
  /// The number of streams of the largest program: enough that weights are read once for many, and
  /// few enough that intermediate results stay in the cache.
  private static final int LARGEST = 32;

  private final IntFunction<StreamProgram> compile;
  private final StreamProgram one;

  /// Indexed by the binary logarithm of their rows; null before they are needed.
  private final StreamProgram[] several =
      new StreamProgram[Integer.numberOfTrailingZeros(LARGEST) + 1];

  StreamPrograms(IntFunction<StreamProgram> compile) {
    this.compile = compile;
    one = compile.apply(1);
    several[0] = one;
  }

  StreamProgram one() {
    return one;
  }

  /// The largest program for no more than `streams` streams.
  StreamProgram atMost(int streams) {
    int exponent = 31 - Integer.numberOfLeadingZeros(Math.min(streams, LARGEST));
    var program = several[exponent];
    if (program == null) {
      program = compile.apply(1 << exponent);
      several[exponent] = program;
    }
    return program;
  }

  /// Programs that are not in use. There are as many as the largest number of steps that ran at the
  /// same time, no matter how many threads come and go.
  static final class Pool {
    private static final int PLACES = 64;

    /// The distance of places, which keeps each on a cache line of its own: threads mostly use
    /// their own place.
    private static final int SPACING = 16;

    private final AtomicReferenceArray<StreamPrograms> places =
        new AtomicReferenceArray<>(PLACES * SPACING);

    private final Supplier<StreamPrograms> make;
    private StreamPrograms[] overflow = {};

    Pool(Supplier<StreamPrograms> make) {
      this.make = make;
    }

    private static int home() {
      return (int) Thread.currentThread().threadId() & PLACES - 1;
    }

    StreamPrograms take() {
      int home = home();
      var found = places.getAndSet(home * SPACING, null);
      return found != null ? found : takeElsewhere(home);
    }

    private StreamPrograms takeElsewhere(int home) {
      for (int i = 1; i < PLACES; i++) {
        int place = (home + i) % PLACES * SPACING;
        if (places.get(place) != null) {
          var found = places.getAndSet(place, null);
          if (found != null) {
            return found;
          }
        }
      }
      synchronized (this) {
        int count = overflow.length;
        if (count > 0) {
          var found = overflow[count - 1];
          overflow = Arrays.copyOf(overflow, count - 1);
          return found;
        }
        return make.get();
      }
    }

    void give(StreamPrograms programs) {
      int home = home();
      if (!places.compareAndSet(home * SPACING, null, programs)) {
        giveElsewhere(home, programs);
      }
    }

    private void giveElsewhere(int home, StreamPrograms programs) {
      for (int i = 1; i < PLACES; i++) {
        if (places.compareAndSet((home + i) % PLACES * SPACING, null, programs)) {
          return;
        }
      }
      synchronized (this) {
        overflow = Arrays.copyOf(overflow, overflow.length + 1);
        overflow[overflow.length - 1] = programs;
      }
    }
  }
}
