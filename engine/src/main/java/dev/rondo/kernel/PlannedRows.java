package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// [Rows] whose operations are noted in a plan.
final class PlannedRows implements Rows {
  private final Plan plan;
  private final Rows kernel;

  PlannedRows(Plan plan, Rows kernel) {
    this.plan = plan;
    this.kernel = kernel;
  }

  @Override
  public void set(Tensor row, Tensor target) {
    plan.note(() -> kernel.set(row, target));
  }

  @Override
  public void add(Tensor row, Tensor target) {
    plan.note(() -> kernel.add(row, target));
  }

  @Override
  public void sumColumns(Tensor source, Tensor target) {
    plan.note(() -> kernel.sumColumns(source, target));
  }

  @Override
  public void sum(Tensor source, Tensor target) {
    plan.note(() -> kernel.sum(source, target));
  }

  @Override
  public void addColumn(Tensor values, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void accumulateScaledRows(Tensor values, Tensor source, Tensor target) {
    plan.note(() -> kernel.accumulateScaledRows(values, source, target));
  }

  @Override
  public void dot(Tensor a, Tensor b, Tensor target) {
    plan.note(() -> kernel.dot(a, b, target));
  }

  @Override
  public void accumulateScaledColumns(Tensor row, Tensor source, Tensor target) {
    plan.note(() -> kernel.accumulateScaledColumns(row, source, target));
  }

  @Override
  public void dotColumns(Tensor a, Tensor b, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void normalize(
      Tensor x, int blocks, int size, double epsilon, Tensor y, Tensor statistics) {
    plan.note(() -> kernel.normalize(x, blocks, size, epsilon, y, statistics));
  }

  @Override
  public void normalizeBackward(
      Tensor y, Tensor statistics, int blocks, int size, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public double sumOfSquares(Tensor source) {
    throw Plan.noWayBack();
  }

  @Override
  public void softmax(Tensor source, Tensor target) {
    plan.note(() -> kernel.softmax(source, target));
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor gradient, Tensor target) {
    throw Plan.noWayBack();
  }

  @Override
  public void logSumExp(Tensor source, Tensor target) {
    plan.note(() -> kernel.logSumExp(source, target));
  }

  @Override
  public void crossEntropy(
      Tensor logits, Tokens targets, int first, Tensor losses, Tensor gradient) {
    throw Plan.noWayBack();
  }

  @Override
  public void gather(Tensor table, Tokens tokens, int first, Tensor target) {
    plan.note(() -> kernel.gather(table, tokens, first, target));
  }

  @Override
  public void scatter(Tensor source, Tokens tokens, int first, Tensor table) {
    plan.note(() -> kernel.scatter(source, tokens, first, table));
  }

  @Override
  public void scatterAdd(Tensor source, Tokens tokens, int first, Tensor table) {
    throw Plan.noWayBack();
  }

  @Override
  public void copyColumns(Tensor source, int sourceFrom, Tensor target, int targetFrom, int count) {
    plan.note(() -> kernel.copyColumns(source, sourceFrom, target, targetFrom, count));
  }

  @Override
  public void accumulateColumns(
      Tensor source, int sourceFrom, Tensor target, int targetFrom, int count) {
    plan.note(() -> kernel.accumulateColumns(source, sourceFrom, target, targetFrom, count));
  }

  @Override
  public void accumulateTransposed(Tensor source, Tensor target) {
    throw Plan.noWayBack();
  }
}
