package dev.rondo.bench.array;

import java.util.List;

/// The end of a training step: clipping, Adam, and clearing the gradients of some parameters.
public final class ArrayAdam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final List<ArrayParameter> parameters;
  private final double learningRate;
  private final double maximumNorm;
  private long t;

  /// Adam with PyTorch's defaults.
  public ArrayAdam(List<ArrayParameter> parameters, double learningRate, double maximumNorm) {
    this.parameters = List.copyOf(parameters);
    this.learningRate = learningRate;
    this.maximumNorm = maximumNorm;
  }

  /// Clips by the global norm, updates, and clears the gradients.
  public void step() {
    ArrayParameter.clip(parameters, maximumNorm);
    t++;
    for (var parameter : parameters) {
      parameter.adam(learningRate, BETA1, BETA2, EPSILON, t);
      parameter.clearGradient();
    }
  }
}
