package dev.rondo.tools.lm;

import dev.rondo.random.CounterRandom;
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

  /// One line in so many is of any length from the start.
  private static final int ANY_LENGTH_ONE_IN = 8;

  /// Labels of the generators that are forked from the seed's.
  private enum Stream {
    HELD_OUT,
    TRAINING,
    VALIDATION,
    TEST
  }

  private final CounterRandom seeded;
  private final long heldOutKey;

  NumbersCorpus(long seed) {
    seeded = new CounterRandom(seed);
    heldOutKey = fork(Stream.HELD_OUT).key();
  }

  private CounterRandom fork(Stream stream) {
    return seeded.fork(stream.ordinal());
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

  /// Lines of numbers that are not held out, in `columns` pieces of `length` characters, each of
  /// which begins with short numbers and goes on to longer ones: read side by side, as training
  /// does, they are a course. Where a line would not fit any more, the piece ends with empty ones.
  ///
  /// Source: W. Zaremba, I. Sutskever, "Learning to execute", 2014: short ones first, but always
  /// some of any length among them, is what lets an LSTM learn such a thing at all quickly.
  String trainingText(int columns, int length) {
    var random = fork(Stream.TRAINING);
    var result = new StringBuilder(columns * length);
    for (int column = 1; column <= columns; column++) {
      int end = column * length;
      while (true) {
        double progress = 1 - (double) (end - result.length()) / length;
        int grown = FIRST_DIGITS + (int) (progress / GROWN_UP * (MOST_DIGITS - FIRST_DIGITS));
        boolean any = random.nextInt(ANY_LENGTH_ONE_IN) == 0;
        int number = mixed(random, any ? MOST_DIGITS : Math.min(grown, MOST_DIGITS));
        if (!heldOut(number)) {
          var line = line(number);
          if (result.length() + line.length() > end) {
            break;
          }
          result.append(line);
        }
      }
      result.repeat('\n', end - result.length());
    }
    return result.toString();
  }

  /// Lines of numbers of all lengths that are held out, at least `length` characters and no half
  /// line.
  String validationText(int length) {
    var random = fork(Stream.VALIDATION);
    var result = new StringBuilder(length + 100);
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
