package dev.rondo.nn.recurrent;

import dev.rondo.tensor.Tensor;

/// The rows of one step, and where they are.
///
/// @param z pre-activations `b + W·x` before the step, what the backward pass reads after it,
///   dL/d(pre-activations) after the backward pass
/// @param scratch overwritten by each step; null if the recurrence needs none
/// @param hPrevious read
/// @param cPrevious read; null without a cell state
/// @param h written by the forward pass
/// @param c written by the forward pass, may be `cPrevious`; null without a cell state
/// @param noise what is left out at random; null if nothing is
/// @param slot the first row's place among the slots: what stays the same over all steps of one
/// @param row the first row's place among the packed rows of the sequence
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
  /// What is left out at random in one pass.
  ///
  /// @param key a place among random numbers, for what is drawn step by step
  /// @param stateMask what h₋₁ is multiplied by, `[slots, stateSize]`; null if it is whole
  record Noise(long key, long counter, Tensor stateMask) {}

  /// The gradients of the rows of a step.
  ///
  /// @param dh dL/dh through the output
  /// @param carried dL/dh through the next step before, dL/dh₋₁ afterwards
  /// @param dc dL/dc through the next step before, dL/dc₋₁ afterwards; null without a cell state
  record Gradients(Tensor dh, Tensor carried, Tensor dc) {}

  /// The packed rows of several steps after their backward pass.
  ///
  /// @param z dL/d(pre-activations) and what else the backward pass left
  /// @param cPrevious null unless the recurrence [reads cells][KernelRecurrence#readsCells]
  /// @param c null unless the recurrence [reads cells][KernelRecurrence#readsCells]
  record All(Tensor z, Tensor x, Tensor hPrevious, Tensor cPrevious, Tensor c) {}
}
