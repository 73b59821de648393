package dev.rondo.bench.array;

/// Training steps of one recurrent layer in plain loops, with a fixed gradient of its output.
public final class ArrayTraining {
  private final ArrayRecurrent layer;
  private final ArrayAdam adam;
  private final double maximumNorm;
  private final float[][] x;
  private final float[][] upstream;

  /// Training steps of `layer`.
  ///
  /// @param x `[steps·batchSize][inputSize]`
  /// @param upstream `[steps·batchSize][hiddenSize]`, dL/d(output)
  public ArrayTraining(
      ArrayRecurrent layer,
      float[][] x,
      float[][] upstream,
      double learningRate,
      double maximumNorm) {
    this.layer = layer;
    this.adam = new ArrayAdam(layer.parameters(), learningRate, maximumNorm);
    this.maximumNorm = maximumNorm;
    this.x = x;
    this.upstream = upstream;
  }

  /// The layer.
  public ArrayRecurrent layer() {
    return layer;
  }

  /// One training step: forward and backward pass, clipping, Adam. The input needs no gradient.
  public ArrayRecurrent step() {
    forwardAndBack();
    adam.step();
    layer.weightsChanged();
    return layer;
  }

  /// Forward and backward pass and clipping alone, for a comparison.
  public void gradients() {
    forwardAndBack();
    ArrayParameter.clip(layer.parameters(), maximumNorm);
  }

  private void forwardAndBack() {
    layer.forward(x);
    layer.backward(upstream, false);
  }
}
