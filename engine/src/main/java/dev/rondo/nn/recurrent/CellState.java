package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Variable;

/// The state of one recurrent layer on a tape.
///
/// @param h hidden state, [batchSize, hiddenSize]
/// @param c cell state, [batchSize, hiddenSize]; null where the cell has none
public record CellState(Variable h, Variable c) {}
