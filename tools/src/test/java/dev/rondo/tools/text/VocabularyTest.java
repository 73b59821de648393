package dev.rondo.tools.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  private static final String ODD =
      "quote \" and ' and \\ back\nslash\ttab\r\n Grüße 日本 \uD83D\uDE00 e\u0301 \u0000 end";

  @Test
  void charactersStandInTheOrderOfTheirCodePoints() {
    var vocabulary = Vocabulary.ofCharacters("banana\uD83D\uDE00\n\uFFFD");
    assertEquals("\nabn\uFFFD\uD83D\uDE00", vocabulary.serialized());
    assertEquals(6, vocabulary.size());
    assertArrayEquals(new int[] {2, 1, 3}, vocabulary.encode("ban").tokens());
  }

  @Test
  void anyCharacterSurvivesEncodingAndDecoding() {
    var vocabulary = Vocabulary.ofCharacters(ODD);
    var encoded = vocabulary.encode(ODD);
    assertTrue(encoded.complete());
    assertEquals(ODD.codePointCount(0, ODD.length()), encoded.tokens().length);
    assertEquals(ODD, vocabulary.decode(encoded.tokens()));
  }

  @Test
  void aVocabularyOfCharactersSurvivesBeingWritten() {
    var vocabulary = Vocabulary.ofCharacters(ODD);
    var read = Vocabulary.parse(TokenLevel.CHAR, vocabulary.serialized());
    assertEquals(vocabulary.size(), read.size());
    assertArrayEquals(vocabulary.encode(ODD).tokens(), read.encode(ODD).tokens());
  }

  @Test
  void wordsStandInTheOrderOfFrequencyThenOfText() {
    var vocabulary = Vocabulary.ofWords("b a\nb  c\ta b\n", 1, 100);
    assertEquals("<unk> b \n a c", vocabulary.serialized());
  }

  @Test
  void rareWordsAndThoseBeyondTheSizeAreUnknown() {
    var text = "a a a b b c c d";
    assertEquals("<unk> a b c", Vocabulary.ofWords(text, 2, 100).serialized());
    assertEquals("<unk> a b", Vocabulary.ofWords(text, 1, 3).serialized());
  }

  @Test
  void aVocabularyOfWordsSurvivesBeingWritten() {
    var text = "to be, or not\nto be \"quoted\" \uD83D\uDE00\n<unk> ?\n";
    var vocabulary = Vocabulary.ofWords(text, 1, 100);
    var read = Vocabulary.parse(TokenLevel.WORD, vocabulary.serialized());
    assertEquals(vocabulary.serialized(), read.serialized());
    assertEquals(text, read.decode(read.encode(text).tokens()));
  }

  @Test
  void linesOfWordsAreWrittenAsLines() {
    var vocabulary = Vocabulary.ofWords("to be\n\nor  not\n", 1, 100);
    var tokens = vocabulary.encode(" to be\n\nor \t not\n").tokens();
    assertEquals("to be\n\nor not\n", vocabulary.decode(tokens));
  }

  @Test
  void unknownCharactersAreNamedAndCounted() {
    var encoded = Vocabulary.ofCharacters("abc").encode("a\u00E4b\u00E4\tc");
    assertFalse(encoded.complete());
    assertEquals(3, encoded.unknownCount());
    assertEquals(List.of("\u00E4", "\t"), encoded.unknown());
    assertArrayEquals(new int[] {0, 1, 2}, encoded.tokens());
    assertEquals(
        "3 unknown characters (2 different): '\u00E4' (U+00E4), (U+0009)",
        encoded.describeUnknown());
  }

  @Test
  void unknownWordsBecomeOneWordAndAreCounted() {
    var vocabulary = Vocabulary.ofWords("a b", 1, 100);
    var encoded = vocabulary.encode("a x b");
    assertEquals("a <unk> b", vocabulary.decode(encoded.tokens()));
    assertEquals("1 unknown word: 'x'", encoded.describeUnknown());
  }

  @Test
  void whatIsNoVocabularyIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.parse(TokenLevel.CHAR, ""));
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.parse(TokenLevel.CHAR, "aa"));
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.parse(TokenLevel.WORD, "a b"));
    assertThrows(
        IllegalArgumentException.class, () -> Vocabulary.parse(TokenLevel.WORD, "<unk> b b"));
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.ofCharacters(""));
  }
}
