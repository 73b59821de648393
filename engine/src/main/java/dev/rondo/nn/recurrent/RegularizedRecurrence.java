package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.nn.recurrent.Step.Noise;
import dev.rondo.tensor.Tensor;

/// A composed cell with dropout inside its steps while training: of units of h₋₁ or of the new
/// value, or of updates of units of h or c (zoneout).
abstract class RegularizedRecurrence extends ComposedRecurrence {
  private record MaskKey(KernelRecurrence recurrence, int rows) {}

  /// The masks that are drawn separately in one step.
  enum Draw {
    /// Units of the new value.
    CANDIDATE(0),
    /// Units of h.
    HIDDEN(1),
    /// Units of c.
    CELL(2);

    /// The start of its random numbers: far enough from the others for any sequence.
    private final long counter;

    Draw(int place) {
      counter = (long) place << 56;
    }
  }

  final Regularization regularization;

  RegularizedRecurrence(Cell cell, double clip, RecurrencePlace place) {
    super(cell, clip, place);
    regularization = place.regularization();
  }

  @Override
  Noise noise(Tape tape, int rows) {
    if (!tape.training() || !regularization.insideSteps()) {
      return null;
    }
    var random = tape.random().next();
    return new Noise(
        random.key(), random.counter(), dropsState(tape) ? stateMask(tape, rows) : null);
  }

  /// Draws a mask of one step: `1/keep` with probability `keep`, else 0.
  final void draw(Tape tape, Step step, Draw what, double keep, Tensor mask) {
    tape.backend().rows().set(ones(tape).columns(0, mask.columns()), mask);
    var noise = step.noise();
    long counter = noise.counter() + what.counter + (long) step.row() * mask.columns();
    arithmetic(tape).dropout(mask, mask, keep, noise.key(), counter);
  }

  final boolean dropsState(Tape tape) {
    return tape.training() && regularization.state() > 0;
  }

  /// The mask that multiplies h₋₁, the same at all steps: `[rows, stateSize]`.
  private Tensor stateMask(Tape tape, int rows) {
    return tape.shared(
        new MaskKey(this, rows),
        Tensor.class,
        () -> {
          var random = tape.random().next();
          var mask = tape.zeros(rows, stateSize());
          mask.fill(1);
          arithmetic(tape)
              .dropout(mask, mask, 1 - regularization.state(), random.key(), random.counter());
          return mask;
        });
  }

  /// The operand of the recurrent product: h₋₁, or h₋₁ after dropout, in block `dropped`.
  final Tensor operand(Tape tape, Step step, Block dropped) {
    if (!dropsState(tape)) {
      return step.hPrevious();
    }
    var target = dropped.of(step);
    arithmetic(tape).multiply(step.hPrevious(), mask(step), target);
    return target;
  }

  /// The operands of all rows, for the weights' gradients.
  final Tensor operands(Tape tape, Step.All rows, Block dropped) {
    return dropsState(tape) ? dropped.of(rows) : rows.hPrevious();
  }

  private static Tensor mask(Step step) {
    return step.noise().stateMask().rows(step.slot(), step.z().rows());
  }

  /// `carried += dz·W` for the operand's product, masked where units were dropped.
  ///
  /// @param scratch overwritten
  final void carry(Tape tape, Step step, GateProduct product, Tensor scratch, Tensor carried) {
    if (dropsState(tape)) {
      product.setBackward(tape, zeroRow(tape), step.z(), scratch);
      carry(tape, step, scratch, carried);
    } else {
      product.addBackward(tape, step.z(), carried);
    }
  }

  /// `carried += dOperand`, masked where units were dropped.
  final void carry(Tape tape, Step step, Tensor dOperand, Tensor carried) {
    if (dropsState(tape)) {
      arithmetic(tape).accumulateProduct(dOperand, mask(step), carried);
    } else {
      arithmetic(tape).accumulate(dOperand, carried);
    }
  }

  /// Zoneout of one state (Krueger et al. 2017): with a given probability a unit keeps its value.
  ///
  /// @param mask marks the units that keep their value
  record Zoneout(Draw what, double probability, Block mask) {}

  /// Sets `state = previous` with a probability, else `fresh`; in evaluation, to the expectation.
  final void zoneout(
      Tape tape, Step step, Zoneout zoneout, Tensor previous, Tensor fresh, Tensor state) {
    var arithmetic = arithmetic(tape);
    var mask = zoneout.mask.of(step);
    if (tape.training()) {
      draw(tape, step, zoneout.what, zoneout.probability, mask);
      arithmetic.select(mask, previous, fresh, state);
      return;
    }
    arithmetic.scale(1 - zoneout.probability, fresh, mask);
    arithmetic.accumulateScaled(zoneout.probability, previous, mask);
    arithmetic.settle(mask, state);
  }

  /// The backward pass of [#zoneout]: `gradient` of the state becomes that of `fresh`, and `direct`
  /// that of `previous`.
  ///
  /// @param zero overwritten
  final void zoneoutBackward(
      Tape tape, Step step, Zoneout zoneout, Tensor gradient, Tensor direct, Tensor zero) {
    var mask = zoneout.mask.of(step);
    tape.backend().rows().set(zeros(tape).columns(0, zero.columns()), zero);
    arithmetic(tape).select(mask, gradient, zero, direct);
    arithmetic(tape).select(mask, zero, gradient, gradient);
  }
}
