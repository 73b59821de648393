package dev.rondo.nn.recurrent;


import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Activations;
import dev.rondo.kernel.Arithmetic;
import dev.rondo.tensor.Tensor;

/// A cell that is put together from several kernels: the forms that no fused kernel knows.
///
/// Everything that a step computes and the way back reads has a block of its own in the step's row
/// of `z`, as have the few that are only needed in between, so a step allocates nothing. What the
/// common cells have in common with the fused ones they compute in the same order, with the same
/// bits.
abstract class ComposedRecurrence extends Recurrence {
  /// A number of blocks that is no block.
  static final int NONE = -1;

  private enum Form {
    ONES,
    ZEROS
  }

  private record Key(Recurrence recurrence, Form form) {}

  private record MaskKey(Recurrence recurrence, int rows) {}

  /// What is drawn apart from each other in one step.
  enum Draw {
    /// Units of the new value.
    CANDIDATE(0),
    /// Units of h.
    HIDDEN(1),
    /// Units of c.
    CELL(2);

    /// Where its numbers begin: far enough from the others' for any sequence.
    private final long counter;

    Draw(int place) {
      counter = (long) place << 56;
    }
  }

  final Regularization regularization;
  private final double clip;
  private int blocks;

  ComposedRecurrence(RecurrentOptions options, int inputSize, int gates, double clip, Place place) {
    super(options, inputSize, gates, place);
    this.regularization = options.regularization();
    this.clip = clip;
  }

  /// Takes the next `count` blocks of a row.
  final int take(int count) {
    int first = blocks;
    blocks += count;
    return first;
  }

  final int takeIf(boolean needed, int count) {
    return needed ? take(count) : NONE;
  }

  @Override
  final int zColumns() {
    return blocks * block;
  }

  final boolean clips() {
    return clip < Double.POSITIVE_INFINITY;
  }

  /// A block of every row.
  final Tensor at(Tensor z, int index) {
    return z.columns(index * block, hiddenSize);
  }

  /// Several blocks of every row, padding and all.
  final Tensor blocks(Tensor z, int index, int count) {
    return z.columns(index * block, count * block);
  }

  /// A block that holds a state, which may be narrower than a block.
  final Tensor stateAt(Tensor z, int index) {
    return z.columns(index * block, stateSize());
  }

  @Override
  void prepareForward(Tape tape, int slots) {
    super.prepareForward(tape, slots);
    zeroRow(tape);
    zeros(tape);
    ones(tape);
  }

  private Tensor row(Tape tape, Form form, double value) {
    return tape.shared(
        new Key(this, form),
        Tensor.class,
        () -> {
          var row = tape.zeros(1, hiddenSize);
          row.fill(value);
          return row;
        });
  }

  /// A row of ones, `[1, hiddenSize]`.
  final Tensor ones(Tape tape) {
    return row(tape, Form.ONES, 1);
  }

  /// A row of zeros, `[1, hiddenSize]`.
  final Tensor zeros(Tape tape) {
    return row(tape, Form.ZEROS, 0);
  }

  static Arithmetic arithmetic(Tape tape) {
    return tape.backend().arithmetic();
  }

  static Activations activations(Tape tape) {
    return tape.backend().activations();
  }

  // Pre-activations.

  /// `gate = f(clip(gate))`; what was clipped is kept in block `kept` where there is a limit.
  final void activate(Tape tape, Activation f, Tensor z, int gate, int kept) {
    var target = at(z, gate);
    if (clips()) {
      var limited = at(z, kept);
      arithmetic(tape).clamp(clip, target, limited);
      activations(tape).apply(f, limited, target);
    } else {
      activations(tape).apply(f, target, target);
    }
  }

  /// The way back through [#activate]: dL/d(pre-activation) takes the place of the gate.
  ///
  /// @param gradient dL/d(gate)
  final void activateBackward(
      Tape tape, Activation f, Tensor z, int gate, int kept, Tensor gradient) {
    var target = at(z, gate);
    activations(tape).backward(f, target, gradient, target);
    if (clips()) {
      arithmetic(tape).clampBackward(clip, at(z, kept), target, target);
    }
  }

