package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;

/// The use of a sequence. A sequence is a function of the seed, of its split and of its number, so
/// no two splits share their draws.
enum Split {
  /// For training.
  TRAINING(0),
  /// For choosing the learning rate and the best weights.
  VALIDATION(1),
  /// For the measurement at the end.
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
