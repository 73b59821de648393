package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// A minimal gated unit; see [Mgu] for its equations, which the names of the blocks follow.
final class MguRecurrence extends ComposedRecurrence {
  private final GateProduct input;
  private final GateProduct stateForget;
  private final GateProduct stateNew;
  private final Block products;
  private final Activated f;
  private final Activated n;

  /// f∘h₋₁, the operand of U_n.
  private final Block reset;

  private final Block dh;
  private final Block dGate;
  private final Block other;

  MguRecurrence(Mgu cell, RecurrencePlace place) {
    super(cell, Double.POSITIVE_INFINITY, place);
    products = keep(2);
    var activated = activated(gatesOf(products));
    f = activated.get(0);
    n = activated.get(1);
    reset = keepUnits();
    dh = scratchUnits();
    dGate = scratchUnits();
    other = scratchUnits();
    double dropConnect = place.regularization().dropConnect();
    input = GateProduct.of(weightIh, 0, hiddenSize, indexesOf(products));
    stateForget =
        GateProduct.of(weightHh, 0, hiddenSize, List.of(f.value().index()))
            .dropConnect(dropConnect);
    stateNew =
        GateProduct.of(weightHh, 1, hiddenSize, List.of(n.value().index()))
            .dropConnect(dropConnect);
  }

  @Override
  List<GateColumns> gateColumns() {
    return gateColumns(input.blocks());
  }

  @Override
  GateProduct input() {
    return input;
  }

  @Override
  List<GateProduct> stepProducts() {
    return List.of(stateForget, stateNew);
  }

  @Override
  int biasStateBlock(int gate) {
    return input.block(gate);
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    input.set(tape, biasRow(tape), x, z);
  }

  @Override
  void forward(Tape tape, Step step) {
    var arithmetic = arithmetic(tape);
    stateForget.add(tape, step.hPrevious(), step.z());
    activate(tape, f, step);
    arithmetic.multiply(f.of(step), step.hPrevious(), reset.of(step));
    stateNew.add(tape, reset.of(step), step.z());
    activate(tape, n, step);
    // h = h₋₁ + f∘(n - h₋₁)
    var difference = dh.of(step);
    arithmetic.subtract(n.of(step), step.hPrevious(), difference);
    arithmetic.copy(step.hPrevious(), step.h());
    arithmetic.accumulateProduct(f.of(step), difference, step.h());
    arithmetic.settle(step.h(), step.h());
  }

  @Override
  void backward(Tape tape, Step step, Step.Gradients gradients, boolean toState) {
    var arithmetic = arithmetic(tape);
    var carried = gradients.carried();
    var gradient = dh.of(step);
    arithmetic.add(gradients.dh(), carried, gradient);
    arithmetic.subtract(n.of(step), step.hPrevious(), dGate.of(step));
    arithmetic.multiply(gradient, dGate.of(step), dGate.of(step)); // df = dh∘(n - h₋₁)
    arithmetic.oneMinus(f.of(step), other.of(step));
    arithmetic.multiply(gradient, other.of(step), carried); // dh₋₁ = dh∘(1 - f)
    arithmetic.multiply(gradient, f.of(step), gradient); // dn = dh∘f
    activateBackward(tape, n, step, gradient);
    // through f∘h₋₁, which f passes on to h₋₁ and h₋₁ to f
    stateNew.setBackward(tape, zeroRow(tape), step.z(), other.of(step));
    arithmetic.accumulateProduct(other.of(step), f.of(step), carried);
    arithmetic.accumulateProduct(other.of(step), step.hPrevious(), dGate.of(step));
    activateBackward(tape, f, step, dGate.of(step));
    if (toState) {
      stateForget.addBackward(tape, step.z(), carried);
    }
  }

  @Override
  void accumulateGradients(Tape tape, Step.All rows) {
    input.accumulate(tape, rows.z(), rows.x());
    stateForget.accumulate(tape, rows.z(), rows.hPrevious());
    stateNew.accumulate(tape, rows.z(), reset.of(rows));
    accumulateBiases(tape, products.of(rows));
  }
}
