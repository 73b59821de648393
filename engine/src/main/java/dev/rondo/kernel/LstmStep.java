package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// A whole LSTM step with weights that no longer change: a product and [Gates#lstm] in one pass
/// over the weights, so that the gates of some units are computed while the weights of the next
/// ones come from the cache. Only a [Plan] has it.
///
/// The same bits as the two one after the other. How weights, biases and pre-activations are laid
/// out is the implementation's affair.
public sealed interface LstmStep permits ScalarLstmStep, VectorLstmStep, PlannedLstmStep {
  /// Writes the weights of one gate, in the plan's format.
  ///
  /// @param gate its place in i f g o
  /// @param source [hiddenSize, k], read
  /// @param target `[k, 4·padded(hiddenSize)]`, zero where nothing was written
  void pack(int gate, Tensor source, PackedMatrix target);

  /// Writes the biases of all gates.
  ///
  /// @param source [1, 4·padded(hiddenSize)], gates i f g o, read
  /// @param target as `source`, written
  void packBias(Tensor source, Tensor target);

  /// An array that steps of so many rows overwrite; one thread at a time uses it.
  float[] scratch(int rows, int depth);

  /// One step of every row.
  ///
  ///     z = start + a·B
  ///     c = σ(f)∘c₋₁ + σ(i)∘tanh(g)
  ///     h = σ(o)∘tanh(c)
  ///
  /// @param start [1, 4·padded(hiddenSize)], what [#packBias] wrote, or a row like it for every row
  ///     of a; read
  /// @param a [rows, k], x and h₋₁ side by side, read
  /// @param b what [#pack] wrote, read
  /// @param z [rows, 4·padded(hiddenSize)], overwritten
  /// @param cPrevious [rows, hiddenSize], read
  /// @param c [rows, hiddenSize], written; may be `cPrevious`
  /// @param h [rows, hiddenSize], written
  /// @param scratch from [#scratch], overwritten
  void step(
      Tensor start,
      Tensor a,
      PackedMatrix b,
      Tensor z,
      Tensor cPrevious,
      Tensor c,
      Tensor h,
      float[] scratch);
}
