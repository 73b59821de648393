package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Numbers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/// A freshly started process: it loads a model from a file, answers, and goes on stepping until it
/// reaches its final speed. It does little else.
///
/// It prints one line, which starts with [#ANSWER]: nanoseconds from the start of the process to
/// the first answer, and to steady latency; the median of the last steps; bytes of resident memory.
/// Steady is the end of the first [#WINDOW] consecutive steps whose median is within [#STEADY] of
/// the median of the last steps. The outputs of the first step and some others go to a file.
public final class ColdStart {
  /// The start of its line.
  static final String ANSWER = "rondo-coldstart: ";

  /// The number of consecutive steps of a median.
  static final int WINDOW = 200;

  /// The limit, relative to the median of the last steps.
  static final double STEADY = 1.5;

  /// The number of steps from a zero state whose outputs are written.
  static final int ANSWERS = 4;

  /// The nanoseconds after which the process counts as steady, even with steps left.
  private static final long LONGEST = 6_000_000_000L;

  /// The number of last steps.
  private static final int LAST = 10 * WINDOW;

  /// The number of steps between the starts of two windows.
  private static final int STRIDE = 10;

  private ColdStart() {}

  /// Loads a model.
  public interface Loading {
    /// Loads the contender, ready for its first step.
    StreamContender load(Path model) throws IOException;
  }

  /// The input of every step.
  static float[] input(int size) {
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (i % 7 - 3) / 4f;
    }
    return values;
  }

  /// The whole `main` of such a process.
  ///
  /// @param arguments the input size; the model file; the folder for outputs; the number of steps;
  ///   the start of the process, in nanoseconds of the clock of all processes of this machine
  public static void run(String[] arguments, Loading loading) throws IOException {
    int inputSize = Integer.parseInt(arguments[0]);
    long started = Long.parseLong(arguments[4]);
    var contender = loading.load(Path.of(arguments[1]));
    contender.input(input(inputSize));
    contender.step();
    var answers = new float[ANSWERS][];
    answers[0] = contender.output();
    long first = System.nanoTime() - started;
    for (int i = 1; i < ANSWERS; i++) {
      contender.step();
      answers[i] = contender.output();
    }
    var stamps = new long[Integer.parseInt(arguments[3]) + 1];
    int count = steps(contender, stamps);
    long resident = Resident.bytes();
    var times = new long[count];
    for (int i = 0; i < count; i++) {
      times[i] = stamps[i + 1] - stamps[i];
    }
    long last = median(times, Math.max(0, count - LAST), count);
    int steady = steady(times, last);
    System.out.printf(
        Locale.ROOT, "%s%d %d %d %d%n", ANSWER, first, stamps[steady] - started, last, resident);
    var results = new Numbers(Path.of(arguments[2]));
    for (int i = 0; i < ANSWERS; i++) {
      results.write("output" + i, answers[i]);
    }
  }

  private static int steps(StreamContender contender, long[] stamps) {
    long begun = System.nanoTime();
    stamps[0] = begun;
    for (int i = 1; i < stamps.length; i++) {
      contender.step();
      stamps[i] = System.nanoTime();
      if (stamps[i] - begun > LONGEST) {
        return i;
      }
    }
    return stamps.length - 1;
  }

  /// The end of the first steady window; the end of all steps if there is none.
  static int steady(long[] times, long last) {
    for (int i = 0; i + WINDOW <= times.length; i += STRIDE) {
      if (median(times, i, i + WINDOW) <= STEADY * last) {
        return i + WINDOW;
      }
    }
    return times.length;
  }

  private static long median(long[] times, int from, int to) {
    var sorted = Arrays.copyOfRange(times, from, to);
    Arrays.sort(sorted);
    return sorted[(to - from) / 2];
  }
}
