package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A cell of your own, composed of operations on the tape, which computes its gradients.
///
///     /// h = (1 - a)∘h₋₁ + a∘tanh(W·x + U·h₋₁)
///     record Leaky(double rate) implements CustomCell {
///       public String family() { return "leaky"; }
///
///       public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
///         return List.of(
///             ParameterShape.of("weight_ih", Role.INPUT_WEIGHT, hiddenSize, inputSize),
///             ParameterShape.of("weight_hh", Role.RECURRENT_WEIGHT, hiddenSize, hiddenSize));
///       }
///
///       public Variable project(Tape tape, CellParameters p, Variable x) {
///         return p.product("weight_ih", x);
///       }
///
///       public CellState step(Tape tape, CellParameters p, Variable wx, CellState before) {
///         var fresh = tape.tanh(tape.add(wx, p.product("weight_hh", before.h())));
///         return new CellState(tape.add(tape.scale(1 - rate, before.h()), tape.scale(rate, fresh)));
///       }
///     }
///
///     RecurrentOptions.of(new Leaky(0.1), 64, 256).layers(2).bidirectional()
///
/// Stacks, directions, lengths, learned states, checkpoints and streams treat it as the engine's own
/// cells. Give it [settings][#settings] if it has options, and load its files with a list of
/// [Cells] that knows its family.
///
/// Each step is recorded separately, so training is slower than with a cell that has kernels of its
/// own. Dropout inside its steps and recomputation in the backward pass are not possible, and are
/// refused. A state that has decayed to almost nothing becomes zero, as in every cell.
public non-sealed interface CustomCell extends Cell {
  /// Computes the part of a step that needs the input only, for the rows of many steps at once.
  /// Every row of the result must depend only on the same row of `x`.
  ///
  /// @param x `[rows, inputSize]`
  /// @return `[rows, n]` for [#step]; the input itself unless overridden
  default Variable project(Tape tape, CellParameters parameters, Variable x) {
    return x;
  }

  /// Computes the rest of a step.
  ///
  /// @param projected rows of [#project]'s result, `[rows, n]`
  /// @param before the state before the step
  /// @return the state after it, in the parts that [#states] names, `[rows, columns]` each
  CellState step(Tape tape, CellParameters parameters, Variable projected, CellState before);

  /// No settings.
  @Override
  default SequencedMap<String, String> settings() {
    return new LinkedHashMap<>();
  }

  /// One block of rows, which initializers fill as a whole.
  @Override
  default List<Gate> gates() {
    return List.of();
  }

  /// h alone, of `hiddenSize` columns.
  @Override
  default List<StatePart> states(int hiddenSize) {
    return List.of(new StatePart(StatePart.HIDDEN, hiddenSize));
  }

  @Override
  default Recurrence recurrence(RecurrencePlace place) {
    return new TapeRecurrence(this, place);
  }

  @Override
  default void requireRegularization(Regularization regularization) {
    if (regularization.insideSteps() || regularization.dropConnect() > 0) {
      throw new IllegalArgumentException(
          "nothing can be left out inside the steps of a custom cell, the cell is " + text());
    }
  }
}
