package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;

/// [LstmStep] as a product followed by the gates, in the layouts of both.
final class ScalarLstmStep implements LstmStep {
  private final ScalarWeightProduct product;
  private final ScalarGates gates = new ScalarGates();

  ScalarLstmStep(WeightFormat format) {
    product = new ScalarWeightProduct(format);
  }

  @Override
  public void pack(int gate, Tensor source, PackedMatrix target) {
    product.packTransposed(source, target, gate * Tensor.padded(source.rows()));
  }

  @Override
  public void packBias(Tensor source, Tensor target) {
    target.copyFrom(source);
  }

  @Override
  public float[] scratch(int rows, int depth) {
    return product.scratch(rows, depth);
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
    if (start.rows() == 1) {
      product.multiply(start, a, b, z, scratch);
    } else {
      z.copyFrom(start);
      product.multiply(a, b, z, scratch);
    }
    gates.lstm(z, cPrevious, c, h);
  }
}
