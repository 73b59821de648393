package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// [LstmStep] that is noted in a plan.
final class PlannedLstmStep implements LstmStep {
  private final Plan plan;
  private final LstmStep kernel;

  PlannedLstmStep(Plan plan, LstmStep kernel) {
    this.plan = plan;
    this.kernel = kernel;
  }

  @Override
  public void pack(int gate, Tensor source, PackedMatrix target) {
    kernel.pack(gate, source, target);
  }

  @Override
  public void packBias(Tensor source, Tensor target) {
    kernel.packBias(source, target);
  }

  @Override
  public float[] scratch(int rows, int depth) {
    return kernel.scratch(rows, depth);
  }

  @Override
  public void step(
      Tensor start,
      Tensor a,
      PackedMatrix b,
      Tensor z,
      Tensor cPrevious,
      Tensor c,
      Tensor h,
      float[] scratch) {
    plan.note(() -> kernel.step(start, a, b, z, cPrevious, c, h, scratch));
  }
}
