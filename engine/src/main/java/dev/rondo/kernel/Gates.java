package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// The pointwise part of the recurrent cells: from the pre-activations of one time step to its
/// state, and the backward pass. The matrix part is [Gemm]; the two exchange data through memory.
///
/// Shapes: `rows` is a number of sequences, `H` the hidden size, `Hp` that size padded to
/// [Tensor#ROW_ALIGNMENT]. Every gate occupies `Hp` columns. State whose magnitude has fallen below
/// [FloatMath#SMALLEST_STATE] becomes +0 (not in the float64 twin). dL/dh reaches a step through
/// its output and through the next step; the backward kernels add the two parts. The forward
/// kernels first clear the padding of every gate in `z`, as an infinite input leaves NaN there.
public sealed interface Gates permits ScalarGates, VectorGates, DoubleGates, PlannedGates {
  /// Computes one LSTM step.
  ///
  ///     c = σ(f)∘c₋₁ + σ(i)∘tanh(g)
  ///     h = σ(o)∘tanh(c)
  ///
  /// @param z [rows, 4·Hp], gates i f g o: pre-activations in, activated gates out
  /// @param cPrevious [rows, H], read
  /// @param c [rows, H], written; may be `cPrevious`
  /// @param h [rows, H], written
  void lstm(Tensor z, Tensor cPrevious, Tensor c, Tensor h);

  /// The backward pass of [#lstm].
  ///
  /// @param z [rows, 4·Hp]: activated gates in, dL/d(pre-activations) out
  /// @param cPrevious [rows, H], read
  /// @param c [rows, H], read
  /// @param dh [rows, H], dL/dh through the output, read
  /// @param carried [rows, H], dL/dh through the next step, read
  /// @param dc [rows, H]: dL/dc through the next step in, dL/dc₋₁ out
  void lstmBackward(Tensor z, Tensor cPrevious, Tensor c, Tensor dh, Tensor carried, Tensor dc);

  /// Computes one GRU step, reset after the product (as in PyTorch and cuDNN).
  ///
  ///     r = σ(r)  z = σ(z)  n = tanh(n + r∘q)
  ///     h = (1 - z)∘n + z∘h₋₁   computed as  n + z∘(h₋₁ - n)
  ///
  /// @param z [rows, 4·Hp], gates n r z q, where n is the input's part of the new gate and q the
  ///     state's: pre-activations in; n r z activated and q unchanged out
  /// @param hPrevious [rows, H], read
  /// @param h [rows, H], written
  void gru(Tensor z, Tensor hPrevious, Tensor h);

  /// The backward pass of [#gru].
  ///
  /// @param z [rows, 4·Hp]: the output of [#gru] in; dL/d(pre-activations) of n r z q out
  /// @param hPrevious [rows, H], read
  /// @param dh [rows, H], dL/dh through the output, read
  /// @param carried [rows, H]: dL/dh through the next step in; the direct part of dL/dh₋₁, dL/dh∘z,
  ///   out
  void gruBackward(Tensor z, Tensor hPrevious, Tensor dh, Tensor carried);

  /// Computes one step of an Elman network, `h = tanh(z)`.
  ///
  /// @param z [rows, Hp], pre-activations, read
  /// @param h [rows, H], written
  void rnnTanh(Tensor z, Tensor h);

  /// The backward pass of [#rnnTanh]: `dz = dh∘(1 - h²)`.
  ///
  /// @param z [rows, Hp], dL/dz, written
  /// @param h [rows, H], read
  /// @param dh [rows, H], dL/dh through the output, read
  /// @param carried [rows, H], dL/dh through the next step, read
  void rnnTanhBackward(Tensor z, Tensor h, Tensor dh, Tensor carried);

  /// Computes one step of an Elman network, `h = max(z, 0)`.
  ///
  /// @param z [rows, Hp], pre-activations, read
  /// @param h [rows, H], written
  void rnnRelu(Tensor z, Tensor h);

  /// The backward pass of [#rnnRelu]: `dz = dh`, but 0 where `h` is 0.
  ///
  /// @param z [rows, Hp], dL/dz, written
  /// @param h [rows, H], read
  /// @param dh [rows, H], dL/dh through the output, read
  /// @param carried [rows, H], dL/dh through the next step, read
  void rnnReluBackward(Tensor z, Tensor h, Tensor dh, Tensor carried);
}
