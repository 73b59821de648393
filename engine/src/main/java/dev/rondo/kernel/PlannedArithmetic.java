package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// [Arithmetic] that is noted in a plan.
final class PlannedArithmetic implements Arithmetic {
  private final Plan plan;
  private final Arithmetic kernel;

  PlannedArithmetic(Plan plan, Arithmetic kernel) {
    this.plan = plan;
    this.kernel = kernel;
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    plan.note(() -> kernel.copy(source, target));
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.add(a, b, target));
  }

  @Override
  public void subtract(Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.subtract(a, b, target));
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.multiply(a, b, target));
  }

  @Override
  public void divide(Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.divide(a, b, target));
  }

  @Override
  public void scale(double factor, Tensor source, Tensor target) {
    plan.note(() -> kernel.scale(factor, source, target));
  }

  @Override
  public void accumulate(Tensor source, Tensor target) {
    plan.note(() -> kernel.accumulate(source, target));
  }

  @Override
  public void accumulateScaled(double factor, Tensor source, Tensor target) {
    plan.note(() -> kernel.accumulateScaled(factor, source, target));
  }

  @Override
  public void accumulateProduct(Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.accumulateProduct(a, b, target));
  }

  @Override
  public void clamp(double limit, Tensor source, Tensor target) {
    plan.note(() -> kernel.clamp(limit, source, target));
  }

  @Override
  public void clampBackward(double limit, Tensor y, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void oneMinus(Tensor source, Tensor target) {
    plan.note(() -> kernel.oneMinus(source, target));
  }

  @Override
  public void settle(Tensor source, Tensor target) {
    plan.note(() -> kernel.settle(source, target));
  }

  @Override
  public void select(Tensor condition, Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.select(condition, a, b, target));
  }

  @Override
  public void dropout(Tensor source, Tensor target, double keep, long key, long counter) {
    plan.note(() -> kernel.dropout(source, target, keep, key, counter));
  }

  @Override
  public void accumulateDropout(Tensor source, Tensor target, double keep, long key, long counter) {
    throw Plan.noWayBack();
  }
}
