package dev.rondo.tools.lm;

import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// A corpus made up from a seed: lines such as `4,207 = four thousand two hundred seven`.
///
/// A tenth of the numbers below one million is held out: it never stands in the training text, and
/// is what the validation text and the final test are made of. Whether a number is held out depends
/// on the seed and the number alone. Texts draw the count of digits first (short numbers would
/// otherwise be rare: nine tenths have six digits), then a number of that length; the test draws
/// evenly among all numbers.
final class NumbersCorpus {
  /// One in so many numbers is held out.
  private static final int HELD_OUT_ONE_IN = 10;

  /// How often each count of digits is drawn, from 1 to 6, once all may be; long ones have more to
  /// learn.
  private static final int[] LENGTH_WEIGHTS = {1, 1, 2, 3, 5, 10};

  private static final int MOST_DIGITS = LENGTH_WEIGHTS.length;

  /// Lessons begin with two digits, and have grown to all six by this share of a column.
  private static final double GROWN_UP = 0.4;

  private static final int FIRST_DIGITS = 2;

  /// The longest line: `373,373 = three hundred seventy three thousand ...`, its end included.
  private static final int LONGEST_LINE = 75;

  /// Lines that do not fit before one is looked up that does.
  private static final int MOST_MISSES = 10;

  /// One line in so many is of any length from the start.
  private static final int ANY_LENGTH_ONE_IN = 8;

  /// Labels of the generators that are forked from the seed's.
  private enum Stream {
    HELD_OUT(0),
    TRAINING(1),
    VALIDATION(2),
    TEST(3);

    private final long label;

    Stream(long label) {
      this.label = label;
    }
  }

  private final CounterRandom seeded;
  private final long heldOutKey;

  NumbersCorpus(long seed) {
    seeded = new CounterRandom(seed);
    heldOutKey = fork(Stream.HELD_OUT).key();
  }

  private CounterRandom fork(Stream stream) {
    return seeded.fork(stream.label);
  }

  /// Whether the training text never has this number.
  boolean heldOut(int number) {
    long bits = CounterRandom.bits(heldOutKey, number) & 0xFFFF_FFFFL;
    return (bits * HELD_OUT_ONE_IN) >>> 32 == 0;
  }

  /// What the model is given: `4,207 = `.
  static String prompt(int number) {
    return NumberWords.digits(number) + " = ";
  }

  /// A whole line, its end included.
  static String line(int number) {
    return prompt(number) + NumberWords.words(number) + "\n";
  }

  /// Lines of numbers that are not held out, for training with `columns` columns and `windows`
  /// windows of `length` characters in each, with a line's end before them.
  ///
  /// Each column begins with short numbers and goes on to longer ones: read side by side, they are
  /// a course. And no line crosses the border of a window: what a word refers to is always within
  /// reach of the gradient. (Where a border would cut a line, one that just fits is taken instead.)
  ///
  /// Source of the course: W. Zaremba, I. Sutskever, "Learning to execute", 2014.
  ///
  /// @throws IllegalArgumentException if the windows are too short for the longest line
  String trainingText(int columns, int windows, int length) {
    if (length < LONGEST_LINE) {
      throw new IllegalArgumentException(
          "--bptt must be at least %d, the longest made-up line, was %d"
              .formatted(LONGEST_LINE, length));
    }
    var random = fork(Stream.TRAINING);
    var fillers = fillers();
    var result = new StringBuilder();
    for (int column = 0; column < columns; column++) {
      // Each window's first input is the end of a line, as where the model is asked.
      result.append('\n');
      for (int window = 0; window < windows; window++) {
        int grown =
            FIRST_DIGITS + (int) (window / (GROWN_UP * windows) * (MOST_DIGITS - FIRST_DIGITS));
        window(length, Math.min(grown, MOST_DIGITS), fillers, random, result);
      }
    }
    return result.toString();
  }

  /// Appends lines of `length` characters in all.
  private void window(
      int length, int grown, List<List<Integer>> fillers, CounterRandom random, StringBuilder to) {
    int left = length;
    int misses = 0;
    while (left > 0) {
      boolean any = random.nextInt(ANY_LENGTH_ONE_IN) == 0;
      int number = mixed(random, any ? MOST_DIGITS : grown);
      if (heldOut(number)) {
        continue;
      }
      if (misses >= MOST_MISSES) {
        var fitting = fillers.get(left <= LONGEST_LINE ? left : LONGEST_LINE / 2);
        number = fitting.isEmpty() ? number : fitting.get(random.nextInt(fitting.size()));
      }
      var line = line(number);
      int after = left - line.length();
      if (after == 0 || (after > 0 && fillable(after, fillers))) {
        to.append(line);
        left = after;
        misses = 0;
      } else {
        misses++;
      }
    }
  }

  private static boolean fillable(int length, List<List<Integer>> fillers) {
    return length >= fillers.size() || !fillers.get(length).isEmpty();
  }

  /// Numbers that are not held out by the length of their lines.
  private List<List<Integer>> fillers() {
    var result = new ArrayList<List<Integer>>();
    for (int length = 0; length <= LONGEST_LINE; length++) {
      result.add(new ArrayList<>());
    }
    for (int number = 0; number < NumberWords.LIMIT; number += number < 10_000 ? 1 : 7) {
      if (!heldOut(number)) {
        result.get(line(number).length()).add(number);
      }
    }
    return result;
  }

  /// Lines of numbers of all lengths that are held out, after the end of one: at least `length`
  /// characters and no half line.
  String validationText(int length) {
    var random = fork(Stream.VALIDATION);
    var result = new StringBuilder(length + 100).append('\n');
    while (result.length() < length) {
      int number = mixed(random, MOST_DIGITS);
      if (heldOut(number)) {
        result.append(line(number));
      }
    }
    return result.toString();
  }

  /// A number whose count of digits is drawn first.
  private static int mixed(CounterRandom random, int mostDigits) {
    int sum = 0;
    for (int i = 0; i < mostDigits; i++) {
      sum += LENGTH_WEIGHTS[i];
    }
    int draw = random.nextInt(sum);
    int digits = 1;
    while (digits < mostDigits && draw >= LENGTH_WEIGHTS[digits - 1]) {
      draw -= LENGTH_WEIGHTS[digits - 1];
      digits++;
    }
    int end = 1;
    for (int i = 0; i < digits; i++) {
      end *= 10;
    }
    int start = digits == 1 ? 0 : end / 10;
    return start + random.nextInt(end - start);
  }

  /// `count` different numbers that are held out, drawn evenly among all of them.
  List<Integer> testNumbers(int count) {
    var random = fork(Stream.TEST);
    var result = new LinkedHashSet<Integer>();
    while (result.size() < count) {
      int number = random.nextInt(NumberWords.LIMIT);
      if (heldOut(number)) {
        result.add(number);
      }
    }
    return List.copyOf(result);
  }
}
