package dev.rondo.nn.recurrent;

/// A skip connection: what a layer of a stack receives besides the output of the layer below.
public enum Skip {
  /// Nothing.
  NONE,
  /// The layer's input is added to its output, in every layer whose sizes agree, from the second on
  /// (Wu et al. 2016).
  RESIDUAL,
  /// The input of the stack, side by side with the output of the layer below (Graves 2013).
  INPUT
}
