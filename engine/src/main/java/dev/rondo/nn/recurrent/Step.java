package dev.rondo.nn.recurrent;

import dev.rondo.tensor.Tensor;

/// The rows of one step, and where they are.
///
/// @param z before the step, the pre-activations `b + W·x`; after it, the values that the backward
///   pass reads; after the backward pass, dL/d(pre-activations)
/// @param scratch overwritten by each step; null if the recurrence needs none
/// @param hPrevious read
/// @param cPrevious read; null without a cell state
/// @param h written by the forward pass
/// @param c written by the forward pass, may be `cPrevious`; null without a cell state
/// @param noise the dropout of the pass; null if there is none
/// @param slot position of the first row among the slots; a slot keeps its position over all its
///   steps
/// @param row position of the first row among the packed rows of the sequence
record Step(
    Tensor z,
    Tensor scratch,
    Tensor hPrevious,
    Tensor cPrevious,
    Tensor h,
    Tensor c,
    Noise noise,
    int slot,
    int row) {
  /// The dropout of one pass.
  ///
  /// @param key a position in the random sequence, for the masks drawn step by step
  /// @param stateMask mask that multiplies h₋₁, `[slots, stateSize]`; null if nothing is dropped
  record Noise(long key, long counter, Tensor stateMask) {}

  /// The gradients of the rows of a step.
  ///
  /// @param dh dL/dh through the output
  /// @param carried dL/dh through the next step before, dL/dh₋₁ afterwards
  /// @param dc dL/dc through the next step before, dL/dc₋₁ afterwards; null without a cell state
  record Gradients(Tensor dh, Tensor carried, Tensor dc) {}

  /// The packed rows of several steps after their backward pass.
  ///
  /// @param z dL/d(pre-activations) and the other values left by the backward pass
  /// @param cPrevious null unless the recurrence [reads cells][KernelRecurrence#readsCells]
  /// @param c null unless the recurrence [reads cells][KernelRecurrence#readsCells]
  record All(Tensor z, Tensor x, Tensor hPrevious, Tensor cPrevious, Tensor c) {}
}
