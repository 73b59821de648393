package dev.rondo.tools.lm;

import dev.rondo.decode.SamplerOptions;
import dev.rondo.random.CounterRandom;
import java.util.Collections;
import java.util.List;

/// What a model of the corpus of numbers has understood.
final class NumbersExam {
  /// Held-out numbers that the model is asked.
  static final int QUESTIONS = 200;

  /// Lines that it writes without being asked.
  static final int FREE_SAMPLES = 20;

  /// The longest line has 82 characters: `373,373 = three hundred seventy three thousand three
  /// ...`.
  private static final int LONGEST_LINE = 120;

  private NumbersExam() {}

  /// Of [#QUESTIONS] held-out numbers, those that the model completes exactly, greedily.
  static int exactlyRight(LanguageModel language, NumbersCorpus corpus) {
    var numbers = corpus.testNumbers(QUESTIONS);
    var prompts = numbers.stream().map(NumbersCorpus::prompt).toList();
    List<String> answers;
    try (var writer =
        new TextWriter(language, SamplerOptions.GREEDY, QUESTIONS, new CounterRandom(0))) {
      answers = writer.completeLines(prompts, LONGEST_LINE);
    }
    int right = 0;
    for (int i = 0; i < QUESTIONS; i++) {
      right += answers.get(i).equals(NumberWords.words(numbers.get(i))) ? 1 : 0;
    }
    return right;
  }

  /// Lines that the model writes by itself, at temperature 1.
  static List<String> freeSamples(LanguageModel language, CounterRandom random) {
    try (var writer = new TextWriter(language, SamplerOptions.of(1), FREE_SAMPLES, random)) {
      return writer.completeLines(Collections.nCopies(FREE_SAMPLES, ""), LONGEST_LINE);
    }
  }
}
