package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Agreement of subject and verb: the input is the words before the verb, one per step, and the
/// answer is whether the verb is singular or plural. Words are one-hot. Sentences end with the last
/// step; short ones are preceded by blanks.
///
/// Source: T. Linzen, E. Dupoux, Y. Goldberg, "Assessing the ability of LSTMs to learn
/// syntax-sensitive dependencies", 2016; there with sentences from Wikipedia.
final class AgreementTask implements Task {
  private static final int SINGULAR = 0;
  private static final int PLURAL = 1;

  /// The input of a step without a word.
  private static final int BLANK = 0;

  /// The largest distance of each range except the last.
  private static final int[] RANGE_BOUNDS = {10, 20, 35};

  private final int nearest;
  private final int farthest;
  private final int[] upperBounds;
  private final CounterRandom seeded;
  private final Map<String, Integer> numbers = new HashMap<>();

  /// @param nearest the smallest number of words from the subject to the verb
  /// @param farthest the largest number of words from the subject to the verb
  AgreementTask(int nearest, int farthest, long seed) {
    if (nearest < Sentence.SHORTEST) {
      throw new IllegalArgumentException(
          "--min-distance must be at least %d, was %d".formatted(Sentence.SHORTEST, nearest));
    }
    if (farthest < nearest) {
      throw new IllegalArgumentException(
          "--max-distance must be at least --min-distance, were %d and %d"
              .formatted(farthest, nearest));
    }
    this.nearest = nearest;
    this.farthest = farthest;
    upperBounds =
        IntStream.concat(
                IntStream.of(RANGE_BOUNDS).filter(bound -> bound >= nearest && bound < farthest),
                IntStream.of(farthest))
            .toArray();
    seeded = new CounterRandom(seed);
    for (var word : Sentence.vocabulary()) {
      numbers.put(word, numbers.size() + 1);
    }
  }

  @Override
  public String name() {
    return "agreement-" + nearest + "-" + farthest;
  }

  @Override
  public String description() {
    return "the number of a verb whose subject stands %d to %d words before: \"%s\""
        .formatted(nearest, farthest, Sentence.draw(nearest + 4, new CounterRandom(1)));
  }

  @Override
  public int steps() {
    return Sentence.mostWords(farthest);
  }

  @Override
  public int inputSize() {
    return numbers.size() + 1;
  }

  @Override
  public int outputSize() {
    return 2;
  }

  @Override
  public Measure measure() {
    return Measure.CROSS_ENTROPY;
  }

  @Override
  public List<Baseline> baselines(int testSequences) {
    double p = Sentence.singularShare();
    double entropy = -p * StrictMath.log(p) - (1 - p) * StrictMath.log(1 - p);
    int singular = 0;
    int likeNearest = 0;
    for (int i = 0; i < testSequences; i++) {
      var sentence = sentence(Split.TEST, i);
      singular += sentence.plural() ? 0 : 1;
      likeNearest += sentence.plural() == sentence.nearestNounPlural() ? 1 : 0;
    }
    return List.of(
        new Baseline("always singular (majority)", entropy, (double) singular / testSequences),
        new Baseline("guessing", StrictMath.log(2), 0.5),
        new Baseline("like the nearest noun", Double.NaN, (double) likeNearest / testSequences));
  }

  /// The sentence with a number.
  Sentence sentence(Split split, long number) {
    var random = split.sequence(seeded, number);
    return Sentence.draw(nearest + random.nextInt(farthest - nearest + 1), random);
  }

  @Override
  public List<String> distanceRanges() {
    var names = new ArrayList<String>();
    int from = nearest;
    for (int to : upperBounds) {
      names.add(from == to ? "" + from : from + "-" + to);
      from = to + 1;
    }
    return names;
  }

  @Override
  public int distanceRange(Split split, long number) {
    int distance = sentence(split, number).distance();
    int range = 0;
    while (distance > upperBounds[range]) {
      range++;
    }
    return range;
  }

  /// The input of a word.
  int number(String word) {
    return numbers.get(word);
  }

  @Override
  public void write(Split split, long number, Batch batch, int b) {
    var sentence = sentence(split, number);
    int blanks = steps() - sentence.words().size();
    for (int t = 0; t < steps(); t++) {
      int input = t < blanks ? BLANK : number(sentence.words().get(t - blanks));
      batch.setInput(t, b, input, 1);
    }
    batch.classes().set(0, b, sentence.plural() ? PLURAL : SINGULAR);
  }
}
