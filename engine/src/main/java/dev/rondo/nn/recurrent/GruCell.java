package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.random.CounterRandom;

/// A single [Gru] cell, stepped by hand.
public final class GruCell {
  private GruCell() {}

  /// A cell with PyTorch's initialization; for another one see [RecurrentOptions#createCell].
  public static RecurrentCell create(
      int inputSize, int hiddenSize, Parameters parameters, CounterRandom random) {
    return Gru.of(inputSize, hiddenSize).createCell(parameters, random);
  }
}
