package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Activations;
import dev.rondo.kernel.Arithmetic;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A cell composed of several kernels, for the forms that have no fused kernel.
///
/// Every value of its equations is a [Block]. Those that the backward pass reads lie in the step's
/// row of `z`. The others lie in scratch memory that the steps of a layer share, so a step
/// allocates nothing. Operations shared with a fused cell have its order and its bits.
abstract class ComposedRecurrence extends KernelRecurrence {
  private enum Form {
    ONES,
    ZEROS
  }

  private record Key(KernelRecurrence recurrence, Form form) {}

  private final double clip;
  private int keptBlocks;
  private int scratchBlocks;

  ComposedRecurrence(Cell cell, double clip, RecurrencePlace place) {
    super(cell, place);
    this.clip = clip;
  }

  // Memory of a step.

  /// Several values side by side that the backward pass reads, padding included.
  final Block keep(int count) {
    int index = keptBlocks;
    keptBlocks += count;
    return new Block(true, index, index * block, count * block);
  }

  /// A value of every unit that the backward pass reads.
  final Block keepUnits() {
    return units(keep(1), hiddenSize);
  }

  /// The same, or null if it is not needed.
  final Block keepUnitsIf(boolean needed) {
    return needed ? keepUnits() : null;
  }

  /// A state that the backward pass reads, or null; with a projection it is narrower than a block.
  final Block keepStateIf(boolean needed) {
    return needed ? units(keep(1), stateSize()) : null;
  }

  /// A value of every unit that is not needed after the step.
  final Block scratchUnits() {
    int index = scratchBlocks++;
    return new Block(false, index, index * block, hiddenSize);
  }

  /// The columns of a block that hold a state.
  final Block state(Block value) {
    return units(value, stateSize());
  }

  private static Block units(Block block, int columns) {
    return new Block(block.kept(), block.index(), block.first(), columns);
  }

  /// The values of a run, one for each gate.
  final List<Block> gatesOf(Block run) {
    var all = new ArrayList<Block>();
    for (int first = 0; first < run.columns(); first += block) {
      int index = run.index() + first / block;
      all.add(new Block(run.kept(), index, run.first() + first, hiddenSize));
    }
    return all;
  }

  /// The indexes of the blocks of a run.
  final List<Integer> indexesOf(Block run) {
    return IntStream.range(run.index(), run.index() + run.columns() / block).boxed().toList();
  }

  @Override
  final int zColumns() {
    return keptBlocks * block;
  }

  @Override
  final int scratchColumns() {
    return scratchBlocks * block;
  }

  @Override
  void prepareForward(Tape tape) {
    super.prepareForward(tape);
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

  /// A gate: its activated value, the pre-activation after clipping, its function.
  ///
  /// @param limited null without a limit
  record Activated(Block value, Block limited, Activation f) {
    Tensor of(Step step) {
      return value.of(step);
    }
  }

  /// The gates of the cell with their values, in the same order.
  final List<Activated> activated(List<Block> values) {
    var limited = clips() ? gatesOf(keep(gates)) : null;
    var all = new ArrayList<Activated>();
    for (int gate = 0; gate < gates; gate++) {
      all.add(
          new Activated(
              values.get(gate),
              limited == null ? null : limited.get(gate),
              cell().gates().get(gate).activation()));
    }
    return all;
  }

  private boolean clips() {
    return clip < Double.POSITIVE_INFINITY;
  }

  /// `gate = f(clip(gate))`.
  final void activate(Tape tape, Activated gate, Step step) {
    var target = gate.of(step);
    if (clips()) {
      var limited = gate.limited.of(step);
      arithmetic(tape).clamp(clip, target, limited);
      activations(tape).apply(gate.f, limited, target);
    } else {
      activations(tape).apply(gate.f, target, target);
    }
  }

  /// The backward pass of [#activate]: dL/d(pre-activation) takes the place of the gate.
  ///
  /// @param gradient dL/d(gate)
  final void activateBackward(Tape tape, Activated gate, Step step, Tensor gradient) {
    var target = gate.of(step);
    activations(tape).backward(gate.f, target, gradient, target);
    if (clips()) {
      arithmetic(tape).clampBackward(clip, gate.limited.of(step), target, target);
    }
  }
}
