package dev.rondo.mutants;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;

/// The size of a [CheckedProgram], and its real steps.
///
/// @param inputSize columns of the input
/// @param hiddenSize units, classes, or other outputs
/// @param steps of time
/// @param batchSize sequences side by side
/// @param lengths which steps are real; null if all are
/// @param startGiven whether initial states are inputs, or else zero
record ProgramSize(
    int inputSize, int hiddenSize, int steps, int batchSize, Lengths lengths, boolean startGiven) {
  /// Every step is real. Input and hidden size are one, so that a transposed matrix fits.
  static final ProgramSize SQUARE = new ProgramSize(2, 2, 3, 2, null, false);

  /// Sequences of different lengths, one of which is empty. The order by length is a cycle of three
  /// rows, so that the forward pass differs from the backward pass.
  static final ProgramSize PADDED = new ProgramSize(2, 2, 4, 4, Lengths.of(2, 4, 0, 3), true);

  /// More elements than the whole Jacobian is checked of.
  static final ProgramSize LARGE = new ProgramSize(17, 17, 3, 5, null, true);

  /// One in eight is large.
  static ProgramSize of(CounterRandom random) {
    boolean large = random.nextInt(8) == 0;
    int inputSize = 1 + random.nextInt(large ? 40 : 4);
    int hiddenSize = large ? 15 + random.nextInt(4) : 1 + random.nextInt(6);
    int steps = 1 + random.nextInt(6);
    int batchSize = 1 + random.nextInt(large ? 10 : 4);
    return new ProgramSize(
        inputSize,
        hiddenSize,
        steps,
        batchSize,
        lengths(random, steps, batchSize),
        random.nextInt(2) == 0);
  }

  private static Lengths lengths(CounterRandom random, int steps, int batchSize) {
    return switch (random.nextInt(4)) {
      case 0 -> null;
      case 1 -> Lengths.ofMask(mask(random, steps, batchSize), Lengths.Gap.CARRY);
      case 2 -> Lengths.ofMask(mask(random, steps, batchSize), Lengths.Gap.ZERO);
      default -> {
        var lengths = new int[batchSize];
        for (int b = 0; b < batchSize; b++) {
          lengths[b] = random.nextInt(steps + 1);
        }
        yield Lengths.of(lengths);
      }
    };
  }

  private static boolean[][] mask(CounterRandom random, int steps, int batchSize) {
    var real = new boolean[steps][batchSize];
    for (var row : real) {
      for (int b = 0; b < batchSize; b++) {
        row[b] = random.nextInt(3) > 0;
      }
    }
    return real;
  }

  /// With two more columns everywhere: of one or two that are normalized nothing is left but signs.
  ProgramSize wider() {
    return new ProgramSize(inputSize + 2, hiddenSize + 2, steps, batchSize, lengths, startGiven);
  }

  /// The steps of any row that are real, for programs that know nothing of lengths.
  boolean isReal(int step, int row) {
    return lengths == null || lengths.isReal(step, row);
  }

  @Override
  public String toString() {
    return "%d inputs, %d units, %d steps, %s%s"
        .formatted(
            inputSize,
            hiddenSize,
            steps,
            lengths == null ? "batch " + batchSize : lengths,
            startGiven ? ", from a state" : "");
  }
}
