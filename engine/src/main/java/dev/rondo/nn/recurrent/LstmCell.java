package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.random.CounterRandom;

/// A single [Lstm] cell, stepped by hand.
public final class LstmCell {
  private LstmCell() {}

  /// A cell with PyTorch's initialization; for another one see [RecurrentOptions#createCell].
  public static RecurrentCell create(
      int inputSize, int hiddenSize, Parameters parameters, CounterRandom random) {
    return Lstm.of(inputSize, hiddenSize).createCell(parameters, random);
  }
}
