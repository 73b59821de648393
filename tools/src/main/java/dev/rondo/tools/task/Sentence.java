package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.List;

/// The beginning of an English sentence, up to its verb.
///
/// @param words the words before the verb
/// @param subject the position of the subject
/// @param plural whether the verb has to be `were`, not `was`
record Sentence(List<String> words, int subject, boolean plural) {
  /// The smallest distance from subject to verb: from here on, one word between them is always
  /// another noun.
  static final int SHORTEST = 5;

  private static final List<String> SINGULAR =
      List.of(
          "cat", "dog", "boat", "key", "letter", "window", "doctor", "singer", "farmer", "river",
          "garden", "table");
  private static final List<String> PLURAL = SINGULAR.stream().map(noun -> noun + "s").toList();
  private static final List<String> PREPOSITIONS =
      List.of("near", "behind", "beside", "under", "above", "with");
  private static final List<String> ADJECTIVES =
      List.of("old", "small", "red", "quiet", "heavy", "strange", "green", "narrow");
  private static final List<String> ADVERBS = List.of("really", "often", "clearly", "probably");

  /// Verbs in the past tense, which are equal in singular and plural.
  private static final List<String> VERBS =
      List.of("saw", "liked", "painted", "found", "followed", "remembered");

  private static final String THE = "the";
  private static final String THAT = "that";

  /// Subjects are singular a little more often, as in real text.
  private static final double SINGULAR_SHARE = 0.6;

  /// The number of words of the shortest and of the longest attribute of a noun.
  private static final int SHORTEST_ATTRIBUTE = 3;

  private static final int LONGEST_ATTRIBUTE = 4;

  /// Copies the words.
  Sentence {
    words = List.copyOf(words);
  }

  /// All words.
  static List<String> vocabulary() {
    var result = new ArrayList<>(List.of(THE, THAT));
    for (var words : List.of(SINGULAR, PLURAL, PREPOSITIONS, ADJECTIVES, ADVERBS, VERBS)) {
      result.addAll(words);
    }
    return result;
  }

  /// The share of sentences with a singular subject.
  static double singularShare() {
    return SINGULAR_SHARE;
  }

  /// The largest number of words before the verb for a subject at this distance.
  static int mostWords(int distance) {
    return distance + 2;
  }

  /// Draws a sentence whose subject stands `distance` words before the verb. Other nouns stand
  /// between them, in singular or plural.
  ///
  /// @param distance at least [#SHORTEST]
  static Sentence draw(int distance, CounterRandom random) {
    var words = new ArrayList<String>();
    words.add(THE);
    if (random.nextInt(2) == 0) {
      words.add(any(ADJECTIVES, random));
    }
    boolean plural = random.nextDouble() >= SINGULAR_SHARE;
    int subject = words.size();
    words.add(any(plural ? PLURAL : SINGULAR, random));
    int left = distance - 1;
    while (left >= SHORTEST_ATTRIBUTE) {
      int before = words.size();
      addAttribute(left >= LONGEST_ATTRIBUTE, words, random);
      left -= words.size() - before;
    }
    for (; left > 0; left--) {
      words.add(any(ADVERBS, random));
    }
    return new Sentence(words, subject, plural);
  }

  /// Adds `near the keys`; with room for four words also `near the old keys` or `that the dog saw`.
  private static void addAttribute(boolean roomForFour, List<String> words, CounterRandom random) {
    int form = random.nextInt(roomForFour ? 3 : 1);
    words.add(form == 2 ? THAT : any(PREPOSITIONS, random));
    words.add(THE);
    if (form == 1) {
      words.add(any(ADJECTIVES, random));
    }
    words.add(any(random.nextInt(2) == 0 ? SINGULAR : PLURAL, random));
    if (form == 2) {
      words.add(any(VERBS, random));
    }
  }

  private static String any(List<String> words, CounterRandom random) {
    return words.get(random.nextInt(words.size()));
  }

  /// The number of words from the subject to the verb.
  int distance() {
    return words.size() - subject;
  }

  /// Whether the last noun before the verb is plural.
  boolean nearestNounPlural() {
    for (var word : words.reversed()) {
      if (SINGULAR.contains(word) || PLURAL.contains(word)) {
        return PLURAL.contains(word);
      }
    }
    throw new IllegalStateException("a sentence without noun: " + words);
  }

  /// The sentence with its verb.
  @Override
  public String toString() {
    return String.join(" ", words) + (plural ? " were" : " was");
  }
}
