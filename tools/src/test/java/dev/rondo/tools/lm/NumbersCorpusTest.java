package dev.rondo.tools.lm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersCorpusTest {
  private static final int LENGTH = 300_000;

  private static List<Integer> numbers(String text) {
    return text.lines()
        .filter(line -> !line.isEmpty())
        .map(line -> Integer.valueOf(line.substring(0, line.indexOf(" = ")).replace(",", "")))
        .toList();
  }

  @Test
  void aTenthOfAllNumbersIsHeldOut() {
    var corpus = new NumbersCorpus(1);
    int count = 0;
    for (int number = 0; number < NumberWords.LIMIT; number++) {
      count += corpus.heldOut(number) ? 1 : 0;
    }
    assertEquals(100_000, count, 1_000);
  }

  @Test
  void whatIsHeldOutDependsOnSeedAndNumberAlone() {
    var corpus = new NumbersCorpus(5);
    var again = new NumbersCorpus(5);
    again.trainingText(2, 10, 80);
    again.testNumbers(10);
    int differing = 0;
    for (int number = 0; number < 10_000; number++) {
      assertEquals(corpus.heldOut(number), again.heldOut(number));
      differing += corpus.heldOut(number) == new NumbersCorpus(6).heldOut(number) ? 0 : 1;
    }
    assertTrue(differing > 1000, "seeds differ in " + differing + " of 10,000 numbers");
  }

  @Test
  void trainingNeverSeesAHeldOutNumber() {
    for (long seed = 1; seed <= 3; seed++) {
      var corpus = new NumbersCorpus(seed);
      assertTrue(
          numbers(corpus.trainingText(3, LENGTH / 300, 100)).stream().noneMatch(corpus::heldOut));
      assertTrue(numbers(corpus.validationText(LENGTH)).stream().allMatch(corpus::heldOut));
      var test = corpus.testNumbers(200);
      assertTrue(test.stream().allMatch(corpus::heldOut));
      assertEquals(200, new HashSet<>(test).size());
    }
  }

  @Test
  void linesAreDigitsAndWords() {
    assertEquals("4,207 = four thousand two hundred seven\n", NumbersCorpus.line(4207));
    for (var line : new NumbersCorpus(1).trainingText(10, 10, 100).strip().split("\n+", -1)) {
      int number = numbers(line).getFirst();
      assertEquals(NumbersCorpus.line(number), line + "\n");
    }
  }

  @Test
  void numbersOfEveryLengthOccur() {
    var lengths = new int[7];
    for (int number : numbers(new NumbersCorpus(1).trainingText(3, LENGTH / 300, 100))) {
      lengths[Integer.toString(number).length()]++;
    }
    for (int digits = 1; digits <= 6; digits++) {
      assertTrue(lengths[digits] > 50, digits + " digits: " + lengths[digits]);
    }
  }

  @Test
  void eachColumnBeginsWithShortNumbers() {
    int windows = 1000;
    int length = 96;
    int columnLength = windows * length + 1;
    var text = new NumbersCorpus(1).trainingText(3, windows, length);
    assertEquals(3 * columnLength, text.length());
    for (int column = 0; column < 3; column++) {
      var piece = text.substring(column * columnLength, (column + 1) * columnLength);
      var numbers = numbers(piece);
      var first = numbers.subList(0, 100).stream().filter(number -> number >= 1000).count();
      var last =
          numbers.reversed().subList(0, 100).stream().filter(number -> number >= 1000).count();
      assertTrue(first > 0 && first < 40, "long ones of the first 100: " + first);
      assertTrue(last > 30, "long ones of the last 100: " + last);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {75, 76, 77, 96, 128, 250})
  void noLineCrossesTheBorderOfAWindow(int length) {
    int windows = 50;
    var text = new NumbersCorpus(3).trainingText(2, windows, length);
    for (int column = 0; column < 2; column++) {
      int start = column * (windows * length + 1) + 1;
      assertEquals('\n', text.charAt(start - 1));
      for (int window = 0; window < windows; window++) {
        var piece = text.substring(start + window * length, start + (window + 1) * length);
        assertEquals('\n', piece.charAt(length - 1), piece);
        assertTrue(Character.isDigit(piece.charAt(0)), piece);
        assertFalse(piece.contains("\n\n"), piece);
      }
    }
  }

  @Test
  void theSeedDecidesTheText() {
    assertEquals(
        new NumbersCorpus(1).trainingText(2, 10, 80), new NumbersCorpus(1).trainingText(2, 10, 80));
    assertNotEquals(
        new NumbersCorpus(1).trainingText(2, 10, 80), new NumbersCorpus(2).trainingText(2, 10, 80));
    assertFalse(new NumbersCorpus(1).testNumbers(50).equals(new NumbersCorpus(2).testNumbers(50)));
  }
}
