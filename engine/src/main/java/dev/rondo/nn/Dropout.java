package dev.rondo.nn;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;

/// Inverted dropout: while training, each element is zeroed with a probability and the others are
/// divided by what is left of 1, so that evaluation needs no change. The mask is not stored; the
/// way back draws it again.
public final class Dropout {
  private Dropout() {}

  /// `x` with elements dropped at random on a training tape, else `x` itself.
  ///
  /// @param probability of dropping an element, in [0, 1)
  public static Variable apply(Tape tape, Variable x, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException("probability must be in [0, 1), was " + probability);
    }
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
}
