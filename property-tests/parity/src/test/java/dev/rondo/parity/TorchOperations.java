package dev.rondo.parity;

import dev.rondo.tensor.Tokens;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Layers without time, and losses, by PyTorch's modules and functions.
final class TorchOperations {
  /// PyTorch's numbers of `reduction`.
  private static final long MEAN = 1;

  private static final long SUM = 2;

  private TorchOperations() {}

  static void record(OperationCase operation, TorchRun run) {
    run.result("result", result(operation, run));
  }

  private static Tensor result(OperationCase operation, TorchRun run) {
    return switch (operation.kind()) {
      case LINEAR -> {
        var layer = new LinearImpl(operation.columns(), operation.outputs());
        run.load("", layer);
        yield layer.forward(run.input("x"));
      }
      case EMBEDDING -> {
        var layer = new EmbeddingImpl(operation.columns(), operation.outputs());
        run.load("", layer);
        yield layer.forward(run.whole("tokens"));
      }
      case LAYER_NORM ->
          torch.layer_norm(
              run.input("x"),
              new long[] {operation.columns()},
              new TensorOptional(run.input("weight")),
              new TensorOptional(run.input("bias")),
              1e-5,
              false);
      case MATRIX_PRODUCT -> torch.matmul(run.input("x"), run.input("factor"));
      case SOFTMAX -> torch.softmax(run.input("x"), -1);
      case SIGMOID -> torch.sigmoid(run.input("x"));
      case TANH -> torch.tanh(run.input("x"));
      case RELU -> torch.relu(run.input("x"));
      // relu6(x + 3)/6, because torch.hardsigmoid has a float in it, see ReferenceParityTest
      case HARD_SIGMOID ->
          torch
              .hardtanh(
                  run.input("x").add(TorchRun.scalar(3)), TorchRun.scalar(0), TorchRun.scalar(6))
              .div(TorchRun.scalar(6));
      case SOFTSIGN -> torch.softsign(run.input("x"));
      case ELU ->
          torch.elu(
              run.input("x"),
              TorchRun.scalar(OperationCase.ELU_ALPHA),
              TorchRun.scalar(1),
              TorchRun.scalar(1));
      case AFFINE ->
          run.input("x")
              .mul(TorchRun.scalar(OperationCase.AFFINE_ALPHA))
              .add(TorchRun.scalar(OperationCase.AFFINE_BETA));
      case LEAKY_RELU -> torch.leaky_relu(run.input("x"), TorchRun.scalar(OperationCase.LEAK));
    };
  }

  static void record(LossCase loss, TorchRun run) {
    run.result("loss", loss(loss, run));
  }

  /// PyTorch's losses leave out classes, not elements: those are weighted with 0 or 1 and the sum
  /// is divided by their number.
  private static Tensor loss(LossCase loss, TorchRun run) {
    var x = run.input("x");
    long reduction = loss.mean() ? MEAN : SUM;
    return switch (loss.kind()) {
      case CROSS_ENTROPY ->
          torch.cross_entropy_loss(
              x.view(-1, loss.columns()),
              run.whole("targets").view(-1),
              new TensorOptional(),
              reduction,
              Tokens.IGNORED,
              0.0);
      case MEAN_SQUARED_ERROR -> {
        var targets = run.operand("targets");
        if (!loss.someLeftOut()) {
          yield torch.mse_loss(x, targets, reduction);
        }
        var counted = run.operand("counted");
        yield mean(loss, torch.mse_loss(x.mul(counted), targets.mul(counted), SUM), counted);
      }
      case BINARY_CROSS_ENTROPY -> {
        var targets = run.operand("targets");
        var counted = run.operand("counted");
        var weight = loss.someLeftOut() ? new TensorOptional(counted) : new TensorOptional();
        if (!loss.someLeftOut()) {
          yield torch.binary_cross_entropy_with_logits(
              x, targets, weight, new TensorOptional(), reduction);
        }
        yield mean(
            loss,
            torch.binary_cross_entropy_with_logits(x, targets, weight, new TensorOptional(), SUM),
            counted);
      }
    };
  }

  private static Tensor mean(LossCase loss, Tensor sum, Tensor counted) {
    return loss.mean() ? sum.div(counted.sum()) : sum;
  }
}
