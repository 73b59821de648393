package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// [Activations] that are noted in a plan.
final class PlannedActivations implements Activations {
  private final Plan plan;
  private final Activations kernel;

  PlannedActivations(Plan plan, Activations kernel) {
    this.plan = plan;
    this.kernel = kernel;
  }

  @Override
  public void exp(Tensor source, Tensor target) {
    plan.note(() -> kernel.exp(source, target));
  }

  @Override
  public void tanh(Tensor source, Tensor target) {
    plan.note(() -> kernel.tanh(source, target));
  }

  @Override
  public void sigmoid(Tensor source, Tensor target) {
    plan.note(() -> kernel.sigmoid(source, target));
  }

  @Override
  public void relu(Tensor source, Tensor target) {
    plan.note(() -> kernel.relu(source, target));
  }

  @Override
  public void apply(Activation f, Tensor source, Tensor target) {
    plan.note(() -> kernel.apply(f, source, target));
  }

  @Override
  public void backward(Activation f, Tensor y, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void binaryCrossEntropy(Tensor logits, Tensor targets, Tensor losses, Tensor gradient) {
    throw Plan.noWayBack();
  }

  @Override
  public void tanhBackward(Tensor y, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void sigmoidBackward(Tensor y, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void reluBackward(Tensor y, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }
}
