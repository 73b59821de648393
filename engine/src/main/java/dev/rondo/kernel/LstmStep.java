package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// A whole LSTM step with weights that no longer change: a product and [Gates#lstm] in one pass
/// over the weights, so that the gates of some units are computed while the weights of the next
/// units arrive from the cache. Only a [Plan] uses it.
///
/// Gives the same bits as the two in sequence. The layout of weights, biases and pre-activations is
/// up to the implementation.
public sealed interface LstmStep permits ScalarLstmStep, VectorLstmStep, PlannedLstmStep {
  /// Writes the weights of one gate, in the plan's format.
  ///
  /// @param gate position in i f g o
  /// @param source [hiddenSize, k], read
  /// @param target `[k, 4·padded(hiddenSize)]`, zero where nothing was written
  void pack(int gate, Tensor source, PackedMatrix target);

  /// Writes the biases of all gates.
  ///
  /// @param source [1, 4·padded(hiddenSize)], gates i f g o, read
  /// @param target as `source`, written
  void packBias(Tensor source, Tensor target);

  /// An array that steps of this number of rows overwrite; only one thread at a time may use it.
  float[] scratch(int rows, int depth);

  /// Computes one step of every row.
  ///
  ///     z = start + a·B
  ///     c = σ(f)∘c₋₁ + σ(i)∘tanh(g)
  ///     h = σ(o)∘tanh(c)
  ///
  /// @param start [1, 4·padded(hiddenSize)], as written by [#packBias], or such a row for every row
  ///   of a; read
  /// @param a [rows, k], x and h₋₁ side by side, read
  /// @param b as written by [#pack], read
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
