package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;

/// What a sequence is for. A sequence is a function of the seed, of this and of its number, so no
/// two splits share their draws.
enum Split {
  /// To learn from.
  TRAINING(0),
  /// To choose the learning rate and the best weights by.
  VALIDATION(1),
  /// Measured once, at the end.
  TEST(2);

  private final long label;

  Split(long label) {
    this.label = label;
  }

  /// The generator of one sequence.
  ///
  /// @param seeded a generator of the seed, which does not advance
  CounterRandom sequence(CounterRandom seeded, long number) {
    return seeded.fork(label).fork(number);
  }
}
