package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.tensor.Tensor;

/// Observes the steps of recurrent layers and cells on one tape as they are computed, for traces
/// and probes.
///
/// Attached to a tape before the forward pass. An observer may read its arguments during the call
/// and must not change them. Without an observer, a step costs one comparison with null.
public interface RecurrentObserver {
  /// The columns in which a step leaves the activated values of a gate.
  ///
  /// @param name `input`, `forget`, `cell`, `output`; `reset`, `update`, `new`; `hidden` for the
  ///   only gate of an Elman cell
  /// @param activation function of the gate
  /// @param column of its first unit in a row of pre-activations; [#HIDDEN] if the values are h
  /// @param units number of units
  record GateColumns(String name, Activation activation, int column, int units) {
    /// The column of a gate whose values are h itself.
    public static final int HIDDEN = -1;

    /// The activated values, a view.
    ///
    /// @param z rows as passed to [PassObserver#forward]
    /// @param h the same rows of h
    /// @return `[rows, units]`
    public Tensor values(Tensor z, Tensor h) {
      return column == HIDDEN ? h : z.columns(column, units);
    }
  }

  /// Observes the rows of one pass, step by step. Several threads may call it at once; each row is
  /// passed once in the forward and once in the backward pass, by one thread.
  interface PassObserver {
    /// Called after a step.
    ///
    /// @param row position of the first row among [RecurrentPass#rows()]; the others follow it
    /// @param z activated gates, for [GateColumns#values]
    /// @param h the state after the step, `[rows, stateSize]`
    /// @param c the cell state after the step, `[rows, hiddenSize]`; null if there is none
    default void forward(int row, Tensor z, Tensor h, Tensor c) {}

    /// Called before the backward pass of a step: `dh + carried` is dL/dh.
    ///
    /// @param row as in [#forward]
    /// @param dh dL/dh through the output, `[rows, stateSize]`
    /// @param carried dL/dh through the next step, `[rows, stateSize]`
    default void backward(int row, Tensor dh, Tensor carried) {}
  }

  /// Called before the first step of a pass, on the tape's thread. Layers come in order from the
  /// first one, and in each layer the forward direction comes first.
  ///
  /// @return the observer of the rows; null to ignore this pass
  PassObserver begin(RecurrentPass pass);

  /// Attaches an observer to a tape. Operations recorded earlier are not observed.
  static void attach(Tape tape, RecurrentObserver observer) {
    Observers.on(tape).add(observer);
  }
}
