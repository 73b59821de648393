package dev.rondo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ReduceLROnPlateauScheduler;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.StepLR;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/// Where PyTorch's C++ frontend is not what PyTorch documents: why the engine is compared with
/// something else there. Should one of these fail, that is no longer needed.
class ReferenceParityTest {
  private static Tensor doubles(double value) {
    return torch.full(new long[] {1}, TorchRun.scalar(value), new TensorOptions(ScalarType.Double));
  }

  private static SGD sgd(double rate) {
    var parameter = doubles(0).set_requires_grad(true);
    return new SGD(new TensorVector(parameter), new SGDOptions(rate));
  }

  private static double rate(SGD sgd) {
    return sgd.param_groups().get(0).options().get_lr();
  }

  @Test
  void theHardSigmoidHasAFloatInItsDoubleForm() {
    try (var _ = new PointerScope()) {
      var x = doubles(1).set_requires_grad(true);
      torch.hardsigmoid(x).sum().backward();
      assertEquals((double) (1f / 6f), x.grad().item_double());
    }
  }

  @Test
  void aHigherMetricIsComparedWithTheBestTimesTheAmount() {
    try (var _ = new PointerScope()) {
      var sgd = sgd(1);
      var scheduler =
          new ReduceLROnPlateauScheduler(
              sgd,
              ReduceLROnPlateauScheduler.SchedulerMode.max,
              0.5f,
              0,
              0.1,
              ReduceLROnPlateauScheduler.ThresholdMode.abs,
              0,
              new float[] {0},
              0,
              false);
      scheduler.step(1);
      scheduler.step(0.5f); // lower, but more than 1·0.1
      assertEquals(1, rate(sgd));
    }
  }

  @Test
  void stepLrIsLateUnlessItIsSteppedOnceBefore() {
    try (var _ = new PointerScope()) {
      var sgd = sgd(1);
      var scheduler = new StepLR(sgd, 1, 0.5);
      scheduler.step();
      assertEquals(1, rate(sgd));
      scheduler.step();
      assertEquals(0.5, rate(sgd));
    }
  }
}
