package dev.rondo.stream;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The header of a state in memory; see [StateLayout].
final class StateMemory {
  private StateMemory() {}

  static long steps(MemorySegment states, long base) {
    return states.get(ValueLayout.JAVA_LONG, base + StateLayout.STEPS_AT);
  }

  static void setSteps(MemorySegment states, long base, long steps) {
    states.set(ValueLayout.JAVA_LONG, base + StateLayout.STEPS_AT, steps);
  }

  /// Refuses a state of another model, and one whose step is running.
  static void require(MemorySegment states, long base, long fingerprint) {
    long of = states.get(ValueLayout.JAVA_LONG, base + StateLayout.FINGERPRINT_AT);
    if (of != fingerprint) {
      throw wrongModel(of, fingerprint);
    }
    requireIdle(states, base);
  }

  private static IllegalArgumentException wrongModel(long of, long fingerprint) {
    return new IllegalArgumentException(
        of == 0
            ? "the state is not handed out"
            : "the state is of a model with fingerprint %016x, this one has %016x"
                .formatted(of, fingerprint));
  }

  static boolean isBusy(MemorySegment states, long base) {
    return states.get(ValueLayout.JAVA_INT, base + StateLayout.BUSY_AT) != 0;
  }

  static void requireIdle(MemorySegment states, long base) {
    if (isBusy(states, base)) {
      throw new IllegalStateException(
          "the state is in use: one thread at a time may step, copy or write it");
    }
  }

  /// Marks a state as in use.
  static void begin(MemorySegment states, long base, long fingerprint) {
    require(states, base, fingerprint);
    states.set(ValueLayout.JAVA_INT, base + StateLayout.BUSY_AT, 1);
  }

  /// Ends what [#begin] began.
  ///
  /// @param taken the number of steps that were taken
  static void end(MemorySegment states, long base, int taken) {
    setSteps(states, base, steps(states, base) + taken);
    states.set(ValueLayout.JAVA_INT, base + StateLayout.BUSY_AT, 0);
  }
}
