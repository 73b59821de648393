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

  /// How often each count of digits is drawn, from 1 to 6; long ones have more to learn.
  private static final int[] LENGTH_WEIGHTS = {1, 2, 4, 5, 8, 20};

  private static final int MOST_DIGITS = LENGTH_WEIGHTS.length;

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

  /// Lines of numbers that are not held out, at least `length` characters and no half line.
  String trainingText(int length) {
    return text(fork(Stream.TRAINING), false, length);
  }

  /// Lines of numbers that are held out, at least `length` characters and no half line.
  String validationText(int length) {
    return text(fork(Stream.VALIDATION), true, length);
  }

  private String text(CounterRandom random, boolean fromHeldOut, int length) {
    var result = new StringBuilder(length + 100);
    while (result.length() < length) {
      int number = mixed(random);
      if (heldOut(number) == fromHeldOut) {
        result.append(line(number));
      }
    }
    return result.toString();
  }

  /// A number whose count of digits is drawn first.
  private static int mixed(CounterRandom random) {
    int sum = 0;
    for (int weight : LENGTH_WEIGHTS) {
      sum += weight;
    }
    int draw = random.nextInt(sum);
    int digits = 1;
    while (digits < MOST_DIGITS && draw >= LENGTH_WEIGHTS[digits - 1]) {
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
