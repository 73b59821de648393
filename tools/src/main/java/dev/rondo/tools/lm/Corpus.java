package dev.rondo.tools.lm;

import dev.rondo.tools.text.Encoded;
import dev.rondo.tools.text.TextFiles;
import dev.rondo.tools.text.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// The training and validation texts of a model, as tokens.
///
/// @param vocabulary the tokens
/// @param training the training text
/// @param validation the validation text; empty for none
/// @param fingerprint SHA-256 of both texts
@SuppressWarnings("ArrayRecordComponent") // millions of tokens, read by this package alone
record Corpus(Vocabulary vocabulary, int[] training, int[] validation, String fingerprint) {
  private static final long MOST_NUMBERS_CHARACTERS = 500_000_000;

  private static final int NUMBERS_VALIDATION_LENGTH = 20_000;

  /// The corpus of numbers, decided by the recipe's seed, and long enough that a run of `steps`
  /// reads nothing twice.
  static Corpus ofNumbers(TrainingRecipe recipe, long steps) {
    var numbers = new NumbersCorpus(recipe.seed());
    int columns = recipe.integer("batch");
    long columnLength = steps * recipe.integer("bptt") + 1;
    if (columns * columnLength > MOST_NUMBERS_CHARACTERS) {
      throw new IllegalArgumentException(
          "the made-up corpus would need %d characters, expected at most %d: fewer steps"
              .formatted(columns * columnLength, MOST_NUMBERS_CHARACTERS));
    }
    var training = numbers.trainingText(columns, (int) steps, recipe.integer("bptt"));
    var validation = numbers.validationText(NUMBERS_VALIDATION_LENGTH);
    return of(Vocabulary.ofCharacters(training + validation), training, validation);
  }

  /// Text files. The end of their text is the validation text.
  ///
  /// A vocabulary of characters is that of the whole text, one of words that of the training text.
  ///
  /// @throws IOException if a file cannot be read as text
  /// @throws IllegalArgumentException if the text is too short to be split
  static Corpus ofFiles(List<Path> files, TrainingRecipe recipe) throws IOException {
    var text = TextFiles.read(files);
    double share = recipe.number("validation");
    int codePoints = text.codePointCount(0, text.length());
    int split = text.offsetByCodePoints(0, (int) (codePoints * (1 - share)));
    Vocabulary vocabulary =
        switch (recipe.level()) {
          case CHAR -> Vocabulary.ofCharacters(text);
          case WORD -> {
            split = nextSpace(text, split);
            yield Vocabulary.ofWords(
                text.substring(0, split), recipe.integer("min-count"), recipe.integer("max-words"));
          }
        };
    var corpus = of(vocabulary, text.substring(0, split), text.substring(split));
    if (share > 0 && corpus.validation.length < 2) {
      throw new IllegalArgumentException(
          "the text is too short: its validation part has %d tokens, expected at least 2"
              .formatted(corpus.validation.length));
    }
    return corpus;
  }

  private static int nextSpace(String text, int from) {
    int at = from;
    while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static Corpus of(Vocabulary vocabulary, String training, String validation) {
    return new Corpus(
        vocabulary,
        vocabulary.encode(training).tokens(),
        vocabulary.encode(validation).tokens(),
        fingerprint(training, validation));
  }

  private static String fingerprint(String training, String validation) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(training.getBytes(StandardCharsets.UTF_8));
      // no UTF-8 text has this byte: the position of the split counts too
      digest.update((byte) 0xFF);
      digest.update(validation.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// A text for evaluating a model.
  ///
  /// @throws IllegalArgumentException if the vocabulary lacks one of its characters, or it has
  ///   fewer than two tokens
  static Encoded forEvaluation(Vocabulary vocabulary, String text) {
    var encoded = vocabulary.encode(text);
    if (!encoded.complete() && vocabulary.number(Vocabulary.UNKNOWN) < 0) {
      throw new IllegalArgumentException(
          "the text has %s: the model cannot predict them".formatted(encoded.describeUnknown()));
    }
    if (encoded.tokens().length < 2) {
      throw new IllegalArgumentException(
          "the text is too short: %d tokens, expected at least 2"
              .formatted(encoded.tokens().length));
    }
    return encoded;
  }
}
