package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// [Gemm] whose products are recorded in a plan. Packed operands are weights: they are packed
/// immediately, for a [WeightProduct].
final class PlannedGemm implements Gemm {
  private final Plan plan;
  private final Gemm kernel;
  private final WeightProduct product;

  PlannedGemm(Plan plan, Gemm kernel, WeightProduct product) {
    this.plan = plan;
    this.kernel = kernel;
    this.product = product;
  }

  @Override
  public int panelColumns() {
    return Tensor.ROW_ALIGNMENT;
  }

  @Override
  public long packedElements(int depth, int columns) {
    return product.packedElements(depth, columns);
  }

  @Override
  public void packTransposed(Tensor source, PackedMatrix target, int firstColumn) {
    product.packTransposed(source, target, firstColumn);
  }

  @Override
  public void packRows(Tensor source, PackedMatrix target, int firstRow) {
    throw Plan.noWayBack();
  }

  @Override
  public void multiply(Tensor a, PackedMatrix b, Tensor c) {
    var scratch = product.scratch(a.rows(), b.depth());
    plan.note(() -> product.multiply(a, b, c, scratch));
  }

  @Override
  public void multiply(Tensor start, Tensor a, PackedMatrix b, Tensor c) {
    var scratch = product.scratch(a.rows(), b.depth());
    plan.note(() -> product.multiply(start, a, b, c, scratch));
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor c) {
    plan.note(() -> kernel.multiply(a, b, c));
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b, Tensor c) {
    throw Plan.noWayBack();
  }

  @Override
  public void multiplyTransposed(Tensor a, Tensor b1, Tensor c1, Tensor b2, Tensor c2) {
    throw Plan.noWayBack();
  }
}
