package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import java.util.List;

/// One pass of a layer through a batch in one direction, or one step of a cell, as described to an
/// observer.
///
/// The pass consists of rows, one for each real step of each sequence, in an order that the layer
/// chooses. This object gives the time and sequence of each row, and outlives the tape.
public final class RecurrentPass {
  private final Recurrence recurrence;
  private final boolean cell;
  private final int steps;
  private final int batchSize;

  /// Time and sequence of each row, as time·batchSize + sequence.
  private final int[] sources;

  private final int[] lags;

  private RecurrentPass(
      Recurrence recurrence, boolean cell, int steps, int batchSize, int[] sources, int[] lags) {
    this.recurrence = recurrence;
    this.cell = cell;
    this.steps = steps;
    this.batchSize = batchSize;
    this.sources = sources;
    this.lags = lags;
  }

  static RecurrentPass ofLayer(Recurrence recurrence, SequencePlan plan, int steps, int batchSize) {
    var sources = new int[plan.rows()];
    var lags = new int[plan.rows()];
    for (int s = 0; s < plan.steps(); s++) {
      for (int slot = 0; slot < plan.active(s); slot++) {
        int row = plan.offset(s) + slot;
        sources[row] = plan.whole() ? row : plan.sources().get(row);
        lags[row] = plan.length(slot) - 1 - s;
      }
    }
    return new RecurrentPass(recurrence, false, steps, batchSize, sources, lags);
  }

  static RecurrentPass ofCell(Recurrence recurrence, int batchSize) {
    var sources = new int[batchSize];
    for (int b = 0; b < batchSize; b++) {
      sources[b] = b;
    }
    return new RecurrentPass(recurrence, true, 1, batchSize, sources, new int[batchSize]);
  }

  /// The name of the layer and direction: that of its recurrent matrix, such as
  /// `lstm.weight_hh_l0`, or, if there is none, of its first parameter.
  public String name() {
    return recurrence.name();
  }

  /// True if another pass is of the same layer and direction.
  public boolean sameLayer(RecurrentPass other) {
    return recurrence.equals(other.recurrence);
  }

  /// The recurrent matrix, `[gates·hiddenSize, stateSize]`; null if the cell has none.
  public Parameter weightHh() {
    return recurrence.recurrentMatrix();
  }

  /// The gates in the order of their rows in [#weightHh]; empty if the cell does not expose them.
  public List<RecurrentObserver.GateColumns> gates() {
    return recurrence instanceof KernelRecurrence kernels ? kernels.gateColumns() : List.of();
  }

  /// Units of a gate.
  public int hiddenSize() {
    return recurrence.hiddenSize;
  }

  /// Columns of h.
  public int stateSize() {
    return recurrence.stateSize();
  }

  /// True if there is a cell state beside h.
  public boolean hasCellState() {
    return recurrence.hasCellState();
  }

  /// True if this is one step of a cell that the caller steps; passes are in the order of steps.
  public boolean ofCell() {
    return cell;
  }

  /// Steps of the batch, real or not.
  public int steps() {
    return steps;
  }

  /// Sequences of the batch.
  public int batchSize() {
    return batchSize;
  }

  /// Number of rows: the real steps of all sequences.
  public int rows() {
    return sources.length;
  }

  /// The step that a row belongs to, counted in time, whatever the direction.
  public int time(int row) {
    return sources[row] / batchSize;
  }

  /// The sequence that a row belongs to.
  public int sequence(int row) {
    return sources[row] % batchSize;
  }

  /// The number of steps after a row's own, in the layer's direction, until the last state of its
  /// sequence, or until its state is lost in a gap.
  public int lag(int row) {
    return lags[row];
  }
}
