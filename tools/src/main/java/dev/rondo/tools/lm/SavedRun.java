package dev.rondo.tools.lm;

import dev.rondo.io.ModelFormatException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The description of a run in its checkpoint, besides the trainer's state: recipe, text, length.
///
/// @param extra text by key, from [#extra]
/// @param file the checkpoint, for messages
record SavedRun(Map<String, String> extra, Path file) {
  private static final String RECIPE = "recipe.";
  private static final String TEXT = "text";
  private static final String FINGERPRINT = "fingerprint";
  private static final String STEPS = "steps";
  private static final String NUMBERS = "numbers";
  private static final String FILES = "files";

  /// The text to save.
  static Map<String, String> extra(
      TrainingRecipe recipe, Corpus corpus, boolean numbers, long steps) {
    var result = new LinkedHashMap<String, String>();
    recipe.values().forEach((name, value) -> result.put(RECIPE + name, value));
    result.put(TEXT, numbers ? NUMBERS : FILES);
    result.put(FINGERPRINT, corpus.fingerprint());
    result.put(STEPS, Long.toString(steps));
    return result;
  }

  TrainingRecipe recipe() throws ModelFormatException {
    var values = new LinkedHashMap<String, String>();
    extra.forEach((key, value) -> {
      if (key.startsWith(RECIPE)) {
        values.put(key.substring(RECIPE.length()), value);
      }
    });
    try {
      return TrainingRecipe.saved(values);
    } catch (IllegalArgumentException e) {
      throw ModelFormatException.in(file, e.getMessage());
    }
  }

  TrainingLength length() throws ModelFormatException {
    try {
      return new TrainingLength(Long.parseLong(text(STEPS)), 0, false);
    } catch (NumberFormatException e) {
      throw ModelFormatException.in(file, "steps is %s".formatted(extra.get(STEPS)));
    }
  }

  void requireSameKind(boolean numbers) throws ModelFormatException {
    if (text(TEXT).equals(numbers ? FILES : NUMBERS)) {
      throw new IllegalArgumentException(
          numbers
              ? "%s was trained on a text: give it again with --data".formatted(file)
              : "%s was trained on the made-up numbers: leave --data out".formatted(file));
    }
  }

  void requireSameText(Corpus corpus) throws ModelFormatException {
    if (!text(FINGERPRINT).equals(corpus.fingerprint())) {
      throw new IllegalArgumentException(
          "the text is not the one that %s was trained on".formatted(file));
    }
  }

  private String text(String key) throws ModelFormatException {
    var value = extra.get(key);
    if (value == null) {
      throw ModelFormatException.in(file, "no checkpoint of lm train: it has no " + key);
    }
    return value;
  }
}
