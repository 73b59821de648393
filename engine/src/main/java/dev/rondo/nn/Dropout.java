package dev.rondo.nn;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;

/// Inverted dropout: while training, each element is zeroed with the given probability and the
/// others are divided by 1 minus that probability, so evaluation needs no change. The mask is not
/// stored; the backward pass draws it again.
public final class Dropout {
  private Dropout() {}

  /// Drops elements of `x` at random on a training tape; returns `x` itself on any other.
  ///
  /// @param probability of dropping an element, in [0, 1)
  public static Variable apply(Tape tape, Variable x, double probability) {
    requireProbability(probability);
    if (!tape.training() || probability == 0) {
      return x;
    }
    double keep = 1 - probability;
    var random = tape.random().next();
    long key = random.key();
    long counter = random.counter();
    var arithmetic = tape.backend().arithmetic();
    var parallel = tape.backend().parallel();
    var source = x.value();
    int columns = source.columns();
    var value = tape.uninitialized(source.shape());
    parallel.overRows(
        source.rows(),
        columns,
        (from, count) ->
            arithmetic.dropout(
                source.rows(from, count),
                value.rows(from, count),
                keep,
                key,
                counter + (long) from * columns));
    return tape.operation(
        value,
        result -> {
          var upstream = result.gradient();
          var gradient = x.gradient();
          parallel.overRows(
              upstream.rows(),
              columns,
              (from, count) ->
                  arithmetic.accumulateDropout(
                      upstream.rows(from, count),
                      gradient.rows(from, count),
                      keep,
                      key,
                      counter + (long) from * columns));
        },
        x);
  }

  /// Variational dropout: as [#apply], but each element of `[batchSize, features]` is dropped at
  /// every step or at none (Gal and Ghahramani 2016).
  ///
  /// @param x [steps, batchSize, features]
  /// @param probability of dropping an element, in [0, 1)
  public static Variable locked(Tape tape, Variable x, double probability) {
    requireProbability(probability);
    if (x.value().rank() != 3) {
      throw new IllegalArgumentException(
          "x is %s, expected [steps, batchSize, features]".formatted(x));
    }
    if (!tape.training() || probability == 0) {
      return x;
    }
    var arithmetic = tape.backend().arithmetic();
    var source = x.value();
    int steps = source.dimension(0);
    int batchSize = source.dimension(1);
    var mask = tape.zeros(batchSize, source.columns());
    mask.fill(1);
    var random = tape.random().next();
    arithmetic.dropout(mask, mask, 1 - probability, random.key(), random.counter());
    var value = tape.uninitialized(source.shape());
    for (int t = 0; t < steps; t++) {
      int from = t * batchSize;
      arithmetic.multiply(source.rows(from, batchSize), mask, value.rows(from, batchSize));
    }
    return tape.operation(
        value,
        result -> {
          for (int t = 0; t < steps; t++) {
            int from = t * batchSize;
            arithmetic.accumulateProduct(
                result.gradient().rows(from, batchSize), mask, x.gradient().rows(from, batchSize));
          }
        },
        x);
  }

  private static void requireProbability(double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException("probability must be in [0, 1), was " + probability);
    }
  }
}
