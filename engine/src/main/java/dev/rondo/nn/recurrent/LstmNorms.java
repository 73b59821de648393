package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// Layer normalization inside an LSTM cell (Ba et al. 2016): of the input's product and of the
/// state's, each over all gates together, and of the cell state.
///
///     z = LN(W·x)∘gain_ih + LN(U·h₋₁)∘gain_hh + b
///     shown = LN(c)∘gain_c + bias_c
final class LstmNorms {
  /// Added to variances: PyTorch's and the paper's.
  private static final double EPSILON = 1e-5;

  private enum Form {
    GAIN_IH,
    GAIN_HH
  }

  private record Key(LstmNorms norms, Form form) {}

  private final LstmRecurrence cell;
  private final int gates;
  private final Parameter gainIh;
  private final Parameter gainHh;
  private final Parameter gainC;
  private final Parameter biasC;
  private final int input;
  private final int state;
  private final int dInput;
  private final int normalizedCell;
  private final int dShown;
  private final int statistics;

  LstmNorms(LstmRecurrence cell, Recurrence.Place place) {
    this.cell = cell;
    this.gates = cell.gates;
    int rows = gates * cell.hiddenSize;
    gainIh = place.create("norm_ih", rows);
    gainHh = place.create("norm_hh", rows);
    gainC = place.create("norm_c", cell.hiddenSize);
    biasC = place.create("norm_c_bias", cell.hiddenSize);
    gainIh.value().fill(1);
    gainHh.value().fill(1);
    gainC.value().fill(1);
    input = cell.take(gates);
    state = cell.take(gates);
    dInput = cell.take(gates);
    cell.take(gates); // dL/d(state's product), as far behind the state's blocks
    normalizedCell = cell.take(1);
    dShown = cell.take(1);
    statistics = cell.take(3);
  }

  int inputBlock() {
    return input;
  }

  int stateBlock() {
    return state;
  }

  /// How far behind the products' blocks their gradients are.
  int backwardShift() {
    return dInput - input;
  }

  List<Parameter> parameters() {
    return List.of(gainIh, gainHh, gainC, biasC);
  }

  private Tensor blocks(Tensor z, int first) {
    return cell.blocks(z, first, gates);
  }

  private Tensor statistic(Tensor z, int index) {
    return z.columns((statistics + index) * cell.block, 1);
  }

  /// The gains in the layout of pre-activations.
  private Tensor row(Tape tape, Form form, Parameter gain) {
    return tape.shared(
        new Key(this, form),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, gates * cell.block);
          for (int gate = 0; gate < gates; gate++) {
            int to = gate * cell.block;
            tape.backend()
                .rows()
                .accumulateColumns(gain.value(), gate * cell.hiddenSize, row, to, cell.hiddenSize);
          }
          return row;
        });
  }

  private Tensor inputGain(Tape tape) {
    return row(tape, Form.GAIN_IH, gainIh);
  }

  private Tensor stateGain(Tape tape) {
    return row(tape, Form.GAIN_HH, gainHh);
  }

  /// Makes what steps share.
  void prepare(Tape tape) {
    inputGain(tape);
    stateGain(tape);
  }

  /// The products, which are normalized where they are, to the gates' pre-activations.
  void gates(Tape tape, Tensor z, Tensor bias) {
    var rows = tape.backend().rows();
    int size = cell.hiddenSize;
    rows.normalize(blocks(z, input), gates, size, EPSILON, blocks(z, input), statistic(z, 0));
    rows.normalize(blocks(z, state), gates, size, EPSILON, blocks(z, state), statistic(z, 1));
    var target = blocks(z, cell.firstGate());
    rows.set(blocks(bias, cell.firstGate()), target);
    rows.accumulateScaledColumns(inputGain(tape), blocks(z, input), target);
    rows.accumulateScaledColumns(stateGain(tape), blocks(z, state), target);
  }

  /// dL/d(pre-activations) of the gates to that of both products.
  void gatesBackward(Tape tape, Tensor z) {
    productBackward(tape, z, input, inputGain(tape), statistic(z, 0));
    productBackward(tape, z, state, stateGain(tape), statistic(z, 1));
  }

  private void productBackward(Tape tape, Tensor z, int product, Tensor gain, Tensor statistic) {
    var rows = tape.backend().rows();
    var target = blocks(z, product + backwardShift());
    target.clear();
    rows.accumulateScaledColumns(gain, blocks(z, cell.firstGate()), target);
    rows.normalizeBackward(blocks(z, product), statistic, gates, cell.hiddenSize, target, target);
  }

  /// `shown = LN(c)∘gain_c + bias_c`.
  void cell(Tape tape, Tensor z, Tensor c, Tensor shown) {
    var rows = tape.backend().rows();
    var normalized = cell.at(z, normalizedCell);
    rows.normalize(c, 1, cell.hiddenSize, EPSILON, normalized, statistic(z, 2));
    rows.set(biasC.value(), shown);
    rows.accumulateScaledColumns(gainC.value(), normalized, shown);
  }

  /// The way back through [#cell].
  ///
  /// @param dc written
  void cellBackward(Tape tape, Tensor z, Tensor gradient, Tensor dc) {
    var rows = tape.backend().rows();
    tape.backend().arithmetic().copy(gradient, cell.at(z, dShown));
    rows.set(cell.zeros(tape), dc);
    rows.accumulateScaledColumns(gainC.value(), gradient, dc);
    var normalized = cell.at(z, normalizedCell);
    rows.normalizeBackward(normalized, statistic(z, 2), 1, cell.hiddenSize, dc, dc);
  }

  /// Adds to the gradients of gains and bias, over all rows in order.
  void accumulate(Tape tape, Tensor z, int firstGate) {
    var rows = tape.backend().rows();
    accumulateGain(tape, z, firstGate, input, gainIh);
    accumulateGain(tape, z, firstGate, state, gainHh);
    if (gainC.trainable()) {
      var normalized = cell.at(z, normalizedCell);
      rows.dotColumns(cell.at(z, dShown), normalized, gainC.gradient());
    }
    if (biasC.trainable()) {
      rows.sumColumns(cell.at(z, dShown), biasC.gradient());
    }
  }

  private void accumulateGain(Tape tape, Tensor z, int firstGate, int product, Parameter gain) {
    if (!gain.trainable()) {
      return;
    }
    var rows = tape.backend().rows();
    int size = cell.hiddenSize;
    for (int gate = 0; gate < gates; gate++) {
      var sums = tape.zeros(1, size);
      rows.dotColumns(cell.at(z, firstGate + gate), cell.at(z, product + gate), sums);
      rows.accumulateColumns(sums, 0, gain.gradient(), gate * size, size);
    }
  }
}
