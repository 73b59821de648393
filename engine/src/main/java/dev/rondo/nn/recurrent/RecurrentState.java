package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The state of a stack of recurrent layers in the caller's memory: it is carried from one window
/// of truncated BPTT to the next. Made by [Recurrent#newState], initially zero.
public final class RecurrentState {
  private final int batchSize;
  private final List<List<Tensor>> layers = new ArrayList<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /// @param states the parts of every layer and direction
  RecurrentState(
      SegmentAllocator allocator, ElementType type, List<List<StatePart>> states, int batchSize) {
    this.batchSize = batchSize;
    var first = states.getFirst();
    boolean equal = states.stream().allMatch(first::equals);
    if (equal) {
      for (var part : first) {
        tensors.put(
            part.name(),
            Tensor.allocate(allocator, type, states.size(), batchSize, part.columns()));
      }
    }
    for (int layer = 0; layer < states.size(); layer++) {
      var parts = new ArrayList<Tensor>();
      for (var part : states.get(layer)) {
        if (equal) {
          parts.add(tensors.get(part.name()).at(layer));
        } else {
          var tensor = Tensor.allocate(allocator, type, batchSize, part.columns());
          tensors.put(part.name() + "_" + layer, tensor);
          parts.add(tensor);
        }
      }
      layers.add(List.copyOf(parts));
    }
  }

  /// The number of layers; each direction counts.
  public int layers() {
    return layers.size();
  }

  /// The number of sequences.
  public int batchSize() {
    return batchSize;
  }

  /// All parts of the state of a layer, `[batchSize, columns]` each, h first.
  public List<Tensor> parts(int layer) {
    return layers.get(layer);
  }

  /// The hidden state of a layer, `[batchSize, stateSize]`.
  public Tensor h(int layer) {
    return layers.get(layer).getFirst();
  }

  /// The cell state of a layer, `[batchSize, hiddenSize]`.
  ///
  /// @throws IllegalStateException if the cell has none
  public Tensor c(int layer) {
    var parts = layers.get(layer);
    if (parts.size() < 2) {
      throw new IllegalStateException("these cells have no cell state");
    }
    return parts.get(1);
  }

  /// Sets the state to zero.
  public void clear() {
    tensors.values().forEach(Tensor::clear);
  }

  /// The tensors by name, for checkpoints: `h` and, if there is one, `c`, `[layers, batchSize,
  /// columns]`, of all layers together. If layers differ, `h_0`, `c_0` and so on.
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /// The state as constants on a tape: values pass on, gradients do not. Not copied.
  public StackState on(Tape tape) {
    var states = new ArrayList<CellState>();
    for (var parts : layers) {
      List<Variable> variables = parts.stream().map(tape::constant).toList();
      states.add(new CellState(variables));
    }
    return new StackState(states);
  }
}
