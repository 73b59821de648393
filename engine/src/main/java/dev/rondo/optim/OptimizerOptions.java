package dev.rondo.optim;

/// Hyperparameters of an optimizer.
public sealed interface OptimizerOptions
    permits SgdOptions,
        AdagradOptions,
        AdadeltaOptions,
        RmsPropOptions,
        AdamOptions,
        NAdamOptions,
        RAdamOptions {
  /// The first learning rate.
  double learningRate();
}
