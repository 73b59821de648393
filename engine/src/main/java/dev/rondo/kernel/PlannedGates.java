package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// [Gates] whose steps are noted in a plan.
final class PlannedGates implements Gates {
  private final Plan plan;
  private final Gates kernel;

  PlannedGates(Plan plan, Gates kernel) {
    this.plan = plan;
    this.kernel = kernel;
  }

  @Override
  public void lstm(Tensor z, Tensor cPrevious, Tensor c, Tensor h) {
    plan.note(() -> kernel.lstm(z, cPrevious, c, h));
  }

  @Override
  public void lstmBackward(
      Tensor z, Tensor cPrevious, Tensor c, Tensor dh, Tensor carried, Tensor dc) {
    throw Plan.noWayBack();
  }

  @Override
  public void gru(Tensor z, Tensor hPrevious, Tensor h) {
    plan.note(() -> kernel.gru(z, hPrevious, h));
  }

  @Override
  public void gruBackward(Tensor z, Tensor hPrevious, Tensor dh, Tensor carried) {
    throw Plan.noWayBack();
  }

  @Override
  public void rnnTanh(Tensor z, Tensor h) {
    plan.note(() -> kernel.rnnTanh(z, h));
  }

  @Override
  public void rnnTanhBackward(Tensor z, Tensor h, Tensor dh, Tensor carried) {
    throw Plan.noWayBack();
  }

  @Override
  public void rnnRelu(Tensor z, Tensor h) {
    plan.note(() -> kernel.rnnRelu(z, h));
  }

  @Override
  public void rnnReluBackward(Tensor z, Tensor h, Tensor dh, Tensor carried) {
    throw Plan.noWayBack();
  }
}
