package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.LstmStep;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;

/// The common LSTM's step in a plan: one pass over both weight matrices, or, where the input is
/// rows of a small table, over the state's alone.
final class PlannedLstm {
  private enum Form {
    BIAS,
    BOTH,
    INPUT,
    STATE,
    TABLE
  }

  private record Key(FusedRecurrence layer, Form form) {}

  private final FusedRecurrence layer;

  PlannedLstm(FusedRecurrence layer) {
    this.layer = layer;
  }

  void step(Tape tape, Variable x, Recurrence.Step step) {
    var kernel = tape.backend().lstmStep();
    var z = step.z();
    if (layer.projectsTable(x)) {
      var start = tape.uninitialized(z.rows(), z.columns());
      tape.backend().rows().gather(table(tape, x), x.gathered().tokens(), 0, start);
      var weights = weights(tape, Form.STATE);
      kernel.step(
          start,
          step.hPrevious(),
          weights,
          z,
          step.cPrevious(),
          step.c(),
          step.h(),
          kernel.scratch(z.rows(), weights.depth()));
    } else {
      var operand = layer.sideBySide(tape, x.value(), step.hPrevious());
      var weights = weights(tape, Form.BOTH);
      kernel.step(
          bias(tape),
          operand,
          weights,
          z,
          step.cPrevious(),
          step.c(),
          step.h(),
          kernel.scratch(z.rows(), weights.depth()));
    }
  }

  private Tensor bias(Tape tape) {
    return tape.shared(
        new Key(layer, Form.BIAS),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, layer.zColumns());
          tape.backend().lstmStep().packBias(layer.biasRow(tape), row);
          return row;
        });
  }

  /// `bias + table·weight_ihᵀ`, laid out as biases are.
  private Tensor table(Tape tape, Variable x) {
    return tape.shared(
        new Key(layer, Form.TABLE),
        Tensor.class,
        () -> {
          var table = x.gathered().table();
          var result = tape.uninitialized(table.rows(), layer.zColumns());
          var weights = weights(tape, Form.INPUT);
          tape.backend().gemm().multiply(bias(tape), table, weights, result);
          return result;
        });
  }

  private PackedMatrix weights(Tape tape, Form form) {
    int input = form == Form.STATE ? 0 : layer.inputSize;
    int state = form == Form.INPUT ? 0 : layer.hiddenSize;
    return tape.packed(
        new Key(layer, form),
        input + state,
        layer.zColumns(),
        packed -> {
          LstmStep kernel = tape.backend().lstmStep();
          layer.withWeights(
              tape,
              input > 0,
              state > 0,
              weights -> {
                int size = layer.hiddenSize;
                for (int gate = 0; gate < layer.gates; gate++) {
                  kernel.pack(gate, weights.rows(gate * size, size), packed);
                }
              });
        });
  }
}
