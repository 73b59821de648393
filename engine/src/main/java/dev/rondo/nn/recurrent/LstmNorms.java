package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.tensor.Tensor;

/// Layer normalization inside an LSTM cell (Ba et al. 2016): of the input's product and of the
/// state's, each over all gates together, and of the cell state.
///
///     z = LN(W·x)∘gain_ih + LN(U·h₋₁)∘gain_hh + b
///     shown = LN(c)∘gain_c + bias_c
final class LstmNorms {
  static final String GAIN_IH = "norm_ih";
  static final String GAIN_HH = "norm_hh";
  static final String GAIN_C = "norm_c";
  static final String BIAS_C = "norm_c_bias";

  /// Added to variances: PyTorch's and the paper's.
  private static final double EPSILON = 1e-5;

  /// One of the two products, normalized in place.
  ///
  /// @param value over all gates
  /// @param gradient dL/d(product), over all gates
  /// @param statistic 1/deviation of a row
  private record Normalized(Block value, Block gradient, Block statistic, Parameter gain) {}

  private record Key(Parameter gain) {}

  private final LstmRecurrence cell;
  private final Block preActivations;
  private final Normalized input;
  private final Normalized state;
  private final Parameter gainC;
  private final Parameter biasC;
  private final Block normalizedCell;
  private final Block dShown;
  private final Block cellStatistic;

  /// @param preActivations of all gates: the result of the norms
  LstmNorms(LstmRecurrence cell, Block preActivations) {
    this.cell = cell;
    this.preActivations = preActivations;
    gainC = cell.parameter(GAIN_C);
    biasC = cell.parameter(BIAS_C);
    int gates = cell.gates;
    var ofInput = cell.keep(gates);
    var ofState = cell.keep(gates);
    // gradients follow the products at the distance of the products from each other
    var dInput = cell.keep(gates);
    var dState = cell.keep(gates);
    normalizedCell = cell.keepUnits();
    dShown = cell.keepUnits();
    input = new Normalized(ofInput, dInput, statistic(), cell.parameter(GAIN_IH));
    state = new Normalized(ofState, dState, statistic(), cell.parameter(GAIN_HH));
    cellStatistic = statistic();
  }

  private Block statistic() {
    var block = cell.keep(1);
    return new Block(true, block.index(), block.first(), 1);
  }

  /// The block of the input's product.
  Block inputProduct() {
    return input.value;
  }

  /// The block of the state's product.
  Block stateProduct() {
    return state.value;
  }

  /// Number of blocks between a product and its gradient.
  int backwardShift() {
    return input.gradient.index() - input.value.index();
  }

  /// A gain in the layout of pre-activations.
  private Tensor row(Tape tape, Parameter gain) {
    return tape.shared(
        new Key(gain),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, cell.gates * cell.block);
          for (int gate = 0; gate < cell.gates; gate++) {
            int from = gate * cell.hiddenSize;
            int to = gate * cell.block;
            tape.backend().rows().accumulateColumns(gain.value(), from, row, to, cell.hiddenSize);
          }
          return row;
        });
  }

  /// Creates what the steps share.
  void prepare(Tape tape) {
    row(tape, input.gain);
    row(tape, state.gain);
  }

  /// Computes the gates' pre-activations from the products.
  void forward(Tape tape, Step step, Tensor bias) {
    var rows = tape.backend().rows();
    normalize(tape, step, input);
    normalize(tape, step, state);
    var target = preActivations.of(step);
    rows.set(preActivations.of(bias), target);
    rows.accumulateScaledColumns(row(tape, input.gain), input.value.of(step), target);
    rows.accumulateScaledColumns(row(tape, state.gain), state.value.of(step), target);
  }

  private void normalize(Tape tape, Step step, Normalized product) {
    var value = product.value.of(step);
    tape.backend()
        .rows()
        .normalize(value, cell.gates, cell.hiddenSize, EPSILON, value, product.statistic.of(step));
  }

  /// Computes the gradients of both products from dL/d(pre-activations) of the gates.
  void backward(Tape tape, Step step) {
    backward(tape, step, input);
    backward(tape, step, state);
  }

  private void backward(Tape tape, Step step, Normalized product) {
    var rows = tape.backend().rows();
    var target = product.gradient.of(step);
    target.clear();
    rows.accumulateScaledColumns(row(tape, product.gain), preActivations.of(step), target);
    rows.normalizeBackward(
        product.value.of(step),
        product.statistic.of(step),
        cell.gates,
        cell.hiddenSize,
        target,
        target);
  }

  /// `shown = LN(c)∘gain_c + bias_c`.
  void ofCell(Tape tape, Step step, Tensor c, Tensor shown) {
    var rows = tape.backend().rows();
    var normalized = normalizedCell.of(step);
    rows.normalize(c, 1, cell.hiddenSize, EPSILON, normalized, cellStatistic.of(step));
    rows.set(biasC.value(), shown);
    rows.accumulateScaledColumns(gainC.value(), normalized, shown);
  }

  /// The backward pass of [#ofCell].
  ///
  /// @param dc written
  void ofCellBackward(Tape tape, Step step, Tensor gradient, Tensor dc) {
    var rows = tape.backend().rows();
    tape.backend().arithmetic().copy(gradient, dShown.of(step));
    rows.set(cell.zeros(tape), dc);
    rows.accumulateScaledColumns(gainC.value(), gradient, dc);
    rows.normalizeBackward(
        normalizedCell.of(step), cellStatistic.of(step), 1, cell.hiddenSize, dc, dc);
  }

  /// Adds to the gradients of gains and bias, over all rows in order.
  void accumulate(Tape tape, Step.All rows) {
    accumulate(tape, rows, input);
    accumulate(tape, rows, state);
    var kernel = tape.backend().rows();
    if (gainC.trainable()) {
      kernel.dotColumns(dShown.of(rows), normalizedCell.of(rows), gainC.gradient());
    }
    if (biasC.trainable()) {
      kernel.sumColumns(dShown.of(rows), biasC.gradient());
    }
  }

  private void accumulate(Tape tape, Step.All rows, Normalized product) {
    if (!product.gain.trainable()) {
      return;
    }
    var kernel = tape.backend().rows();
    int size = cell.hiddenSize;
    var gradients = cell.gatesOf(preActivations);
    var values = cell.gatesOf(product.value);
    for (int gate = 0; gate < cell.gates; gate++) {
      var sums = tape.zeros(1, size);
      kernel.dotColumns(gradients.get(gate).of(rows), values.get(gate).of(rows), sums);
      kernel.accumulateColumns(sums, 0, product.gain.gradient(), gate * size, size);
    }
  }
}
