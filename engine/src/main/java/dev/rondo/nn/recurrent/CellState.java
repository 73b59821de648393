package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import java.util.ArrayList;
import java.util.List;

/// The state of one recurrent layer in one direction on a tape.
///
/// @param parts as [Cell#states] names them, `[batchSize, columns]` each; h first
public record CellState(List<Variable> parts) {
  /// Copies the list.
  ///
  /// @throws IllegalArgumentException if it is empty
  public CellState {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("a state has one part at least, h");
    }
  }

  /// A state of h alone.
  ///
  /// @param h hidden state, `[batchSize, stateSize]`
  public CellState(Variable h) {
    this(List.of(h));
  }

  /// A state of h and c.
  ///
  /// @param h hidden state, `[batchSize, stateSize]`
  /// @param c cell state, `[batchSize, hiddenSize]`; null where the cell has none
  public CellState(Variable h, Variable c) {
    this(c == null ? List.of(h) : List.of(h, c));
  }

  /// The hidden state, `[batchSize, stateSize]`.
  public Variable h() {
    return parts.getFirst();
  }

  /// The cell state, `[batchSize, hiddenSize]`; null where the cell has none.
  public Variable c() {
    return parts.size() > 1 ? parts.get(1) : null;
  }

  /// The same values detached from the tape: the gradient ends here.
  CellState detach(Tape tape) {
    var detached = new ArrayList<Variable>();
    for (var part : parts) {
      detached.add(tape.constant(part.value()));
    }
    return new CellState(detached);
  }
}