  // What is left out at random.

  @Override
  Noise noise(Tape tape, int rows) {
    if (!tape.training() || !regularization.insideSteps()) {
      return null;
    }
    var random = tape.random().next();
    return new Noise(
        random.key(), random.counter(), dropsState(tape) ? stateMask(tape, rows) : null);
  }

  /// A mask of one step: `1/keep` with probability `keep`, else 0.
  final void draw(Tape tape, Step step, Draw what, double keep, Tensor mask) {
    tape.backend().rows().set(ones(tape).columns(0, mask.columns()), mask);
    var noise = step.noise();
    long counter = noise.counter() + what.counter + (long) step.row() * mask.columns();
    arithmetic(tape).dropout(mask, mask, keep, noise.key(), counter);
  }

  final boolean dropsState(Tape tape) {
    return tape.training() && regularization.state() > 0;
  }

  /// What h₋₁ is multiplied by, the same at all steps: `[rows, stateSize]`.
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

  /// What the recurrent product is of: h₋₁, or what is left of it, in block `dropped`.
  final Tensor operand(Tape tape, Step step, int dropped) {
    if (dropped == NONE || !dropsState(tape)) {
      return step.hPrevious();
    }
    var target = stateAt(step.z(), dropped);
    arithmetic(tape).multiply(step.hPrevious(), mask(step), target);
    return target;
  }

  /// The operands of all rows, for the weights' gradients.
  final Tensor operands(Tape tape, Rows rows, int dropped) {
    return dropped == NONE || !dropsState(tape) ? rows.hPrevious() : stateAt(rows.z(), dropped);
  }

  private static Tensor mask(Step step) {
    return step.noise().stateMask().rows(step.slot(), step.z().rows());
  }

  /// `carried += dz·W` of the operand's product, less what was dropped.
  ///
  /// @param scratch overwritten
  final void carry(Tape tape, Step step, GateProduct product, Tensor scratch) {
    if (dropsState(tape)) {
      product.setBackward(tape, zeroRow(tape), step.z(), scratch);
      carry(tape, step, scratch);
    } else {
      product.addBackward(tape, step.z(), step.carried());
    }
  }

  /// `carried += dOperand`, less what was dropped.
  final void carry(Tape tape, Step step, Tensor dOperand) {
    if (dropsState(tape)) {
      arithmetic(tape).accumulateProduct(dOperand, mask(step), step.carried());
    } else {
      arithmetic(tape).accumulate(dOperand, step.carried());
    }
  }

  /// `state = previous` with a probability, else `fresh`; on an evaluating tape the expectation.
  ///
  /// @param mask written: where the state stays
  final void zoneout(
      Tape tape,
      Step step,
      Draw what,
      double probability,
      Tensor previous,
      Tensor fresh,
      Tensor mask,
      Tensor state) {
    var arithmetic = arithmetic(tape);
    if (tape.training()) {
      draw(tape, step, what, probability, mask);
      arithmetic.select(mask, previous, fresh, state);
      return;
    }
    arithmetic.scale(1 - probability, fresh, mask);
    arithmetic.accumulateScaled(probability, previous, mask);
    arithmetic.settle(mask, state);
  }

  /// The way back through [#zoneout]: `gradient` of the state becomes that of `fresh`, and `direct`
  /// that of `previous`.
  ///
  /// @param zero overwritten
  final void zoneoutBackward(Tape tape, Tensor mask, Tensor gradient, Tensor direct, Tensor zero) {
    tape.backend().rows().set(zeros(tape).columns(0, zero.columns()), zero);
    arithmetic(tape).select(mask, gradient, zero, direct);
    arithmetic(tape).select(mask, zero, gradient, gradient);
  }
}
