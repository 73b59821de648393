package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Gates;
import dev.rondo.kernel.LstmStep;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// The common LSTM. A planned step is one pass over both weight matrices. If the input consists of
/// rows of a small table, it is one pass over the state's matrix only.
final class FusedLstm extends FusedRecurrence {
  private static final List<Integer> BLOCKS = List.of(0, 1, 2, 3);

  private enum Form {
    BIAS,
    BOTH,
    INPUT,
    STATE,
    TABLE
  }

  private record Key(FusedLstm recurrence, Form form) {}

  FusedLstm(Cell cell, RecurrencePlace place) {
    super(cell, place, BLOCKS.size(), BLOCKS, BLOCKS);
  }

  @Override
  void pointwise(Gates kernel, Step step) {
    kernel.lstm(step.z(), step.cPrevious(), step.c(), step.h());
  }

  @Override
  void pointwiseBackward(Gates kernel, Step step, Step.Gradients gradients) {
    kernel.lstmBackward(
        step.z(), step.cPrevious(), step.c(), gradients.dh(), gradients.carried(), gradients.dc());
  }

  @Override
  void plannedStep(Tape tape, Variable x, Step step) {
    var z = step.z();
    if (projectsTable(x)) {
      var start = tape.uninitialized(z.rows(), z.columns());
      tape.backend().rows().gather(table(tape, x), x.gathered().tokens(), 0, start);
      onePass(tape, start, step.hPrevious(), weights(tape, Form.STATE), step);
    } else {
      var operand = sideBySide(tape, x.value(), step.hPrevious());
      onePass(tape, bias(tape), operand, weights(tape, Form.BOTH), step);
    }
  }

  private static void onePass(
      Tape tape, Tensor start, Tensor operand, PackedMatrix weights, Step step) {
    var kernel = tape.backend().lstmStep();
    var scratch = kernel.scratch(step.z().rows(), weights.depth());
    kernel.step(start, operand, weights, step.z(), step.cPrevious(), step.c(), step.h(), scratch);
  }

  private Tensor bias(Tape tape) {
    return tape.shared(
        new Key(this, Form.BIAS),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, zColumns());
          tape.backend().lstmStep().packBias(biasRow(tape), row);
          return row;
        });
  }

  /// `b + W·table`, laid out as biases are.
  private Tensor table(Tape tape, Variable x) {
    return tape.shared(
        new Key(this, Form.TABLE),
        Tensor.class,
        () -> {
          var table = x.gathered().table();
          var result = tape.uninitialized(table.rows(), zColumns());
          tape.backend().gemm().multiply(bias(tape), table, weights(tape, Form.INPUT), result);
          return result;
        });
  }

  private PackedMatrix weights(Tape tape, Form form) {
    int input = form == Form.STATE ? 0 : inputSize;
    int state = form == Form.INPUT ? 0 : hiddenSize;
    return tape.packed(
        new Key(this, form),
        input + state,
        zColumns(),
        packed -> withWeights(tape, input > 0, state > 0, weights -> pack(tape, weights, packed)));
  }

  private void pack(Tape tape, Tensor weights, PackedMatrix packed) {
    LstmStep kernel = tape.backend().lstmStep();
    for (int gate = 0; gate < gates; gate++) {
      kernel.pack(gate, weights.rows(gate * hiddenSize, hiddenSize), packed);
    }
  }
}
