package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// Work on one thread starts none; work on n starts n - 1, which end with it.
@Label("Law 5.1: no thread is started that nobody asked for")
class ThreadsProperties {
  @Provide
  Arbitrary<Piece.Case> cases() {
    return Piece.cases();
  }

  private static Set<String> workers() {
    var names = new TreeSet<String>();
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("rondo-") || thread.getName().startsWith("Thread-")) {
        names.add(thread.getName());
      }
    }
    return names;
  }

  @Property(tries = 20)
  void oneThreadStaysOne(@ForAll("cases") Piece.Case c) {
    var before = workers();
    try (var backend = Backend.best()) {
      Piece.run(backend, c);
      var started = workers();
      // a thread of another test, or of the JVM, may end meanwhile
      started.removeAll(before);
      assertEquals(Set.of(), started);
    }
  }

  /// The bits of every slice are there once.
  @Property(tries = 50)
  void workIsSplitWithoutGapsAndOverlaps(
      @ForAll @IntRange(min = 1, max = 4) int count,
      @ForAll @IntRange(max = 200) int size,
      @ForAll @IntRange(min = 1, max = 40) int granularity) {
    int[] touched = new int[size];
    try (var threads = Threads.of(count)) {
      threads.split(
          size,
          granularity,
          (from, length) -> {
            for (int i = from; i < from + length; i++) {
              touched[i]++;
            }
          });
    }
    for (int i = 0; i < size; i++) {
      assertEquals(1, touched[i], "element " + i);
    }
  }
}
