package dev.rondo.nn.init;

/// The side of a weight `[out, in]` whose connections an initializer counts.
public enum Fan {
  /// The inputs of a unit: keeps the variance of values in the forward pass.
  IN,
  /// The readers of a unit: keeps the variance of gradients in the backward pass.
  OUT
}
