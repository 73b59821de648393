package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/// The state of a stack of recurrent layers in the caller's memory: what goes from one window of
/// truncated BPTT to the next. Zero when made. Made by [Recurrent#newState].
public final class RecurrentState {
  private final Tensor h;
  private final Tensor c;

  RecurrentState(
      SegmentAllocator allocator, ElementType type, RecurrentOptions options, int batchSize) {
    int layers = options.layers() * options.directions();
    h = Tensor.allocate(allocator, type, layers, batchSize, options.stateSize());
    c =
        options.cell().hasCellState()
            ? Tensor.allocate(allocator, type, layers, batchSize, options.hiddenSize())
            : null;
  }

  /// The number of layers, those of both directions counted.
  public int layers() {
    return h.dimension(0);
  }

  /// The number of sequences.
  public int batchSize() {
    return h.dimension(1);
  }

  /// The hidden state of a layer, [batchSize, stateSize].
  public Tensor h(int layer) {
    return h.at(layer);
  }

  /// The cell state of a layer, [batchSize, hiddenSize].
  ///
  /// @throws IllegalStateException if the cells have none
  public Tensor c(int layer) {
    if (c == null) {
      throw new IllegalStateException("these cells have no cell state");
    }
    return c.at(layer);
  }

  /// Back to zero.
  public void clear() {
    h.clear();
    if (c != null) {
      c.clear();
    }
  }

  /// The tensors by name, `h` and, where there is one, `c`: for checkpoints.
  public Map<String, Tensor> tensors() {
    var result = new LinkedHashMap<String, Tensor>();
    result.put("h", h);
    if (c != null) {
      result.put("c", c);
    }
    return result;
  }

  /// The state as constants on a tape: values go on, gradients do not. Not copied.
  public StackState on(Tape tape) {
    var layers = new ArrayList<CellState>();
    for (int layer = 0; layer < layers(); layer++) {
      Variable cell = c == null ? null : tape.constant(c.at(layer));
      layers.add(new CellState(tape.constant(h.at(layer)), cell));
    }
    return new StackState(layers);
  }
}
