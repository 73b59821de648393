package dev.rondo.tools.lm;

import dev.rondo.decode.SamplerOptions;
import dev.rondo.random.CounterRandom;
import java.util.Collections;
import java.util.List;

/// An examination of a model of the corpus of numbers.
final class NumbersExam {
  /// The number of held-out numbers in the exam.
  static final int QUESTIONS = 200;

  /// The number of lines that the model writes freely.
  static final int FREE_SAMPLES = 20;

  /// The longest line has 82 characters: `373,373 = three hundred seventy three thousand ...`.
  private static final int LONGEST_LINE = 120;

  private NumbersExam() {}

  /// Counts the numbers that the model spells exactly, out of [#QUESTIONS] held-out ones, with
  /// greedy choices.
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

  /// Lines that the model writes freely, at temperature 1.
  static List<String> freeSamples(LanguageModel language, CounterRandom random) {
    try (var writer = new TextWriter(language, SamplerOptions.of(1), FREE_SAMPLES, random)) {
      return writer.completeLines(Collections.nCopies(FREE_SAMPLES, ""), LONGEST_LINE);
    }
  }
}
