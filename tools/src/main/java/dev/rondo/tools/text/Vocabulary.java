package dev.rondo.tools.text;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntLinkedOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/// The tokens that a model knows, numbered from 0. Immutable.
///
/// Characters are code points, in numerical order. Words are separated by white space. The end of a
/// line is a word of its own, so that lines can be written again; other white space is not kept.
/// `<unk>` is the first word and stands for all unknown ones; the others are ordered by frequency,
/// then by their characters.
public final class Vocabulary {
  /// The word for unknown words; always number 0 in a vocabulary of words.
  public static final String UNKNOWN = "<unk>";

  /// The end of a line.
  public static final String NEWLINE = "\n";

  private static final int NONE = -1;

  private final TokenLevel level;
  private final List<String> tokens;
  private final Object2IntOpenHashMap<String> numbers;

  // the numbers of characters; empty for words
  private final Int2IntOpenHashMap codePoints = new Int2IntOpenHashMap();

  private Vocabulary(TokenLevel level, List<String> tokens) {
    this.level = level;
    this.tokens = List.copyOf(tokens);
    numbers = new Object2IntOpenHashMap<>(tokens.size());
    numbers.defaultReturnValue(NONE);
    codePoints.defaultReturnValue(NONE);
    for (int i = 0; i < tokens.size(); i++) {
      numbers.put(tokens.get(i), i);
      if (level == TokenLevel.CHAR) {
        codePoints.put(tokens.get(i).codePointAt(0), i);
      }
    }
    if (tokens.isEmpty() || numbers.size() != tokens.size()) {
      throw new IllegalArgumentException("the vocabulary is empty or has a token twice");
    }
  }

  /// All characters of a text.
  ///
  /// @throws IllegalArgumentException if it has none
  public static Vocabulary ofCharacters(String text) {
    return new Vocabulary(
        TokenLevel.CHAR,
        text.codePoints().sorted().distinct().mapToObj(Character::toString).toList());
  }

  /// The words of a text.
  ///
  /// @param minimumCount words that occur less often become `<unk>`; at least 1
  /// @param mostTokens the largest size of the vocabulary, `<unk>` included; at least 2
  public static Vocabulary ofWords(String text, int minimumCount, int mostTokens) {
    if (minimumCount < 1 || mostTokens < 2) {
      throw new IllegalArgumentException(
          "the minimal count must be at least 1 and the size at least 2, were %d and %d"
              .formatted(minimumCount, mostTokens));
    }
    var counts = new Object2IntLinkedOpenHashMap<String>();
    for (var words = new Words(text); words.hasNext(); ) {
      counts.addTo(words.next(), 1);
    }
    counts.removeInt(UNKNOWN);
    var order =
        Comparator.<Object2IntMap.Entry<String>>comparingInt(Object2IntMap.Entry::getIntValue)
            .reversed()
            .thenComparing(Object2IntMap.Entry::getKey);
    var tokens = new ArrayList<String>();
    tokens.add(UNKNOWN);
    counts.object2IntEntrySet().stream()
        .filter(entry -> entry.getIntValue() >= minimumCount)
        .sorted(order)
        .limit(mostTokens - 1L)
        .forEach(entry -> tokens.add(entry.getKey()));
    return new Vocabulary(TokenLevel.WORD, tokens);
  }

  /// Restores the vocabulary of a [#serialized()] text.
  ///
  /// @throws IllegalArgumentException if the text is no vocabulary
  public static Vocabulary parse(TokenLevel level, String serialized) {
    return switch (level) {
      case CHAR ->
          new Vocabulary(level, serialized.codePoints().mapToObj(Character::toString).toList());
      case WORD -> {
        var words = List.of(serialized.split(" ", -1));
        if (!words.getFirst().equals(UNKNOWN)) {
          throw new IllegalArgumentException("a vocabulary of words begins with " + UNKNOWN);
        }
        yield new Vocabulary(level, words);
      }
    };
  }

  /// All tokens in one string: characters one after the other, words with a space between them.
  public String serialized() {
    return String.join(level == TokenLevel.CHAR ? "" : " ", tokens);
  }

  /// The kind of tokens.
  public TokenLevel level() {
    return level;
  }

  /// The number of tokens.
  public int size() {
    return tokens.size();
  }

  /// The text of a token.
  public String token(int number) {
    return tokens.get(number);
  }

  /// The number of a token, or -1.
  public int number(String token) {
    return numbers.getInt(token);
  }

  /// Converts a text to tokens.
  public Encoded encode(String text) {
    var result = new IntArrayList(level == TokenLevel.CHAR ? text.length() : text.length() / 4);
    var unknown = new LinkedHashSet<String>();
    long unknownCount = 0;
    if (level == TokenLevel.CHAR) {
      for (int i = 0; i < text.length(); ) {
        int codePoint = text.codePointAt(i);
        int number = codePoints.get(codePoint);
        if (number != NONE) {
          result.add(number);
        } else {
          unknown.add(Character.toString(codePoint));
          unknownCount++;
        }
        i += Character.charCount(codePoint);
      }
    } else {
      int substitute = numbers.getInt(UNKNOWN);
      for (var words = new Words(text); words.hasNext(); ) {
        var word = words.next();
        int number = numbers.getInt(word);
        if (number == NONE) {
          unknown.add(word);
          unknownCount++;
          number = substitute;
        }
        result.add(number);
      }
    }
    return new Encoded(result.toIntArray(), List.copyOf(unknown), unknownCount, level);
  }

  /// Converts tokens to a text. Words are separated by spaces, except beside the end of a line.
  public String decode(int[] numbered) {
    var result = new StringBuilder();
    int previous = NONE;
    for (int number : numbered) {
      result.append(piece(previous, number));
      previous = number;
    }
    return result.toString();
  }

  /// The text that a token appends to a text that ends with `previous`, which is -1 at the start.
  public String piece(int previous, int number) {
    var token = tokens.get(number);
    boolean spaced =
        level == TokenLevel.WORD
            && previous != NONE
            && !token.equals(NEWLINE)
            && !tokens.get(previous).equals(NEWLINE);
    return spaced ? " " + token : token;
  }
}
