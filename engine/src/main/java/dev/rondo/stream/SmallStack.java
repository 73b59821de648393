package dev.rondo.stream;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.LayerUnits;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;

/// The same layers with few units: its steps are quick even before anything is compiled, and run
/// the same kernels.
final class SmallStack {
  /// Columns of the widest panel of weights, at the widest vectors.
  private static final int PANEL = 64;

  /// Columns of one vector.
  private static final int VECTOR = 16;

  private static final int TOKENS = 16;

  private final Parameters parameters;
  private final CounterRandom random = new CounterRandom(0);
  private int layers;

  private SmallStack(Arena arena) {
    parameters = new Parameters(Backend.scalar(Threads.one()), arena);
  }

  static StreamingStack of(StreamingStack stack, Arena arena) {
    return stack.rebuilt(new SmallStack(arena));
  }

  /// The smallest number of columns whose product has panels of the same widths.
  private static int columns(int original) {
    int vectors = Math.ceilDiv(original, VECTOR);
    int last = vectors * VECTOR % PANEL;
    return Math.min(original, vectors * VECTOR > PANEL ? PANEL + last : vectors * VECTOR);
  }

  private Parameters place() {
    return parameters.at("part" + layers++);
  }

  Embedding embedding(Embedding original) {
    int tokens = Math.min(original.tokens(), TOKENS);
    return Embedding.of(tokens, columns(original.size())).create(place(), random);
  }

  int dense(int size) {
    return columns(size);
  }

  Recurrent recurrent(Recurrent original, int inputSize) {
    return original
        .options()
        .resized(inputSize, SmallStack::hiddenSize, SmallStack::columns)
        .create(place(), random);
  }

  private static int hiddenSize(LayerUnits units) {
    int gates = Math.max(units.cell().gates().size(), 1);
    int original = units.hiddenSize();
    for (int size = VECTOR; size < original; size += VECTOR) {
      if (columns(size * gates) == columns(original * gates)) {
        original = size;
      }
    }
    return original;
  }

  LayerNorm layerNorm(int size) {
    return LayerNorm.of(size).create(place());
  }

  Linear linear(Linear original, int inputSize) {
    return Linear.of(inputSize, columns(original.outputSize())).create(place(), random);
  }
}
