package dev.rondo.bench.peers.dl4j;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/// `Σ output∘label`, whose gradient is the label: the cheapest way to give a network a gradient of
/// its output. It needs the identity as activation and no mask.
public final class ProductLoss implements ILossFunction {
  private static final long serialVersionUID = 1;

  /// A loss without options.
  public ProductLoss() {}

  @Override
  public double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    return computeScoreArray(labels, preOutput, activation, mask).sumNumber().doubleValue();
  }

  @Override
  public INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return preOutput.mul(labels).sum(true, 1);
  }

  @Override
  public INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return labels;
  }

  @Override
  public Pair<Double, INDArray> computeGradientAndScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    return new Pair<>(computeScore(labels, preOutput, activation, mask, average), labels);
  }

  @Override
  public String name() {
    return "product";
  }
}
