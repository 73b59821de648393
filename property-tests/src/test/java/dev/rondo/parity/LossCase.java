package dev.rondo.parity;

import dev.rondo.autograd.Variable;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import java.util.Locale;

/// A loss and the gradient of its input.
record LossCase(
    Loss kind, boolean mean, boolean someLeftOut, int steps, int batchSize, int columns, long seed)
    implements TapeCase {
  /// What is computed.
  enum Loss {
    CROSS_ENTROPY,
    MEAN_SQUARED_ERROR,
    BINARY_CROSS_ENTROPY
  }

  /// The share of targets that is left out.
  private static final double LEFT_OUT = 0.3;

  @Override
  public String operation() {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + (mean ? ", mean" : ", sum");
  }

  @Override
  public Operands operands() {
    var operands = Operands.of(seed).gaussian("x", 2, steps, batchSize, columns);
    var random = new CounterRandom(seed).fork(1);
    int[] shape = {steps, batchSize, columns};
    switch (kind) {
      case CROSS_ENTROPY ->
          operands.add(
              "targets",
              new int[] {steps, batchSize},
              i -> leftOut(i, random) ? Tokens.IGNORED : random.nextInt(columns));
      case MEAN_SQUARED_ERROR -> operands.gaussian("targets", 1, shape);
      case BINARY_CROSS_ENTROPY -> operands.uniform("targets", 0, 1, shape);
    }
    if (kind != Loss.CROSS_ENTROPY) {
      operands.add("counted", shape, i -> leftOut(i, random) ? 0 : 1);
    }
    return operands.gaussian(Operands.UPSTREAM + "loss", 1);
  }

  /// The first target always counts: the mean over none is NaN in PyTorch and 0 here.
  private boolean leftOut(int i, CounterRandom random) {
    return someLeftOut && i > 0 && random.nextDouble() < LEFT_OUT;
  }

  @Override
  public void record(EngineRun run) {
    run.result("loss", loss(run));
  }

  private Variable loss(EngineRun run) {
    var tape = run.tape();
    var x = run.input("x");
    return switch (kind) {
      case CROSS_ENTROPY -> {
        var targets = run.tokens("targets");
        yield mean ? CrossEntropy.mean(tape, x, targets) : CrossEntropy.sum(tape, x, targets);
      }
      case MEAN_SQUARED_ERROR -> {
        var targets = run.operand("targets");
        var counted = run.operand("counted");
        if (someLeftOut) {
          yield mean
              ? MeanSquaredError.mean(tape, x, targets, counted)
              : MeanSquaredError.sum(tape, x, targets, counted);
        }
        yield mean
            ? MeanSquaredError.mean(tape, x, targets)
            : MeanSquaredError.sum(tape, x, targets);
      }
      case BINARY_CROSS_ENTROPY -> {
        var targets = run.operand("targets");
        var counted = run.operand("counted");
        if (someLeftOut) {
          yield mean
              ? BinaryCrossEntropy.mean(tape, x, targets, counted)
              : BinaryCrossEntropy.sum(tape, x, targets, counted);
        }
        yield mean
            ? BinaryCrossEntropy.mean(tape, x, targets)
            : BinaryCrossEntropy.sum(tape, x, targets);
      }
    };
  }
}
