package dev.rondo.tools.lm;

import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// A corpus generated from a seed: lines such as `4,207 = four thousand two hundred seven`.
///
/// A tenth of the numbers below one million is held out. Held-out numbers never occur in the
/// training text; the validation text and the final test consist of them. Whether a number is held
/// out depends only on the seed and the number. Texts draw the number of digits first (short
/// numbers would otherwise be rare: nine tenths have six digits), then a number of that length. The
/// test draws uniformly from all held-out numbers.
final class NumbersCorpus {
  /// One in so many numbers is held out.
  private static final int HELD_OUT_ONE_IN = 10;

  /// The weights of drawing 1 to 6 digits, once all are allowed; long ones have more to learn.
  private static final int[] LENGTH_WEIGHTS = {1, 1, 2, 3, 5, 10};

  private static final int MOST_DIGITS = LENGTH_WEIGHTS.length;

  /// Columns begin with two digits and reach all six after this share of their length.
  private static final double GROWN_UP = 0.4;

  private static final int FIRST_DIGITS = 2;

  /// The longest line: `373,373 = three hundred seventy three thousand ...`, its end included.
  private static final int LONGEST_LINE = 75;

  /// The number of lines that may fail to fit before a fitting one is looked up.
  private static final int MOST_MISSES = 10;

  /// One line in so many has any length from the start.
  private static final int ANY_LENGTH_ONE_IN = 8;

  /// Labels of the generators that are forked from that of the seed.
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

  /// The prompt of a number: `4,207 = `.
  static String prompt(int number) {
    return NumberWords.digits(number) + " = ";
  }

  /// A whole line, including its end.
  static String line(int number) {
    return prompt(number) + NumberWords.words(number) + "\n";
  }

  /// Lines of numbers that are not held out, for training with `columns` columns of `windows`
  /// windows of `length` characters, preceded by the end of a line.
  ///
  /// Each column begins with short numbers and goes on to longer ones, so columns that are read
  /// side by side form a curriculum. No line crosses the border of a window: everything that a word
  /// refers to is within reach of the gradient. (Where a border would cut a line, a line that just
  /// fits is taken instead.)
  ///
  /// Source of the curriculum: W. Zaremba, I. Sutskever, "Learning to execute", 2014.
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
      // each window's first input is the end of a line, as in a prompt
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

  /// Numbers that are not held out, by the length of their lines.
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

  /// Lines of held-out numbers of all lengths, preceded by the end of a line: at least `length`
  /// characters and no partial line.
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

  /// A number whose number of digits is drawn first.
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

  /// `count` different held-out numbers, drawn uniformly.
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
