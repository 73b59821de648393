package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;
import java.util.List;

/// The copying memory problem: ten symbols of eight kinds, blanks and a delimiter; then the ten
/// symbols have to be repeated, one per step.
///
///     input   s₁ ... s₁₀  (delay - 1 blanks)  delimiter  (10 blanks)
///     answer  (delay + 10 blanks)                        s₁ ... s₁₀
///
/// Source: M. Arjovsky, A. Shah, Y. Bengio, "Unitary evolution recurrent neural networks", 2016.
final class CopyTask implements Task {
  /// The number of symbols to remember.
  static final int SYMBOLS = 10;

  /// The number of kinds of symbols; their inputs and classes are 1 to 8.
  static final int KINDS = 8;

  /// The input and class of a blank.
  static final int BLANK = 0;

  /// The input that asks for the symbols.
  static final int DELIMITER = KINDS + 1;

  private final int delay;
  private final CounterRandom seeded;

  /// @param delay steps from the last symbol to the delimiter; at least 1
  CopyTask(int delay, long seed) {
    if (delay < 1) {
      throw new IllegalArgumentException("--delay must be positive, was " + delay);
    }
    this.delay = delay;
    seeded = new CounterRandom(seed);
  }

  @Override
  public String name() {
    return "copy-" + delay;
  }

  @Override
  public String description() {
    return "%d symbols of %d kinds, to be repeated after %d steps".formatted(SYMBOLS, KINDS, delay);
  }

  @Override
  public int steps() {
    return delay + 2 * SYMBOLS;
  }

  @Override
  public int inputSize() {
    return KINDS + 2;
  }

  @Override
  public int outputSize() {
    return KINDS + 1;
  }

  @Override
  public int outputSteps() {
    return steps();
  }

  @Override
  public int scoredSteps() {
    return SYMBOLS;
  }

  @Override
  public Measure measure() {
    return Measure.CROSS_ENTROPY;
  }

  @Override
  public List<Baseline> baselines(int testSequences) {
    double error = SYMBOLS * StrictMath.log(KINDS) / steps();
    return List.of(new Baseline("blanks, then guessing", error, 1.0 / KINDS));
  }

  @Override
  public void write(Split split, long number, Batch batch, int b) {
    var random = split.sequence(seeded, number);
    for (int t = 0; t < steps(); t++) {
      int input = BLANK;
      if (t < SYMBOLS) {
        input = 1 + random.nextInt(KINDS);
        batch.classes().set(delay + SYMBOLS + t, b, input);
      } else if (t == delay + SYMBOLS - 1) {
        input = DELIMITER;
      }
      batch.setInput(t, b, input, 1);
    }
  }
}
