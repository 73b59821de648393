package dev.rondo.bench;

import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.Gates;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;

/// The pointwise part of one step of a cell with its operands, for one implementation.
///
/// Both passes change `z` in place and may be repeated on the result: the forward pass settles at
/// ordinary numbers, the backward pass at zeros and ordinary numbers, on which no kernel branches.
/// (On their way to zero, gradients are subnormal for some hundred calls, less than a warm-up.)
public final class GatesProblem {
  private final Gates gates;
  private final Cell kind;
  private final Tensor z;
  private final Tensor previous; // c₋₁ of an LSTM, h₋₁ of the others
  private final Tensor c;
  private final Tensor h;
  private final Tensor dh;
  private final Tensor carried; // dL/dh by way of the next step
  private final Tensor dc;

  /// Makes operands that depend on the sizes alone.
  public GatesProblem(Gates gates, Arena arena, Cell kind, int batchSize, int hiddenSize) {
    this.gates = gates;
    this.kind = kind;
    int blocks = kind == Cell.RNN ? 1 : 4;
    z = Operands.random(arena, 1, batchSize, blocks * Tensor.padded(hiddenSize));
    previous = Operands.random(arena, 2, batchSize, hiddenSize);
    c = Operands.random(arena, 3, batchSize, hiddenSize);
    h = Operands.random(arena, 4, batchSize, hiddenSize);
    dh = Operands.random(arena, 5, batchSize, hiddenSize);
    carried = Operands.random(arena, 6, batchSize, hiddenSize);
    dc = Operands.random(arena, 7, batchSize, hiddenSize);
  }

  /// Computes the state from pre-activations.
  public Tensor forward() {
    switch (kind) {
      case LSTM -> gates.lstm(z, previous, c, h);
      case GRU -> gates.gru(z, previous, h);
      case RNN -> gates.rnnTanh(z, h);
    }
    return h;
  }

  /// Computes the gradients of pre-activations from those of the state.
  public Tensor backward() {
    switch (kind) {
      case LSTM -> gates.lstmBackward(z, previous, c, dh, carried, dc);
      case GRU -> gates.gruBackward(z, previous, dh, carried);
      case RNN -> gates.rnnTanhBackward(z, h, dh, carried);
    }
    return z;
  }

  Tensor z() {
    return z;
  }

  Tensor previous() {
    return previous;
  }

  Tensor c() {
    return c;
  }

  Tensor h() {
    return h;
  }

  Tensor dh() {
    return dh;
  }

  Tensor carried() {
    return carried;
  }

  Tensor dc() {
    return dc;
  }
}
