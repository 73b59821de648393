package dev.rondo.tools.lm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumberWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 0 | zero",
        "7 | 7 | seven",
        "10 | 10 | ten",
        "11 | 11 | eleven",
        "19 | 19 | nineteen",
        "20 | 20 | twenty",
        "21 | 21 | twenty one",
        "100 | 100 | one hundred",
        "101 | 101 | one hundred one",
        "110 | 110 | one hundred ten",
        "999 | 999 | nine hundred ninety nine",
        "1000 | 1,000 | one thousand",
        "4207 | 4,207 | four thousand two hundred seven",
        "10000 | 10,000 | ten thousand",
        "100001 | 100,001 | one hundred thousand one",
        "999999 | 999,999 | nine hundred ninety nine thousand nine hundred ninety nine",
      })
  void numbersAreSpelledOut(int number, String digits, String words) {
    assertEquals(digits, NumberWords.digits(number));
    assertEquals(words, NumberWords.words(number));
  }

  @Test
  void otherNumbersAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> NumberWords.words(-1));
    assertThrows(IllegalArgumentException.class, () -> NumberWords.digits(1_000_000));
  }
}
