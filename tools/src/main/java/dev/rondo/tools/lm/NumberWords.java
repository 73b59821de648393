package dev.rondo.tools.lm;

import java.util.Locale;

/// Numbers below one million in digits and in words: `4,207` is `four thousand two hundred seven`.
final class NumberWords {
  /// The smallest number without words here.
  static final int LIMIT = 1_000_000;

  private static final String[] SMALL = {
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen"
  };

  private static final String[] TENS = {
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"
  };

  private NumberWords() {}

  /// The number with a comma before the last three digits.
  static String digits(int number) {
    check(number);
    return number < 1000
        ? Integer.toString(number)
        : String.format(Locale.ROOT, "%d,%03d", number / 1000, number % 1000);
  }

  /// The number in words, without "and" and without hyphens.
  static String words(int number) {
    check(number);
    if (number == 0) {
      return SMALL[0];
    }
    var result = new StringBuilder();
    if (number >= 1000) {
      below1000(number / 1000, result);
      result.append(" thousand");
    }
    below1000(number % 1000, result);
    return result.toString();
  }

  private static void below1000(int number, StringBuilder result) {
    if (number >= 100) {
      add(SMALL[number / 100], result);
      add("hundred", result);
    }
    int rest = number % 100;
    if (rest >= 20) {
      add(TENS[rest / 10], result);
      rest %= 10;
    }
    if (rest > 0) {
      add(SMALL[rest], result);
    }
  }

  private static void add(String word, StringBuilder result) {
    if (!result.isEmpty()) {
      result.append(' ');
    }
    result.append(word);
  }

  private static void check(int number) {
    if (number < 0 || number >= LIMIT) {
      throw new IllegalArgumentException(
          "number must be in [0, %d), was %d".formatted(LIMIT, number));
    }
  }
}
