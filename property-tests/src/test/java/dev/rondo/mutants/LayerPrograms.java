package dev.rondo.mutants;

import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.Linear;
import dev.rondo.nn.loss.ActivationRegularization;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.List;

/// Programs of one layer, operation or loss.
final class LayerPrograms {
  private LayerPrograms() {}

  private static void input(GradientCheck check, ProgramSize size) {
    check.input("x", size.steps(), size.batchSize(), size.inputSize());
  }

  static GradientCheck.Program linear(GradientCheck check, ProgramSize size) {
    input(check, size);
    var options = Linear.of(size.inputSize(), size.hiddenSize());
    var layer = options.create(check.parameters(), check.random());
    SequencePrograms.stir(check);
    return (tape, in) -> List.of(tape.tanh(layer.forward(tape, in.get("x"))));
  }

  static GradientCheck.Program matmul(GradientCheck check, ProgramSize size) {
    check.input("a", size.steps(), size.inputSize());
    check.input("b", size.inputSize(), size.hiddenSize());
    check.input("bias", size.hiddenSize());
    return (tape, in) -> {
      var product = tape.matmul(in.get("a"), in.get("b"));
      return List.of(tape.sigmoid(tape.transpose(tape.addRow(product, in.get("bias")))));
    };
  }

  static GradientCheck.Program arithmetic(GradientCheck check, ProgramSize size) {
    int columns = size.inputSize();
    check.input("a", size.steps(), columns);
    var rectified = check.input("b", size.steps(), columns);
    for (int t = 1; t < size.steps(); t += 3) {
      rectified.set(t, 0, 0); // where the rectifier has its kink
    }
    check.input("row", columns);
    return (tape, in) -> {
      Variable a = in.get("a");
      Variable b = in.get("b");
      var product = tape.multiply(tape.subtract(a, b), tape.scale(0.7, a));
      var joined = tape.concat(tape.multiplyRow(product, in.get("row")), tape.relu(b));
      return List.of(tape.slice(joined, 0, columns + 1), tape.sumRows(joined), tape.mean(product));
    };
  }

  static GradientCheck.Program softmax(GradientCheck check, ProgramSize size) {
    input(check, size);
    return (tape, in) -> List.of(tape.softmax(in.get("x")));
  }

  static GradientCheck.Program layerNorm(GradientCheck check, ProgramSize size) {
    input(check, size.wider());
    var layer = LayerNorm.of(size.wider().inputSize()).create(check.parameters());
    SequencePrograms.stir(check);
    return (tape, in) -> List.of(layer.forward(tape, in.get("x")));
  }

  static GradientCheck.Program dropout(GradientCheck check, ProgramSize size) {
    input(check, size);
    return (tape, in) -> List.of(tape.tanh(Dropout.apply(tape, in.get("x"), 0.3)));
  }

  static GradientCheck.Program lockedDropout(GradientCheck check, ProgramSize size) {
    input(check, size);
    return (tape, in) -> List.of(tape.tanh(Dropout.locked(tape, in.get("x"), 0.3)));
  }

  /// Targets of steps that are not real are ignored.
  static GradientCheck.Program crossEntropy(GradientCheck check, ProgramSize size) {
    input(check, size);
    var targets = SequencePrograms.tokens(check, size, size.inputSize());
    for (int t = 0; t < size.steps(); t++) {
      for (int b = 0; b < size.batchSize(); b++) {
        if (!size.isReal(t, b)) {
          targets.set(t, b, Tokens.IGNORED);
        }
      }
    }
    return (tape, in) ->
        List.of(
            CrossEntropy.mean(tape, in.get("x"), targets),
            CrossEntropy.sum(tape, in.get("x"), targets));
  }

  /// 0 where a step is not real, and in one element in four.
  private static Tensor counted(GradientCheck check, ProgramSize size) {
    var counted = check.gaussian(size.steps(), size.batchSize(), size.inputSize());
    for (int r = 0; r < counted.rows(); r++) {
      boolean real = size.isReal(r / size.batchSize(), r % size.batchSize());
      for (int c = 0; c < counted.columns(); c++) {
        boolean counts = real && check.random().nextInt(4) > 0;
        counted.set(r, c, counts ? 1 : 0);
      }
    }
    return counted;
  }

  static GradientCheck.Program meanSquaredError(GradientCheck check, ProgramSize size) {
    input(check, size);
    var targets = check.gaussian(size.steps(), size.batchSize(), size.inputSize());
    var counted = counted(check, size);
    return (tape, in) ->
        List.of(
            MeanSquaredError.mean(tape, in.get("x"), targets),
            MeanSquaredError.sum(tape, in.get("x"), targets, counted));
  }

  static GradientCheck.Program binaryCrossEntropy(GradientCheck check, ProgramSize size) {
    input(check, size);
    var targets = check.gaussian(size.steps(), size.batchSize(), size.inputSize());
    for (int r = 0; r < targets.rows(); r++) {
      for (int c = 0; c < targets.columns(); c++) {
        targets.set(r, c, 1 / (1 + StrictMath.exp(-targets.get(r, c))));
      }
    }
    var counted = counted(check, size);
    return (tape, in) ->
        List.of(
            BinaryCrossEntropy.mean(tape, in.get("x"), targets),
            BinaryCrossEntropy.sum(tape, in.get("x"), targets, counted));
  }

  static GradientCheck.Program activationRegularization(GradientCheck check, ProgramSize size) {
    input(check, size);
    Lengths lengths = size.lengths();
    return (tape, in) ->
        List.of(
            ActivationRegularization.activations(tape, in.get("x"), lengths, 2),
            ActivationRegularization.changes(tape, in.get("x"), lengths, 1));
  }
}
