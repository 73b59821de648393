package dev.rondo.nn.init;

/// A side of a weight `[out, in]`, whose connections an initializer counts.
public enum Fan {
  /// What a unit reads: keeps the variance of values on the way forward.
  IN,
  /// What reads a unit: keeps the variance of gradients on the way back.
  OUT
}
