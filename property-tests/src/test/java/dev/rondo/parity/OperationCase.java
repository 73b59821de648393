package dev.rondo.parity;

import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.Linear;
import java.util.Locale;

/// A layer without time, or an operation of the tape: the result, and the gradients of input and
/// parameters.
///
/// @param columns of the input; of an embedding, the tokens
/// @param outputs columns of the result, where they may differ
record OperationCase(Operation kind, int steps, int batchSize, int columns, int outputs, long seed)
    implements TapeCase {
  /// α of the exponential linear unit.
  static final double ELU_ALPHA = 0.75;

  /// α of the leaky rectifier.
  static final double LEAK = 0.125;

  /// α and β of the affine function.
  static final double AFFINE_ALPHA = -0.5;

  static final double AFFINE_BETA = 0.25;

  /// Large enough that some hard sigmoids are at their ends; a tensor of nothing but saturated
  /// units would have gradients that consist of rounding.
  private static final double DEVIATION = 2;

  /// What is computed.
  enum Operation {
    LINEAR,
    EMBEDDING,
    LAYER_NORM,
    MATRIX_PRODUCT,
    SOFTMAX,
    SIGMOID,
    TANH,
    RELU,
    HARD_SIGMOID,
    SOFTSIGN,
    ELU,
    AFFINE,
    LEAKY_RELU
  }

  @Override
  public String operation() {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  @Override
  public Operands operands() {
    var operands = Operands.of(seed);
    int size = columns;
    switch (kind) {
      case LINEAR -> {
        size = outputs;
        operands.gaussian("weight", 1 / Math.sqrt(columns), outputs, columns);
        operands.gaussian("bias", 1, outputs);
      }
      case EMBEDDING -> {
        size = outputs;
        operands.whole("tokens", columns, steps, batchSize);
        operands.gaussian("weight", 1, columns, outputs);
      }
      case LAYER_NORM -> {
        operands.gaussian("weight", 1, columns);
        operands.gaussian("bias", 1, columns);
      }
      case MATRIX_PRODUCT -> {
        size = outputs;
        operands.gaussian("factor", 1 / Math.sqrt(columns), columns, outputs);
      }
      default -> {}
    }
    if (kind != Operation.EMBEDDING) {
      operands.gaussian("x", DEVIATION, steps, batchSize, columns);
    }
    return operands.gaussian(Operands.UPSTREAM + "result", 1, steps, batchSize, size);
  }

  @Override
  public void record(EngineRun run) {
    run.result("result", result(run));
  }

  private Variable result(EngineRun run) {
    var tape = run.tape();
    return switch (kind) {
      case LINEAR -> {
        var layer = Linear.of(columns, outputs).create(run.parameters(), run.random());
        run.load();
        yield layer.forward(tape, run.input("x"));
      }
      case EMBEDDING -> {
        var layer = Embedding.of(columns, outputs).create(run.parameters(), run.random());
        run.load();
        yield layer.forward(tape, run.tokens("tokens"));
      }
      case LAYER_NORM -> {
        var layer = LayerNorm.of(columns).create(run.parameters());
        run.load();
        yield layer.forward(tape, run.input("x"));
      }
      case MATRIX_PRODUCT -> tape.matmul(run.input("x"), run.input("factor"));
      case SOFTMAX -> tape.softmax(run.input("x"));
      case SIGMOID -> tape.sigmoid(run.input("x"));
      case TANH -> tape.tanh(run.input("x"));
      case RELU -> tape.relu(run.input("x"));
      // PyTorch's
      case HARD_SIGMOID -> tape.activation(Activation.hardSigmoid(1.0 / 6, 0.5), run.input("x"));
      case SOFTSIGN -> tape.activation(Activation.SOFTSIGN, run.input("x"));
      case ELU -> tape.activation(Activation.elu(ELU_ALPHA), run.input("x"));
      case AFFINE -> tape.activation(Activation.affine(AFFINE_ALPHA, AFFINE_BETA), run.input("x"));
      case LEAKY_RELU -> tape.activation(Activation.leakyRelu(LEAK), run.input("x"));
    };
  }
}
