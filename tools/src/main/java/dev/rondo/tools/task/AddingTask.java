package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;
import java.util.List;

/// The adding problem: each step has a number from [0, 1) and a marker. Two steps are marked, one
/// in each half, and the answer is the sum of their numbers.
///
/// Sources: S. Hochreiter, J. Schmidhuber, "Long short-term memory", 1997; in this form Q. Le, N.
/// Jaitly, G. Hinton, "A simple way to initialize recurrent networks of rectified linear units",
/// 2015.
final class AddingTask implements Task {
  private static final int NUMBER = 0;
  private static final int MARKER = 1;

  private final int length;
  private final CounterRandom seeded;

  /// @param length steps; at least 2
  AddingTask(int length, long seed) {
    if (length < 2) {
      throw new IllegalArgumentException("--length must be at least 2, was " + length);
    }
    this.length = length;
    seeded = new CounterRandom(seed);
  }

  @Override
  public String name() {
    return "adding-" + length;
  }

  @Override
  public String description() {
    return "the sum of the 2 marked ones of %d numbers, one mark in each half".formatted(length);
  }

  @Override
  public int steps() {
    return length;
  }

  @Override
  public int inputSize() {
    return 2;
  }

  @Override
  public int outputSize() {
    return 1;
  }

  @Override
  public Measure measure() {
    return Measure.SQUARED_ERROR;
  }

  /// Always answering 1: the variance of a sum of two such numbers is 2/12, and its density is a
  /// triangle around 1.
  @Override
  public List<Baseline> baselines(int testSequences) {
    return List.of(new Baseline("always answering 1", 2.0 / 12, 1 - 0.96 * 0.96));
  }

  @Override
  public void write(Split split, long number, Batch batch, int b) {
    var random = split.sequence(seeded, number);
    int half = length / 2;
    int first = random.nextInt(half);
    int second = half + random.nextInt(length - half);
    double sum = 0;
    for (int t = 0; t < length; t++) {
      double value = random.nextFloat();
      batch.setInput(t, b, NUMBER, value);
      if (t == first || t == second) {
        batch.setInput(t, b, MARKER, 1);
        sum += value;
      }
    }
    batch.numbers().set(b, 0, sum);
  }
}
