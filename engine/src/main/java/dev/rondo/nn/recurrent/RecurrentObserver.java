package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.tensor.Tensor;

/// Is shown what recurrent layers and cells do on one tape while they do it: for traces and probes.
///
/// Attached to a tape before the forward pass. It may read what it is shown, during the call, and
/// must change nothing. A tape without an observer costs a comparison with null a step.
public interface RecurrentObserver {
  /// A gate, and where a step leaves its activated values.
  ///
  /// @param name `input`, `forget`, `cell`, `output`; `reset`, `update`, `new`; `hidden` for the
  ///   only one of an Elman cell
  /// @param activation its function
  /// @param column of its first unit in a row of pre-activations; [#HIDDEN]: the values are h
  /// @param units how many
  record Gate(String name, Activation activation, int column, int units) {
    /// The column of a gate whose values are h itself.
    public static final int HIDDEN = -1;

    /// The activated values, a view.
    ///
    /// @param z rows as [Rows#forward] shows them
    /// @param h the same rows of h
    /// @return `[rows, units]`
    public Tensor values(Tensor z, Tensor h) {
      return column == HIDDEN ? h : z.columns(column, units);
    }
  }

  /// Is shown the rows of one pass, step by step, by several threads at once: every row by one of
  /// them, once each way.
  interface Rows {
    /// After a step.
    ///
    /// @param row the first one's place among [RecurrentPass#rows()]; the others follow it
    /// @param z activated gates, for [Gate#values]
    /// @param h the state after the step, `[rows, stateSize]`
    /// @param c the cell state after the step, `[rows, hiddenSize]`; null where there is none
    default void forward(int row, Tensor z, Tensor h, Tensor c) {}

    /// Before the way back through a step: `dh + carried` is dL/dh.
    ///
    /// @param row as in [#forward]
    /// @param dh dL/dh by way of the output, `[rows, stateSize]`
    /// @param carried dL/dh by way of the next step, `[rows, stateSize]`
    default void backward(int row, Tensor dh, Tensor carried) {}
  }

  /// Before the first step of a pass: layers one after the other, the first first, and of each the
  /// forward direction first. Called on the tape's thread.
  ///
  /// @return what is shown the rows; null if this pass does not matter
  Rows begin(RecurrentPass pass);

  /// Attaches an observer to a tape. What was recorded before is not shown.
  static void attach(Tape tape, RecurrentObserver observer) {
    Observers.on(tape).add(observer);
  }
}
